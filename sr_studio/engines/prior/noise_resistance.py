"""The experiment behind Deep Image Prior: the same network learns pictures sooner than noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from sr_studio.engines.deep_image_prior import PriorFit
from sr_studio.engines.prior.fits_in_turns import run_in_turns
from sr_studio.engines.prior.problems import denoising_problem
from sr_studio.imaging.image_buffer import ImageBuffer, from_float
from sr_studio.jobs.progress import OnlyCancellable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from sr_studio.engines.deep_image_prior import PriorMoment
    from sr_studio.engines.device import Precision
    from sr_studio.engines.prior.fits_compared import FitsCompared
    from sr_studio.engines.prior.settings import PriorSettings
    from sr_studio.jobs.control import JobContext
    from sr_studio.models.priors._spec import PriorSpec

TARGETS = ("picture", "noisy", "shuffled", "noise")
"""A picture, the same with noise, with its pixels shuffled, and noise alone."""

_SIGMA = 25 / 255
_OTHER_SEED = 1_000_003


def make_targets(picture: Tensor, seed: int) -> dict[str, Tensor]:
    """Return what the same network is fitted to, under the names of TARGETS.

    Args:
        picture: (1, C, H, W) in [0, 1], on the CPU.
        seed: of the noise and the order of the pixels.

    Returns:
        Each (1, C, H, W) in [0, 1].
    """
    # not the seed of the fit: its input would be the very noise that is to be learned
    generator = torch.Generator().manual_seed(seed + _OTHER_SEED)
    noise = torch.randn(picture.shape, generator=generator)
    order = torch.randperm(picture.shape[2] * picture.shape[3], generator=generator)
    return {
        "picture": picture,
        "noisy": (picture + _SIGMA * noise).clamp(0, 1),
        "shuffled": picture.flatten(2)[:, :, order].reshape(picture.shape),
        "noise": torch.rand(picture.shape, generator=generator),
    }


def measure_resistance(
    targets: Mapping[str, Tensor],
    spec: PriorSpec,
    settings: PriorSettings,
    *,
    device: torch.device,
    precision: Precision,
    context: JobContext,
) -> FitsCompared:
    """Fit one network to each target, in turns, and return how their losses fell.

    Ulyanov et al., "Deep Image Prior", https://arxiv.org/abs/1711.10925, figure 2: a picture and a
    picture with noise are learned within hundreds of iterations, shuffled pixels and noise only
    after thousands.

    Args:
        targets: of `make_targets`.
        spec: the network.
        settings: the numbers; the stop is never looked for.
        device: where to run.
        precision: of the convolutions.
        context: see run_in_turns.
    """
    quiet = OnlyCancellable(context)
    fits = {
        name: PriorFit(
            denoising_problem(target.to(device)), spec, settings, device=device, precision=precision,
            context=quiet,
        )
        for name, target in targets.items()
    }  # fmt: skip
    return run_in_turns(fits, settings.iterations, _picture, context)


def _picture(moment: PriorMoment) -> ImageBuffer:
    return ImageBuffer(from_float(moment.restored[0].permute(1, 2, 0).numpy(), np.uint8))
