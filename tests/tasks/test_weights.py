from __future__ import annotations

import json
from pathlib import Path

import pytest
from safetensors.torch import save_file

from sr_studio.cli.json_output import to_json
from sr_studio.errors import InvalidRequest, WeightsError
from sr_studio.jobs.progress import silent_context
from sr_studio.models._registry import all_models
from sr_studio.models._weight_files import sha256_of
from sr_studio.tasks.weights import WeightList, WeightsRequest
from tests.helpers.weight_server import WeightServer


@pytest.fixture
def own_file(tmp_path: Path) -> Path:
    path = tmp_path / "own.safetensors"
    save_file(all_models()["espcn"].build(3).state_dict(), path)
    return path


def run(*words: object, **options: object) -> WeightList:
    action, *names = map(str, words)
    return WeightsRequest(action, tuple(names), **options).run(silent_context())  # type: ignore[arg-type]  # as the command line does


def test_list_has_the_keys_that_others_rely_on() -> None:
    listed = json.loads(to_json(run("list")))
    for file in listed:
        assert {"id", "path", "sha256", "bytes"} <= file.keys()
    expected = {source.id for spec in all_models().values() for source in spec.weights}
    assert {file["id"] for file in listed} == expected


def test_a_network_stands_for_its_weights() -> None:
    assert [file.id for file in run("list", "imdn", "imdn-x4")] == ["imdn-x2", "imdn-x3", "imdn-x4"]


def test_an_imported_file_is_listed_and_verified(own_file: Path, own_home: Path) -> None:
    imported = run("import", own_file)
    (file,) = imported
    assert (file.model, file.scales) == ("espcn", (3,))
    assert file.found == "ESPCN x3, recognised by the names and shapes of its tensors"
    assert imported.text().startswith(f"own: {file.found}.")
    assert json.loads(to_json(imported))[0]["found"] == file.found
    assert file.path == own_home / "weights" / "own.safetensors"
    assert file.sha256 == sha256_of(file.path)
    assert file.bytes == file.path.stat().st_size
    assert file in run("list")
    assert file in run("verify", "espcn")
    assert str(file.path) in run("verify", "own").text()


def test_one_damaged_file_is_told_and_the_rest_goes_on(own_file: Path) -> None:
    (good,) = run("import", own_file, model="espcn", scale=3, id="good")
    (bad,) = run("import", own_file, model="espcn", scale=3, id="bad")
    assert bad.path
    bad.path.write_bytes(b"damaged")
    files = run("verify", "bad", "good")
    assert good in files
    (sentence,) = files.failures
    assert sentence.startswith("bad: The weights bad are damaged")
    with pytest.raises(WeightsError, match="damaged"):
        run("verify", "bad")


def test_a_download_comes_from_the_mirror(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with WeightServer(lambda path: (shared_data / "weights" / path[1:]).read_bytes()) as server:
        files = run("download", "fsrcnn", mirror=server.url)
    assert [file.id for file in files] == [f"fsrcnn-x{scale}" for scale in (2, 3, 4)] + [
        f"fsrcnn-291-x{scale}"
        for scale in (2, 3, 4)  # these ship
    ]
    assert [file.origin for file in files] == ["local"] * 3 + ["shipped"] * 3
    assert not files.failures


@pytest.mark.parametrize(
    ("words", "options"),
    [
        (("download",), {}),
        (("import",), {}),
        (("verify",), {"model": "espcn"}),
        (("list",), {"mirror": "http://example.org"}),
        (("download", "fsrcnn-x2"), {"mirror": ""}),
        (("import", "a", "b"), {"id": "c"}),
        (("list", "no-such-id"), {}),
        (("download", "carn"), {}),
    ],
)
def test_wrong_usage_is_refused_with_advice(
    words: tuple[str, ...], options: dict[str, object]
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        run(*words, **options)
    assert caught.value.advice
