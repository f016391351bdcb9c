"""Training out of the store of decoded pictures, against decoding a file for every crop."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from typing_extensions import override

from sr_studio.bench._spec import BenchSpec, Measurement
from sr_studio.engines.device import choose_device
from sr_studio.engines.training.pairs import CropBatches, Pair, ScalePairs
from sr_studio.engines.training.preview import TrainingPreview
from sr_studio.engines.training.train import Training
from sr_studio.imaging.decode_image import decode_image
from sr_studio.imaging.encode_image import SaveOptions, encode_image
from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.imaging.resize import imresize
from sr_studio.jobs.control import CancelToken
from sr_studio.jobs.progress import ReportingContext
from sr_studio.resource_files import resource_folder
from sr_studio.tasks._train_recipe import read_recipe
from sr_studio.tasks._training_pictures import read_training_pictures

if TYPE_CHECKING:
    from collections.abc import Callable

    from sr_studio.jobs.control import JobContext
    from sr_studio.tasks._train_recipe import TrainRecipe

_MODEL, _SCALE = "compact", 2
_PICTURES = 8
_STEPS = 40
_PATCH_PX = 32


class _DecodedEachTime(Sequence[Pair]):
    """Reads and reduces the whole picture for every crop, as a plain loop over files does."""

    def __init__(self, paths: tuple[Path, ...], scale: int) -> None:
        self._paths = paths
        self._scale = scale

    @override
    def __len__(self) -> int:
        return len(self._paths)

    @override
    def __getitem__(self, index: int) -> Pair:  # type: ignore[override]  # no slices of pairs
        high_res = decode_image(self._paths[index]).pixels
        return Pair(imresize(high_res, scale=1 / self._scale), high_res)


class _Watch(ReportingContext):
    """Keeps what the training shows last."""

    def __init__(self, context: JobContext) -> None:
        super().__init__(CancelToken(), lambda _fraction, _note, _eta_s: None)
        self._watched = context
        self._make: Callable[[], object] | None = None

    @override
    def checkpoint(self) -> None:
        self._watched.checkpoint()

    @override
    def offer_preview(self, make: Callable[[], object]) -> None:
        self._make = make

    def shown(self) -> TrainingPreview:
        shown = None if self._make is None else self._make()
        if not isinstance(shown, TrainingPreview):
            raise TypeError("the training showed nothing")
        return shown


def _run(context: JobContext) -> tuple[Measurement, ...]:
    recipe = read_recipe(None, model=_MODEL, scale=_SCALE, precision=None)
    recipe = replace(
        recipe, hold_out=0, schedule=replace(recipe.schedule, steps=_STEPS, patch_px=_PATCH_PX)
    )
    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        photos.mkdir()
        paths = _write_photos(photos)
        stored = read_training_pictures(photos, recipe, Path(folder), context).by_scale[_SCALE]
        decoded = replace(stored, pairs=_DecodedEachTime(paths, _SCALE))
        plain = _train(recipe, decoded, context)
        ours = _train(recipe, stored, context)
    return (
        Measurement(
            "steps",
            ours.images_per_s / recipe.schedule.batch,
            "steps/s",
            plain.images_per_s / recipe.schedule.batch,
            ours.images_per_s / plain.images_per_s,
            "decoding for every crop",
        ),
        Measurement(
            "waiting for data",
            100 * ours.data_wait,
            "% time",
            100 * plain.data_wait,
            plain.data_wait / ours.data_wait if ours.data_wait else float("inf"),
            "decoding for every crop",
        ),
    )


def _write_photos(folder: Path) -> tuple[Path, ...]:
    sample = decode_image(resource_folder() / "samples" / "astronaut.png")
    paths = tuple(folder / f"{number}.jpg" for number in range(_PICTURES))
    for number, path in enumerate(paths):
        turned = np.ascontiguousarray(np.rot90(sample.pixels, number))
        encode_image(ImageBuffer(turned), path, SaveOptions())
    return paths


def _train(recipe: TrainRecipe, pairs: ScalePairs, context: JobContext) -> TrainingPreview:
    watch = _Watch(context)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = recipe.spec.build(_SCALE)
    network.to(choose_device("auto"))
    batches = CropBatches({_SCALE: pairs}, recipe.schedule)
    Training(network, batches, recipe.schedule, context=watch).run()
    return watch.shown()


BENCH = BenchSpec("train", "Training out of decoded pictures", _run)
