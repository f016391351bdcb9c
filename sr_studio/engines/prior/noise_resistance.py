"""The experiment behind Deep Image Prior: the same network learns pictures sooner than noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from sr_studio.engines.deep_image_prior import PriorFit
from sr_studio.engines.prior.preview_pace import PreviewPace
from sr_studio.engines.prior.problems import denoising_problem
from sr_studio.engines.prior.resistance import TARGETS, Resistance
from sr_studio.imaging.image_buffer import ImageBuffer, from_float
from sr_studio.jobs.progress import OnlyCancellable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from sr_studio.engines.device import Precision
    from sr_studio.engines.prior.settings import PriorSettings
    from sr_studio.jobs.control import JobContext
    from sr_studio.models.priors._spec import PriorSpec

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
) -> Resistance:
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
        context: cancelled within one iteration; finishing early returns what there is. Previews
            are Resistances.
    """
    quiet, previews = OnlyCancellable(context), PreviewPace(context, device)
    fits = {
        name: PriorFit(
            denoising_problem(target.to(device)), spec, settings, device=device, precision=precision,
            context=quiet,
        )
        for name, target in targets.items()
    }  # fmt: skip
    for iteration in range(1, settings.iterations + 1):
        for fit in fits.values():
            context.checkpoint()
            fit.advance()
        context.report(iteration, settings.iterations, f"iteration {iteration}")
        previews.offer(lambda: _resistance(fits))
        if context.should_finish:
            break
    return _resistance(fits)


def _resistance(fits: Mapping[str, PriorFit]) -> Resistance:
    moments = [fits[name].moment() for name in TARGETS]
    losses = np.stack([moment.curves.column("loss") for moment in moments])
    losses.flags.writeable = False
    pictures = tuple(
        ImageBuffer(from_float(moment.restored[0].permute(1, 2, 0).numpy(), np.uint8))
        for moment in moments
    )
    return Resistance(losses, pictures)
