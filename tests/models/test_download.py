from __future__ import annotations

import errno
import hashlib
import shutil
import socket
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest

from sr_studio.errors import InvalidRequest, WeightsError
from sr_studio.jobs.control import CancelToken, JobCancelled
from sr_studio.jobs.progress import ReportingContext, silent_context
from sr_studio.models import _download
from sr_studio.models._download import download_file
from tests.helpers.weight_server import Answer, WeightServer

CONTENT = bytes(range(256)) * 2000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_download, "_WAITS_S", (0.0, 0.0, 0.0))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "weights" / "some.part"


def fetch(server: WeightServer, part: Path, context: Any = None, **changes: Any) -> None:
    asked = {"sha256": SHA256, "size": len(CONTENT)} | changes
    download_file(f"{server.url}/some.pth", part, context=context or silent_context(), **asked)


def serving(*answers: Answer, content: bytes | None = CONTENT) -> WeightServer:
    return WeightServer(lambda _path: content, list(answers))


def test_a_file_arrives_whole(part: Path) -> None:
    with serving() as server:
        fetch(server, part)
    assert part.read_bytes() == CONTENT
    assert server.requests == [("/some.pth", None)]


def test_a_broken_connection_is_resumed_by_range(part: Path) -> None:
    with serving(Answer(cut_after=300_000)) as server:
        fetch(server, part)
    assert part.read_bytes() == CONTENT
    assert server.requests[1:] == [("/some.pth", "bytes=300000-")]


def test_a_cancelled_download_is_resumed_by_the_next(part: Path) -> None:
    token = CancelToken()
    context = ReportingContext(token, lambda _fraction, _note, _eta_s: token.cancel())
    with serving() as server:
        with pytest.raises(JobCancelled):
            fetch(server, part, context)
        begun = part.stat().st_size
        fetch(server, part)
    assert 0 < begun <= _download._BLOCK, "it must end within one block"
    assert server.requests[1] == ("/some.pth", f"bytes={begun}-")
    assert part.read_bytes() == CONTENT


def test_a_server_without_ranges_starts_again(part: Path) -> None:
    with serving(Answer(cut_after=100_000), Answer(ignores_range=True)) as server:
        fetch(server, part)
    assert part.read_bytes() == CONTENT


def test_a_busy_server_is_asked_again(part: Path) -> None:
    with serving(Answer(status=503), Answer(status=429)) as server:
        fetch(server, part)
    assert len(server.requests) == 3


def test_a_finished_part_is_not_fetched_again(part: Path) -> None:
    part.parent.mkdir()
    part.write_bytes(CONTENT)
    with serving() as server:
        fetch(server, part)
    assert server.requests == []


def test_a_part_of_another_file_is_thrown_away(part: Path) -> None:
    part.parent.mkdir()
    part.write_bytes(CONTENT * 2)
    with serving() as server:
        fetch(server, part)
    assert part.read_bytes() == CONTENT


def test_progress_ends_at_one(part: Path) -> None:
    told: list[float] = []
    context = ReportingContext(CancelToken(), lambda fraction, _note, _eta_s: told.append(fraction))
    with serving() as server:
        fetch(server, part, context)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_changed_file_is_refused_and_removed(part: Path) -> None:
    server = serving(content=CONTENT[:-1] + b"!")
    with server, pytest.raises(WeightsError, match="checksum") as caught:
        fetch(server, part)
    assert caught.value.advice
    assert not part.exists()


def test_a_longer_file_is_refused_and_removed(part: Path) -> None:
    with serving(content=CONTENT * 2) as server, pytest.raises(WeightsError, match="more than"):
        fetch(server, part)
    assert not part.exists()


def test_a_file_that_is_gone_is_not_asked_for_twice(part: Path) -> None:
    with serving(content=None) as server, pytest.raises(WeightsError, match="404") as caught:
        fetch(server, part)
    assert caught.value.advice
    assert len(server.requests) == 1


def test_a_login_page_is_no_weights(part: Path) -> None:
    server = serving(Answer(content_type="text/html"), content=b"<html>log in</html>")
    with server, pytest.raises(WeightsError, match="web page") as caught:
        fetch(server, part)
    assert "log in" in caught.value.advice
    assert not part.exists()


def test_a_connection_that_always_breaks_keeps_what_came(part: Path) -> None:
    server = serving(*(Answer(cut_after=1000) for _ in range(9)))
    with server, pytest.raises(WeightsError, match="cut off at 4000 of") as caught:
        fetch(server, part)
    assert "goes on where it stopped" in caught.value.advice
    assert part.stat().st_size == 4000


def test_offline_is_a_sentence_with_the_address(part: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/some.pth"
        with pytest.raises(WeightsError, match="cannot be reached") as caught:
            download_file(url, part, sha256=SHA256, size=9, context=silent_context())
    assert url in caught.value.advice


def test_a_full_disk_is_known_before_the_download(
    part: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10, 10, 0))
    with serving() as server, pytest.raises(WeightsError, match="disk is full"):
        fetch(server, part)
    assert server.requests == []


def test_a_disk_that_fills_up_keeps_what_came(part: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> None:
        raise _download._disk_error(OSError(errno.ENOSPC, "No space left on device"))

    with serving() as server:
        monkeypatch.setattr(_download, "_write", full)
        with pytest.raises(WeightsError, match="disk is full"):
            fetch(server, part)
    assert len(server.requests) == 1, "trying again does not help"


def test_a_folder_that_cannot_be_written_is_a_sentence(part: Path, tmp_path: Path) -> None:
    part.parent.write_text("a file where the folder should be")
    with serving() as server, pytest.raises(WeightsError, match="could not be saved"):
        fetch(server, part)


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://example.org/a", "weights.pth"])
def test_only_web_addresses_are_fetched(url: str, part: Path) -> None:
    with pytest.raises(InvalidRequest, match="web address"):
        download_file(url, part, sha256=SHA256, size=9, context=silent_context())


# -- what authors state of their files ----------------------------------------------------------------


def test_the_first_digits_of_the_checksum_are_enough(part: Path) -> None:
    with serving() as server:
        fetch(server, part, sha256=SHA256[:8].upper())
    assert part.read_bytes() == CONTENT
    with serving() as server, pytest.raises(WeightsError, match="checksum"):
        fetch(server, part.with_name("other.part"), sha256="0" * 8)
    with serving() as server, pytest.raises(ValueError, match="at least 8"):
        fetch(server, part, sha256=SHA256[:7])


def test_a_size_that_is_not_known_is_the_servers(part: Path) -> None:
    told: list[float] = []
    context = ReportingContext(CancelToken(), lambda fraction, _note, _eta_s: told.append(fraction))
    with serving(Answer(cut_after=300_000)) as server:
        fetch(server, part, context, size=0)
    assert part.read_bytes() == CONTENT
    assert server.requests[1:] == [("/some.pth", "bytes=300000-")]
    assert told[-1] == 1.0


def test_a_finished_part_of_unknown_size_is_known_by_its_checksum(part: Path) -> None:
    part.parent.mkdir()
    part.write_bytes(CONTENT)
    with serving(Answer(status=416)) as server:
        fetch(server, part, size=0)
    assert part.read_bytes() == CONTENT
    assert len(server.requests) == 1


def test_a_file_of_unknown_size_has_an_end(part: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_download, "_announced_size", lambda _headers, _done: 0)
    with serving() as server:
        fetch(server, part, size=0)
    assert part.read_bytes() == CONTENT
    monkeypatch.setattr(_download, "_MOST_BYTES", 100_000)
    endless = part.with_name("endless.part")
    with serving() as server, pytest.raises(WeightsError, match="more than the 100000 bytes"):
        fetch(server, endless, size=0)
    assert not endless.exists()
