"""Every way to fill a hole, as a FillMethod."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from sr_studio.degradations.linear.mask import Mask
from sr_studio.engines.classical._registry import all_classical_filters
from sr_studio.engines.deep_image_prior import PriorFit, PriorMoment, PriorProblem
from sr_studio.engines.inpainting.fill import FillMethod
from sr_studio.engines.inpainting.holes import depths_px
from sr_studio.engines.prior.objectives import Observation, WarmStart
from sr_studio.engines.prior.working_size import reduce_known, size_within
from sr_studio.imaging.resize import imresize
from sr_studio.jobs.progress import ConvertedPreviews
from sr_studio.tensors.image_tensor import tensor_from_pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from sr_studio.engines.device import Precision
    from sr_studio.engines.inpainting.fill import Fill
    from sr_studio.engines.prior.objectives import Objective
    from sr_studio.engines.prior.settings import PriorSettings
    from sr_studio.jobs.control import JobContext
    from sr_studio.models.priors._spec import PriorSpec

_MARGINS = {
    "telea": (24, 0.0, 24_000_000),
    "navier-stokes": (24, 0.0, 24_000_000),
    "biharmonic": (48, 0.0, 24_000_000),
    "exemplar": (96, 1.0, 1_000_000),  # a patch takes 147 bytes, and all are kept
}
_NETWORK_MARGINS = 64, 1.0, 1_000_000
_DEEP_MARGINS = 64, 0.75, 1_000_000
_THIN_PX = 12.0  # a stroke of a pen; farther in, a network with skips leaves holes flat
_WARM_SHARE = 0.3  # of the iterations


def classical_method(method_id: str) -> FillMethod:
    """Return one of the methods that learn nothing.

    Raises:
        KeyError: there is none of this id that fills.
    """
    chosen = all_classical_filters()[method_id]
    margin_px, share, most_pixels = _MARGINS[method_id]

    def fill(
        picture: NDArray[np.float32], missing: NDArray[np.bool_], context: JobContext
    ) -> NDArray[np.float32]:
        return chosen.run(picture, missing=missing, context=context)

    return FillMethod(fill, margin_px, share, most_pixels)


def network_method(network: nn.Module, device: torch.device) -> FillMethod:
    """Return a network that learned to fill holes, such as LaMa.

    Args:
        network: takes (1, 3, H, W) in [0, 1] and (1, 1, H, W), 1 where pixels are missing.
        device: where to run.
    """
    network = network.to(device)

    def fill(
        picture: NDArray[np.float32], missing: NDArray[np.bool_], context: JobContext
    ) -> NDArray[np.float32]:
        context.checkpoint()
        channels = picture.shape[2]
        known = np.where(missing[..., None], np.float32(0), picture)
        tensor = tensor_from_pixels(known).expand(-1, 3, -1, -1).to(device)
        hole = torch.from_numpy(missing.astype(np.float32))[None, None].to(device)
        with torch.inference_mode():
            filled = network(tensor, hole).float().cpu()
        context.checkpoint()
        return _pixels(filled.mean(dim=1, keepdim=True) if channels == 1 else filled)

    return FillMethod(fill, *_NETWORK_MARGINS)


@dataclass(frozen=True, slots=True)
class DeepPlan:
    """How Deep Image Prior fills one kind of hole.

    Attributes:
        spec: the network.
        settings: of the fit.
        working_px: longest side of what is fitted; 0 for the full size of each part.
    """

    spec: PriorSpec
    settings: PriorSettings
    working_px: int


def deep_method(
    thin: DeepPlan,
    wide: DeepPlan,
    *,
    device: torch.device,
    precision: Precision,
    warm: Fill | None = None,
) -> FillMethod:
    """Return Deep Image Prior, fitted to the surroundings of each hole.

    Args:
        thin: for scratches, text, scattered pixels.
        wide: for holes that are deeper than `_THIN_PX`.
        device: where to run.
        precision: of the convolutions.
        warm: whose result the fit begins with.
    """

    def fill(
        picture: NDArray[np.float32], missing: NDArray[np.bool_], context: JobContext
    ) -> NDArray[np.float32]:
        if context.should_finish:  # after a hole that was finished early the rest is to be quick
            return (warm or classical_method("exemplar").fill)(picture, missing, context)
        start = None
        if warm is not None:
            start = warm(picture, missing, context.part(0, 0.05))
            context.offer_preview(lambda: start)
            context = context.part(0.05, 0.95)
        plan = wide if depths_px(missing).max() > _THIN_PX else thin
        full_size = picture.shape[1], picture.shape[0]
        small_size = size_within(*full_size, plan.working_px)
        if small_size != full_size:
            picture, missing = reduce_known(picture, missing, small_size)
            start = None if start is None else imresize(start, size=small_size)

        def pixels_of(moment: PriorMoment) -> NDArray[np.float32]:
            pixels = _pixels(moment.restored)
            return pixels if small_size == full_size else imresize(pixels, size=full_size)

        def shown(moment: object) -> object:
            return pixels_of(moment) if isinstance(moment, PriorMoment) else moment

        operator = Mask(torch.from_numpy(np.ascontiguousarray(missing))).to(device)
        objective: Objective = Observation(
            operator, operator(tensor_from_pixels(picture).to(device))
        )
        if start is not None:
            wanted = tensor_from_pixels(start).clamp_(0, 1).to(device)
            objective = WarmStart(objective, wanted, round(plan.settings.iterations * _WARM_SHARE))
        problem = PriorProblem(*small_size, picture.shape[2], lambda _window: objective)
        result = PriorFit(
            problem, plan.spec, plan.settings, device=device, precision=precision,
            context=ConvertedPreviews(context, shown),
        ).run()  # fmt: skip
        return pixels_of(result.moment)

    return FillMethod(fill, *_DEEP_MARGINS)


def _pixels(restored: Tensor) -> NDArray[np.float32]:
    """Return (H, W, C) of (1, C, H, W)."""
    return np.ascontiguousarray(restored[0].permute(1, 2, 0).numpy())
