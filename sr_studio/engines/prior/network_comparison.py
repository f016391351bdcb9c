"""Different networks fitted to the same picture: which structure is the better prior."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from sr_studio.engines.deep_image_prior import PriorFit
from sr_studio.engines.prior.fits_in_turns import run_in_turns
from sr_studio.engines.prior.problems import make_problem, restored_picture
from sr_studio.imaging.image_buffer import to_float
from sr_studio.jobs.progress import OnlyCancellable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch
    from numpy.typing import NDArray

    from sr_studio.engines.device import Precision
    from sr_studio.engines.prior.fits_compared import FitsCompared
    from sr_studio.engines.prior.problems import Damage
    from sr_studio.engines.prior.settings import PriorSettings
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext
    from sr_studio.models.priors._spec import PriorSpec


def compare_networks(
    damage: Damage,
    specs: Sequence[PriorSpec],
    settings: PriorSettings,
    *,
    device: torch.device,
    precision: Precision,
    context: JobContext,
) -> FitsCompared:
    """Fit each network to the picture, in turns.

    Ulyanov et al., "Deep Image Prior", https://arxiv.org/abs/1711.10925, figure 8: inpainting by
    encoder-decoders of depth 2, 4 and 6, ResNet and U-Net.

    Args:
        damage: the picture and what is asked; with `truth` the missing pixels are measured, or all
            where none are missing.
        specs: the networks, one each.
        settings: the numbers for all of them; learning rate, total variation and whether the
            input is fitted are each network's own.
        device: where to run.
        precision: of the convolutions.
        context: see run_in_turns.
    """
    problem, truth = make_problem(damage, device), damage.truth
    quiet = OnlyCancellable(context)
    fits = {
        spec.id: PriorFit(
            problem,
            spec,
            replace(
                settings,
                learning_rate=spec.learning_rate,
                fits_input=spec.fits_input,
                takes_root=spec.takes_root,
                tv_weight=spec.tv_weight,
            ),
            device=device,
            precision=precision,
            context=quiet,
        )
        for spec in specs
    }

    return run_in_turns(
        fits,
        settings.iterations,
        lambda moment: restored_picture(moment.restored, damage),
        context,
        psnr_of=None if truth is None else partial(_psnr, truth=truth, missing=damage.missing),
    )


def _psnr(picture: ImageBuffer, truth: ImageBuffer, missing: NDArray[np.bool_] | None) -> float:
    """Return the PSNR of what was missing, in dB."""
    errors = to_float(picture.pixels) - to_float(truth.pixels)
    if missing is not None:
        errors = errors[missing]
    mean = float(np.square(errors, dtype=np.float64).mean())
    return math.inf if mean == 0 else -10 * math.log10(mean)
