"""Colouring files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import save_file

from sr_studio.cli.arguments import build_parser, request_from_arguments
from sr_studio.engines.colorization.hints import Hint, hints_path, write_hints
from sr_studio.errors import InvalidRequest, OutputExists, SrStudioError, WeightsError
from sr_studio.imaging.decode_image import decode_image
from sr_studio.imaging.encode_image import SaveOptions, encode_image
from sr_studio.imaging.image_buffer import ImageBuffer, to_float
from sr_studio.imaging.lab import gray_of, rgb_to_lab
from sr_studio.jobs.progress import silent_context
from sr_studio.models._registry import all_models
from sr_studio.models._weights import WeightStore
from sr_studio.resource_files import resource_folder
from sr_studio.tasks._colorize_pictures import ColorizeSettings, FindColoursRequest
from sr_studio.tasks._colorizers import Colorizers
from sr_studio.tasks.colorize import TASK
from tests.helpers.colorizers import WarmLights

if TYPE_CHECKING:
    from pathlib import Path

ASTRONAUT = resource_folder() / "samples" / "astronaut.png"


def _run(*words: str | Path) -> Any:
    arguments = build_parser({"colorize": TASK}).parse_args(["colorize", *map(str, words)])
    return request_from_arguments(TASK, arguments).run(silent_context())


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Gray, with a bright half."""
    pixels = np.full((80, 120), 60, np.uint8)
    pixels[:, 60:] = 200
    Image.fromarray(pixels).save(tmp_path / "phötö.png")
    return tmp_path / "phötö.png"


def ab_at(path: Path, x: int, y: int) -> np.ndarray:
    return rgb_to_lab(to_float(decode_image(path).pixels))[y, x, 1:]


def test_hints_of_a_file_are_spread(photo: Path, tmp_path: Path) -> None:
    hints = tmp_path / "hints.json"
    write_hints(hints, [Hint(((90.0, 40.0),), 4.0, (12.0, 10.0))], (120, 80))
    output = tmp_path / "out.png"
    found = _run(photo, "-o", output, "--method", "levin", "--hints", hints)
    assert found.hints == 1
    assert found.text().startswith(str(output))
    assert np.abs(ab_at(output, 90, 40) - (12, 10)).max() < 2
    with pytest.raises(OutputExists):
        _run(photo, "-o", output, "--method", "levin", "--hints", hints)


def test_hints_beside_the_picture_are_found(photo: Path, tmp_path: Path) -> None:
    write_hints(hints_path(photo), [Hint(((20.0, 20.0),), 4.0, (-25.0, 10.0))], (120, 80))
    found = _run(photo, "-o", tmp_path / "out.png", "--method", "levin")
    assert found.hints == 1
    assert np.abs(ab_at(tmp_path / "out.png", 20, 20) - (-25, 10)).max() < 2


@pytest.mark.parametrize("method", ["welsh", "histogram"])
def test_a_reference_gives_its_colours(photo: Path, tmp_path: Path, method: str) -> None:
    reference = np.zeros((60, 60, 3), np.uint8)
    reference[:30], reference[30:] = (20, 60, 110), (250, 190, 120)
    Image.fromarray(reference).save(tmp_path / "reference.png")
    output = tmp_path / "out.png"
    _run(photo, "-o", output, "--method", method, "--reference", tmp_path / "reference.png")
    assert ab_at(output, 20, 40)[1] < 0 < ab_at(output, 100, 40)[1]
    with pytest.raises(InvalidRequest, match="another photo"):
        _run(photo, "-o", tmp_path / "b.png", "--method", method)


def test_sixteen_bits_with_alpha_stay(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    pixels = random.integers(0, 65536, (40, 50, 1)).astype(np.uint16)
    alpha = random.integers(0, 65536, (40, 50)).astype(np.uint16)
    encode_image(ImageBuffer(pixels, alpha), tmp_path / "a.tif", SaveOptions())
    write_hints(hints_path(tmp_path / "a.tif"), [Hint(((9.0, 9.0),), 9.0, (8.0, 8.0))], (50, 40))
    _run(tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--method", "levin")
    result = decode_image(tmp_path / "b.tif")
    assert result.pixels.dtype == np.uint16
    assert result.alpha is not None
    assert np.array_equal(result.alpha, alpha)
    codes = np.rint(gray_of(result.pixels.astype(np.float64) / 65535) * 65535)
    assert np.mean(codes != pixels[..., 0]) < 1e-2


def test_a_folder_goes_on_after_a_bad_file(photo: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(photo.read_bytes()[:60])
    found = _run(photo.parent, "-o", tmp_path / "all", "--method", "levin")
    assert [picture.output.name for picture in found.pictures] == ["phötö_colorized.png"]
    assert len(found.failures) == 1
    assert "broken.png" in found.failures[0]


def test_a_damaged_hints_file_is_told(photo: Path, tmp_path: Path) -> None:
    hints_path(photo).write_text("{")
    with pytest.raises(SrStudioError, match="holds no colour hints"):
        _run(photo, "-o", tmp_path / "out.png", "--method", "levin")


def test_an_unknown_network_is_told_before_any_work(photo: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="no colorizer 'eccv'"):
        _run(photo, "-o", tmp_path / "out.png", "--network", "eccv")
    with pytest.raises(WeightsError):
        _run(photo, "-o", tmp_path / "out.png", "--network", "eccv16")


def test_a_network_is_loaded_once_and_a_picture_looked_at_once(
    photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = WarmLights()
    monkeypatch.setattr(Colorizers, "load", lambda *_: network)
    colorizers, image = Colorizers(), decode_image(photo)
    found = [
        FindColoursRequest(image, (), settings, None, colorizers).run(silent_context())
        for settings in (ColorizeSettings(), ColorizeSettings(colours="vivid", saturation=0.5))
    ]
    assert network.looks == 1
    assert found[0].distribution is not None
    assert found[0].name == "colorizer-lite"
    assert np.abs(found[1].colours.offsets).max() < 0.7 * np.abs(found[0].colours.offsets).max()


def test_imported_weights_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = all_models()["colorizer-lite"].build(1)
    save_file(network.state_dict(), tmp_path / "mine.safetensors")
    store = WeightStore(tmp_path / "store")
    entry = store.import_file(tmp_path / "mine.safetensors")
    assert entry.model_id == "colorizer-lite"
    monkeypatch.setattr(Colorizers, "_weights", lambda _self: store)
    colorizers = Colorizers()
    loaded = colorizers.load(colorizers.find(None), None, "cpu")
    assert colorizers.load(colorizers.find(None), None, "cpu") is loaded
