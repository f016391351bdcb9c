"""The pictures of a training: pairs to learn from, and good pictures kept back to measure on."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sr_studio.errors import SrStudioError
from sr_studio.tasks._picture_sources import find_sources

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sr_studio.engines.training.pairs import ScalePairs
    from sr_studio.engines.training.picture_store import PictureWriter, StoredPicture
    from sr_studio.imaging.image_buffer import Pixels
    from sr_studio.jobs.control import JobContext
    from sr_studio.tasks._picture_sources import PictureSource
    from sr_studio.tasks._train_recipe import TrainRecipe

_ALL_PX = 2_000_000_000  # of high-resolution pixels in the store: about 8 GB at most
_HELD_OUT_PX = 300_000  # of a picture that is kept back: measuring must not take the time


@dataclass(frozen=True, slots=True, eq=False)
class TrainingPictures:
    """What was read.

    Attributes:
        by_scale: the pairs to learn from at each scale.
        held_out: high-resolution pictures to measure on, (H, W, 3) uint8.
        left_out: files that could not be read or are too small.
    """

    by_scale: Mapping[int, ScalePairs]
    held_out: tuple[Pixels, ...]
    left_out: int

    @property
    def count(self) -> int:
        """Pictures to learn from, at every size."""
        return max(len(each.pairs) for each in self.by_scale.values())


def read_training_pictures(
    data: Path, recipe: TrainRecipe, folder: Path, context: JobContext
) -> TrainingPictures:
    """Decode the pictures, at every size of `shrink`, and degrade them where chance has no part.

    They are kept in `folder`, where a training that goes on finds them again. Of pictures too
    many or too large the middle is taken.

    Args:
        data: what the recipe's places lie in.
        recipe: see there.
        folder: of the training.
        context: of the job.

    Raises:
        SrStudioError: none can be used, or the disk is full.
    """
    places = [path for place in recipe.places if (path := data / place).exists()]
    if not places:
        inner = [place for place in recipe.places if place != "."]
        raise SrStudioError(
            f"There is no {' or '.join(inner)} in {data}." if inner else f"There is no {data}.",
            advice="Check --data.",
        )
    sources = find_sources(places)
    contents = _read_contents(folder, _key(sources, recipe))
    if contents is None:
        contents = _store(sources, recipe, folder, context)
    return _open(contents, recipe, folder)


def delete_stored_pictures(folder: Path) -> None:
    """Delete what a training no longer needs."""
    for path in (_contents_path(folder), _store_path(folder)):
        path.unlink(missing_ok=True)


def _store_path(folder: Path) -> Path:
    return folder / "pictures.bin"


def _contents_path(folder: Path) -> Path:
    return folder / "pictures.json"


def _key(sources: tuple[PictureSource, ...], recipe: TrainRecipe) -> str:
    """Return a name of what is stored: it changes with the files and with what is made of them."""
    files = [(str(each.file), each.name, each.size, each.changed_ns) for each in sources]
    made = (
        recipe.scales,
        recipe.shrink,
        recipe.hold_out,
        recipe.spec.id,
        recipe.spec.size_multiple,
        [recipe.patch_px(scale) for scale in recipe.scales],  # smaller pictures are left out
    )
    words = json.dumps([files, made, asdict(recipe.degradation)], default=str)
    return hashlib.sha256(words.encode()).hexdigest()


def _read_contents(folder: Path, key: str) -> dict[str, Any] | None:
    try:
        contents: dict[str, Any] = json.loads(_contents_path(folder).read_text("utf-8"))
        is_whole = _store_path(folder).stat().st_size == contents["size"]
    except (OSError, ValueError, KeyError):
        return None
    return contents if is_whole and contents["key"] == key else None


def _store(
    sources: tuple[PictureSource, ...], recipe: TrainRecipe, folder: Path, context: JobContext
) -> dict[str, Any]:
    from sr_studio.engines.training.picture_store import PictureWriter
    from sr_studio.imaging.atomic_file import atomic_file

    kept_back = _evenly(len(sources), min(recipe.hold_out, len(sources) // 5))
    held_out: list[StoredPicture] = []
    pairs: dict[int, list[tuple[StoredPicture | None, StoredPicture]]] = {
        scale: [] for scale in recipe.scales
    }
    left_out = 0
    with atomic_file(_store_path(folder), overwrite=True) as path, path.open("wb") as file:
        writer = PictureWriter(file)
        for index, source in enumerate(sources):
            context.checkpoint()
            context.report(index, len(sources), f"reading {source.name}")
            try:
                picture = _middle(rgb8(source), _ALL_PX // len(sources))
            except SrStudioError:  # one bad file must not end a night's work
                left_out += 1
                continue
            if index in kept_back:
                held_out.append(writer.add(_middle(picture, _HELD_OUT_PX)))
            elif not _add_pairs(picture, recipe, writer, pairs):
                left_out += 1
        size = file.tell()
    contents = {
        "key": _key(sources, recipe),
        "size": size,
        "held_out": [asdict(each) for each in held_out],
        "pairs": {
            str(scale): [
                [None if low_res is None else asdict(low_res), asdict(high_res)]
                for low_res, high_res in each
            ]
            for scale, each in pairs.items()
        },
        "left_out": left_out,
    }
    with atomic_file(_contents_path(folder), overwrite=True) as path:
        path.write_text(json.dumps(contents), "utf-8")
    return contents


def _add_pairs(
    picture: Pixels,
    recipe: TrainRecipe,
    writer: PictureWriter,
    pairs: dict[int, list[tuple[StoredPicture | None, StoredPicture]]],
) -> bool:
    """Store the picture at every size and scale; return whether it was large enough for any."""
    import numpy as np

    fixed = np.random.default_rng(0)  # fixed degradations draw nothing
    is_used = False
    for smaller in _sizes(picture, recipe.shrink):
        for scale in recipe.scales:
            high_res = crop_to_multiple(smaller, recipe.crop_px(scale))
            if min(high_res.shape[:2]) // recipe.input_scale(scale) < recipe.patch_px(scale):
                continue
            low_res = None
            if recipe.makes_inputs_once:
                pair = recipe.maker(scale)(high_res, fixed)
                low_res, high_res = pair
            stored = None if low_res is None else writer.add(low_res)
            pairs[scale].append((stored, writer.add(high_res)))
            is_used = True
    return is_used


def _sizes(picture: Pixels, shrink: tuple[float, ...]) -> Iterator[Pixels]:
    from sr_studio.imaging.resize import imresize

    for factor in shrink:
        yield picture if factor == 1 else imresize(picture, scale=factor)


def _open(contents: dict[str, Any], recipe: TrainRecipe, folder: Path) -> TrainingPictures:
    import numpy as np

    from sr_studio.engines.training.pairs import ScalePairs
    from sr_studio.engines.training.picture_store import StoredPairs, StoredPicture

    def place(values: dict[str, Any]) -> StoredPicture:
        height, width, channels = values["shape"]
        return StoredPicture(values["offset"], (height, width, channels), values["dtype"])

    by_scale: dict[int, ScalePairs] = {}
    for scale in recipe.scales:
        places = [
            (None if low_res is None else place(low_res), place(high_res))
            for low_res, high_res in contents["pairs"][str(scale)]
        ]
        if not places:
            least_px = recipe.patch_px(scale) * recipe.input_scale(scale)
            raise SrStudioError(
                f"No picture can be learned from: they need {least_px} pixels a side.",
                advice="Choose another folder.",
            )
        by_scale[scale] = ScalePairs(
            StoredPairs(_store_path(folder), places),
            recipe.input_scale(scale),
            recipe.patch_px(scale),
            None if recipe.makes_inputs_once else recipe.maker(scale),
        )
    kept_back = [(None, place(values)) for values in contents["held_out"]]
    held_out = (np.array(pair.high_res) for pair in StoredPairs(_store_path(folder), kept_back))
    return TrainingPictures(by_scale, tuple(held_out), contents["left_out"])


def rgb8(source: PictureSource) -> Pixels:
    """Return the picture, (H, W, 3) uint8.

    Raises:
        UnreadableImage: it is damaged or no picture.
    """
    import numpy as np

    from sr_studio.imaging.image_buffer import from_float, to_float

    pixels = source.read().pixels
    return from_float(to_float(np.broadcast_to(pixels, (*pixels.shape[:2], 3))), np.uint8)


def crop_to_multiple(pixels: Pixels, multiple: int) -> Pixels:
    height, width = pixels.shape[:2]
    return pixels[: height // multiple * multiple, : width // multiple * multiple]


def _middle(pixels: Pixels, most_px: int) -> Pixels:
    """Return at most so many pixels around the middle, in the picture's proportions."""
    height, width = pixels.shape[:2]
    share = math.sqrt(most_px / (height * width))
    if share >= 1:
        return pixels
    rows, columns = max(1, int(height * share)), max(1, int(width * share))
    top, left = (height - rows) // 2, (width - columns) // 2
    return pixels[top : top + rows, left : left + columns].copy()  # not the whole behind a view


def _evenly(count: int, wanted: int) -> frozenset[int]:
    """Return `wanted` of the first `count` numbers, spread over them."""
    return frozenset((2 * number + 1) * count // (2 * wanted) for number in range(wanted))
