"""Restorations of pictures in memory, and what is asked before one."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sr_studio.allocator import return_freed_memory
from sr_studio.errors import InvalidRequest
from sr_studio.tasks._restore_runs import RunDescription, RunFolder
from sr_studio.tasks._upscale_settings import parse_tile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sr_studio.engines.prior.problems import Damage
    from sr_studio.engines.prior.restoration import Restoration
    from sr_studio.engines.prior.settings import PriorDials, PriorSettings
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext
    from sr_studio.models.priors._spec import PriorSpec
    from sr_studio.tasks._restore_settings import RestoreSettings

_CLEANING_SHARE = 0.2  # of the progress: non-local means of the full-size picture
_HALF_MISSING = 127  # of 255
CLASSICAL = {"denoise": "nlm", "jpeg": "nlm", "inpaint": "biharmonic", "enlarge": "bicubic"}


@dataclass(frozen=True, slots=True, eq=False)
class ClassicalPictureRequest:
    """Restore a picture in memory by a classical method, to hold a network's result against.

    Attributes:
        image: as it was observed.
        settings: of these only task and scale count.
        missing: (H, W) bool, True where pixels are missing; for "inpaint".
        truth: to measure against, of the result's size.
    """

    image: ImageBuffer
    settings: RestoreSettings
    missing: NDArray[np.bool_] | None = None
    truth: ImageBuffer | None = None

    def run(self, context: JobContext) -> ClassicalRestoration:
        """Restore.

        Raises:
            InvalidRequest: no classical method does that, or mask or truth do not fit.
        """
        from sr_studio.engines.classical._registry import all_classical_filters
        from sr_studio.engines.prior.classical import restore_classically

        task = self.settings.task
        if task not in CLASSICAL:
            raise InvalidRequest(
                f"No classical method does {task}.", advice="Choose another quality."
            )
        damage = make_damage(
            self.image, self.settings, missing=self.missing, truth=self.truth, guide=None
        )
        started_s = time.monotonic()
        method = all_classical_filters()[CLASSICAL[task]]
        image, psnr = restore_classically(damage, method, context)
        return ClassicalRestoration(
            image, method.id, method.title, psnr, time.monotonic() - started_s
        )


@dataclass(frozen=True, slots=True, eq=False)
class ClassicalRestoration:
    """What a classical method made.

    Attributes:
        image: in the picture's depth, with its metadata.
        method: its id.
        title: for people.
        psnr: against the truth over all channels, in dB; None without one.
        seconds: it took.
    """

    image: ImageBuffer
    method: str
    title: str
    psnr: float | None
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class RestorePictureRequest:
    """Restore a picture in memory.

    Attributes:
        image: as it was observed.
        settings: how.
        missing: (H, W) bool, True where pixels are missing; for "inpaint".
        truth: to measure against, of the result's size.
        guide: the flash picture; for "flash".
        dials: learning rate and input noise, if they may be turned meanwhile.
        folder: keeps checkpoint and moments; a run that lies there goes on.
        description: of the run, written into the folder.
        seconds: stop cleanly after this long.
    """

    image: ImageBuffer
    settings: RestoreSettings
    missing: NDArray[np.bool_] | None = None
    truth: ImageBuffer | None = None
    guide: ImageBuffer | None = None
    dials: PriorDials | None = None
    folder: Path | None = None
    description: RunDescription | None = None
    seconds: float = math.inf

    def damage(self) -> Damage:
        """Return what the engine is asked.

        Raises:
            InvalidRequest: mask, guide or truth do not fit the picture.
        """
        return make_damage(
            self.image, self.settings, missing=self.missing, truth=self.truth, guide=self.guide
        )

    def run(self, context: JobContext) -> Restoration:
        """Fit; cancelling leaves the last checkpoint in the folder, if there is one."""
        from sr_studio.engines.device import choose_device
        from sr_studio.engines.prior.half_weights import choose_fit_precision
        from sr_studio.engines.prior.restore import FeatureChoice, restore_picture
        from sr_studio.engines.prior.working_size import FullSize

        settings = self.settings
        is_cleaned_first = settings.working_px > 0 and settings.task == "denoise"
        share = _CLEANING_SHARE if is_cleaned_first else 0.0
        full = FullSize(self.damage(), settings.working_px, context.part(0, share))
        spec, numbers = plan_restoration(settings)
        device = choose_device(settings.device)
        run = None if self.folder is None else RunFolder(self.folder)
        if run is not None:
            run.to_pixels = lambda moment: full.picture(moment.restored).pixels
            if self.description is not None:
                run.check(self.description)
                run.describe(self.description)
        restoration = restore_picture(
            full.fitted,
            spec,
            numbers,
            device=device,
            precision=choose_fit_precision(
                device, settings.precision, is_8bit=self.image.pixels.dtype == "uint8"
            ),
            context=context.part(share, 1 - share),
            tile=parse_tile(settings.tile),
            features=FeatureChoice(settings.backbone, settings.layer, settings.channel),
            dials=self.dials,
            keeper=run,
            save=None if run is None else run.save_state,
            state=None if run is None else run.load_state(),
            seconds=self.seconds,
            to_picture=full.picture,
        )
        if full.is_reduced:
            restoration = replace(
                restoration, notes=(full.note,), full_psnr=full.measure(restoration.image)
            )
        if run is not None:
            if run.problem:
                restoration = replace(restoration, notes=(*restoration.notes, run.problem))
            elif self.description is not None:
                run.describe(replace(self.description, is_finished=True))
        return_freed_memory()
        return restoration


def make_damage(
    image: ImageBuffer,
    settings: RestoreSettings,
    *,
    missing: NDArray[np.bool_] | None,
    truth: ImageBuffer | None,
    guide: ImageBuffer | None,
) -> Damage:
    """Return what an engine is asked: of what is given, only what belongs to the task.

    Raises:
        InvalidRequest: mask, guide or truth do not fit the picture.
    """
    from sr_studio.engines.prior.problems import Damage

    return Damage(
        image,
        settings.task,
        missing=missing if settings.task == "inpaint" else None,
        scale=settings.scale if settings.task == "enlarge" else 1,
        downsampler=settings.downsampler,
        truth=truth,
        guide=guide if settings.task == "flash" else None,
    )


@dataclass(frozen=True, slots=True)
class RestorationCost:
    """What a restoration will take.

    Attributes:
        iterations: at most.
        seconds: of one.
        memory_bytes: at its peak, where the picture is fitted as a whole.
        width: of what is fitted.
        height: of it.
    """

    iterations: int
    seconds: float
    memory_bytes: int
    width: int
    height: int


@dataclass(frozen=True, slots=True, eq=False)
class EstimateRestorationRequest:
    """Measure on a small piece what a restoration will take.

    Attributes:
        image: the picture; only its size and depth count.
        settings: how it will be restored.
    """

    image: ImageBuffer
    settings: RestoreSettings

    def run(self, context: JobContext) -> RestorationCost:
        from sr_studio.engines.device import choose_device
        from sr_studio.engines.prior.cost import measure_cost
        from sr_studio.engines.prior.half_weights import choose_fit_precision
        from sr_studio.engines.prior.working_size import fitted_size, full_size_bytes

        image, settings = self.image, self.settings
        device = choose_device(settings.device)
        spec, numbers = plan_restoration(settings)
        scale = settings.scale if settings.task == "enlarge" else 1
        size, _ = fitted_size(settings.task, image, scale, settings.working_px)
        cost = measure_cost(
            spec,
            numbers,
            *size,
            device=device,
            precision=choose_fit_precision(
                device, settings.precision, is_8bit=image.pixels.dtype == "uint8"
            ),
            context=context,
        )
        is_reduced = size != (image.width * scale, image.height * scale)
        memory_bytes = cost.memory_bytes + (full_size_bytes(image, scale) if is_reduced else 0)
        return RestorationCost(numbers.iterations, cost.seconds, memory_bytes, *size)


@dataclass(frozen=True, slots=True)
class ListPriorsRequest:
    """Say which networks can be fitted."""

    def run(self, context: JobContext) -> tuple[tuple[str, str], ...]:
        """Return (id, title) of each."""
        from sr_studio.models.priors._registry import all_priors

        context.checkpoint()
        return tuple((spec.id, spec.title) for spec in all_priors().values())


def plan_restoration(
    settings: RestoreSettings, *, is_wide: bool = False
) -> tuple[PriorSpec, PriorSettings]:
    """Return the network and the numbers that the settings come to; `is_wide`: see `find_preset`.

    Raises:
        InvalidRequest: there is no such network.
    """
    from sr_studio.engines.prior.presets import find_preset
    from sr_studio.engines.prior.restore import settings_with
    from sr_studio.models.priors._registry import find_prior

    scale = settings.scale if settings.task == "enlarge" else 1
    quality = settings.quality
    if quality == "classical":
        raise InvalidRequest(
            "A classical method fits no network.", advice="Choose another quality."
        )
    preset = find_preset(settings.task, quality, scale, is_wide=is_wide)
    if settings.network is not None and settings.network != preset.prior:
        find_prior(settings.network)  # says which there are
        preset = replace(preset, prior=settings.network, learning_rate=None, tv_weight=None)
    numbers = settings_with(
        preset.settings(),
        {
            "iterations": settings.iterations,
            "learning_rate": settings.learning_rate,
            "input_noise": settings.input_noise,
            "average": settings.average,
            "optimiser": settings.optimiser,
            "fits_input": settings.fit_input,
            "tv_weight": settings.tv,
            "stop": settings.stop,
            "window": settings.window,
            "patience": settings.patience,
            "seed": settings.seed,
        },
    )
    return find_prior(preset.prior), numbers


def missing_pixels(image: ImageBuffer, mask: Path | None) -> NDArray[np.bool_] | None:
    """Return where the mask is white or, without one, the picture wholly transparent.

    Raises:
        UnreadableImage: the mask cannot be read.
        InvalidRequest: it has another size.
    """
    from sr_studio.imaging.decode_image import decode_image
    from sr_studio.imaging.mask_image import coverage_of

    if mask is None:
        return None if image.alpha is None else image.alpha == 0
    return coverage_of(decode_image(mask), image.width, image.height) > _HALF_MISSING
