from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pytest

from sr_studio.cli import main as cli
from sr_studio.errors import InvalidRequest, SrStudioError
from sr_studio.jobs.control import JobContext
from sr_studio.tasks._spec import Flag, Help, Range, TaskSpec, Unit


@dataclass(frozen=True)
class Style:
    kind: Literal["plain", "bold"] = "plain"
    is_loud: Annotated[bool, Flag(names=("--loud",))] = False
    is_kind: Annotated[bool, Flag(names=("--kind-words",))] = True


@dataclass(frozen=True)
class Greeting:
    words: tuple[str, ...]
    path: Path
    ratio: float = float("inf")
    failures: tuple[str, ...] = ()


@dataclass(frozen=True)
class GreetRequest:
    words: Annotated[tuple[str, ...], Flag(positional=True), Help("whom to greet")]
    output: Annotated[Path, Flag(names=("-o", "--output"))] = Path("out.txt")
    times: Annotated[int, Range(1, 9), Unit("times")] = 1
    limit: int | None = None
    style: Style = Style()

    def __post_init__(self) -> None:
        if self.limit == 0:
            raise InvalidRequest("A limit of 0 greets nobody.", advice="Use 1 or more.")

    def run(self, context: JobContext) -> object:
        context.report(1, 1)
        match self.words[0]:
            case "fail":
                raise SrStudioError("Nobody is there.", advice="Come back later.")
            case "garble":
                raise SrStudioError("a\x1b[2J\nb is no file.")
            case "crash":
                raise ZeroDivisionError("oops")
            case "wait":
                pause = threading.Event()
                os.kill(os.getpid(), signal.SIGINT)
                while True:
                    context.checkpoint()
                    pause.wait(0.001)
            case "partly":
                return Greeting(self.words, self.output, failures=("b.jpg: no picture.",))
        return Greeting(self.words * self.times, self.output)


TASKS = {"greet": TaskSpec("greet", "Greet", "say hello", "sr-studio greet you", GreetRequest)}


def run(*words: str) -> int:
    return cli.run_command_line(words, TASKS)


def test_json_is_one_value_and_infinity_is_null(capsys: pytest.CaptureFixture[str]) -> None:
    code = run("greet", "you", "--times", "2", "-o", "a b.txt", "--json")
    out = capsys.readouterr().out
    assert code == cli.DONE
    assert json.loads(out) == {
        "words": ["you", "you"],
        "path": "a b.txt",
        "ratio": None,
        "failures": [],
    }


def test_a_failure_is_one_sentence_with_advice(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("greet", "fail", "--json") == cli.FAILED
    captured = capsys.readouterr()
    assert captured.err == "sr-studio greet: Nobody is there. Come back later.\n"
    assert captured.out == ""


def test_what_a_terminal_would_obey_is_shown_instead(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("greet", "garble") == cli.FAILED
    assert capsys.readouterr().err == "sr-studio greet: a\\x1b[2J\\nb is no file.\n"


def test_an_unexpected_error_shows_no_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SR_STUDIO_DEBUG", raising=False)
    assert run("greet", "crash") == cli.FAILED
    assert "Traceback" not in (err := capsys.readouterr().err)
    assert "ZeroDivisionError" in err


def test_some_failures_exit_with_one_and_keep_the_results(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("greet", "partly", "--json") == cli.FAILED
    captured = capsys.readouterr()
    assert json.loads(captured.out)["failures"] == ["b.jpg: no picture."]
    assert "b.jpg: no picture." in captured.err


def test_interrupt_ends_with_130(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT)
    assert run("greet", "wait") == cli.INTERRUPTED
    assert signal.getsignal(signal.SIGINT) is before
    assert "Interrupted" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["greet"],
        ["greet", "you", "--times", "10"],
        ["greet", "you", "--times", "many"],
        ["greet", "you", "--kind", "italic"],
        ["greet", "you", "--nonsense"],
        ["great", "you"],
    ],
)
def test_wrong_usage_exits_with_two_and_points_to_help(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exited:
        run(*words)
    assert exited.value.code == cli.WRONG_USAGE
    assert "--help" in capsys.readouterr().err


def test_a_request_that_contradicts_itself_is_wrong_usage(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("greet", "you", "--limit", "0") == cli.WRONG_USAGE
    assert "Use 1 or more." in capsys.readouterr().err


def test_help_shows_range_unit_default_and_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exited:
        run("greet", "--help")
    assert exited.value.code == cli.DONE
    out = " ".join(capsys.readouterr().out.split())
    assert "times (1 to 9, times, default 1)" in out
    assert "sr-studio greet you" in out
    assert "--no-loud" not in out
    assert "--kind-words, --no-kind-words" in out


def run_python(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize("module", ["PySide6", "torch", "numpy"])
def test_the_command_line_starts_without(module: str) -> None:
    code = (
        "import sys, sr_studio.cli.main\n"
        "from sr_studio.cli.arguments import build_parser\n"
        "from sr_studio.tasks._registry import all_tasks\n"
        "build_parser(all_tasks())\n"
        f"print({module!r} in sys.modules)"
    )
    assert run_python(code).strip() == "False"


def test_without_a_display_one_sentence_says_so() -> None:
    hidden = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    if not sys.platform.startswith("linux"):
        pytest.skip("other systems always have a display")
    done = subprocess.run(
        [sys.executable, "-m", "sr_studio"],
        env={name: value for name, value in os.environ.items() if name not in hidden},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "no display" in done.stderr


def list_models(stdout: int) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "sr_studio", "weights", "list", "--json"],
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
    )


def test_json_is_json_where_the_output_is_ascii(tmp_path: Path) -> None:
    (tmp_path / "ü").mkdir()
    source = tmp_path / "ü" / "a.png"
    source.write_bytes((Path(__file__).parents[2] / "resources/samples/astronaut.png").read_bytes())
    words = ["degrade", str(source), "-o", str(source.with_name("b.png")), "--json", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-m", "sr_studio", *words],
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert done.stderr == b""
    assert json.loads(done.stdout)["input"] == str(source)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_that_cannot_be_written_is_one_sentence() -> None:
    with Path("/dev/full").open("wb") as full:
        done = list_models(full.fileno())
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == 1
    assert b"No space left" in done.stderr


def test_a_reader_that_has_gone_is_no_news() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = list_models(writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")
