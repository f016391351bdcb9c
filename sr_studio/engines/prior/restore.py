"""Restores a picture by fitting a network to it: chooses the numbers, the windows, the device."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from sr_studio.engines.deep_image_prior import PriorFit, PriorMoment
from sr_studio.engines.device import free_memory_bytes
from sr_studio.engines.prior.cost import measure_memory_bytes
from sr_studio.engines.prior.objectives import ActivationMaximisation, FeatureInversion
from sr_studio.engines.prior.problems import make_problem, restored_picture
from sr_studio.engines.prior.restoration import Restoration, RestorePreview
from sr_studio.engines.prior.windows import windows_of
from sr_studio.errors import InvalidRequest, OutOfMemory
from sr_studio.imaging.region import Region
from sr_studio.jobs.progress import ConvertedPreviews
from sr_studio.models.features._registry import find_features, load_features
from sr_studio.tensors.image_tensor import tensor_from_pixels

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from sr_studio.engines.deep_image_prior import MomentKeeper, PriorResult
    from sr_studio.engines.device import Precision
    from sr_studio.engines.prior.objectives import Objective
    from sr_studio.engines.prior.problems import Damage
    from sr_studio.engines.prior.settings import PriorDials, PriorSettings
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext
    from sr_studio.models.priors._spec import PriorSpec

_MEMORY_SHARE = 0.7  # of what is free
_LEAST_WINDOW_PX = 128
_OVERLAP_PX = 32


@dataclass(frozen=True, slots=True)
class FeatureChoice:
    """Which features of which classifier are compared, or maximised.

    Attributes:
        backbone: id of the classifier.
        layer: of it; None takes its default.
        channel: that is maximised.
    """

    backbone: str
    layer: str | None = None
    channel: int = 0


def restore_picture(
    damage: Damage,
    spec: PriorSpec,
    settings: PriorSettings,
    *,
    device: torch.device,
    precision: Precision,
    context: JobContext,
    tile: int | str = "auto",
    features: FeatureChoice | None = None,
    dials: PriorDials | None = None,
    keeper: MomentKeeper | None = None,
    save: Callable[[dict[str, Any]], None] | None = None,
    state: dict[str, Any] | None = None,
    seconds: float = math.inf,
    to_picture: Callable[[Tensor], ImageBuffer] | None = None,
) -> Restoration:
    """Fit `spec` to the damaged picture and return it restored.

    Args:
        damage: the picture and what is asked.
        spec: the network.
        settings: the numbers.
        device: where to run.
        precision: of the convolutions.
        context: cancelled within one iteration; finishing early keeps the present moment.
            Previews are RestorePreviews.
        tile: side of the windows in px of the result, "off", or "auto": where memory asks for it.
        features: for "invert" and "maximise".
        dials: what may be turned meanwhile.
        keeper: keeps moments.
        save: receives the state.
        state: to go on from.
        seconds: stop cleanly after this long.
        to_picture: an output, (1, C, H, W) in [0, 1] on the CPU -> what the user sees of it;
            None: in the size that was fitted.

    Raises:
        InvalidRequest: the task cannot be done like that.
        OutOfMemory: not even small windows fit.
        BadResult: the fit does not settle.
    """
    objective = _feature_objective(damage, features, device, context)
    if state is None:
        windows = choose_windows(
            damage, spec, settings, tile, device=device, precision=precision, context=context
        )
    else:  # other memory may be free now, but its averages are of these
        windows = tuple(Region(*window) for window in state["windows"])
    if objective is not None and windows:
        raise InvalidRequest(
            "Features are of a whole picture, and this one is too large for that.",
            advice="Make the picture smaller first.",
        )
    problem = make_problem(
        damage, device, objective=objective, windows=windows, overlap_px=_OVERLAP_PX
    )

    if to_picture is None:
        to_picture = partial(restored_picture, damage=damage)

    def shown(moment: object) -> object:
        if not isinstance(moment, PriorMoment):
            return moment
        picture = to_picture(moment.restored)
        return RestorePreview(picture, moment.iteration, moment.curves, moment.best_iteration)

    try:
        result: PriorResult = PriorFit(
            problem,
            spec,
            settings,
            device=device,
            precision=precision,
            context=ConvertedPreviews(context, shown),
            dials=dials,
            keeper=keeper,
            save=save,
            state=state,
            seconds=seconds,
        ).run()
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise OutOfMemory(
            f"Fitting {spec.title} needs more memory than {device} has.",
            advice="Choose smaller windows (tile), a smaller network, or the CPU.",
        ) from error
    moment = result.moment
    return Restoration(
        to_picture(moment.restored),
        moment.iteration,
        result.iterations,
        moment.best_iteration,
        result.stopped_by,
        result.seconds,
        moment.curves,
        result.fallbacks,
        max(len(windows), 1),
        spec.id,
        str(device),
        precision,
    )


def choose_windows(
    damage: Damage,
    spec: PriorSpec,
    settings: PriorSettings,
    tile: int | str,
    *,
    device: torch.device,
    precision: Precision,
    context: JobContext,
) -> tuple[Region, ...]:
    """Return the windows to fit by turns; none where the picture is fitted as a whole."""
    width, height = damage.size
    if tile == "off":
        return ()
    if isinstance(tile, int):
        tile_px = tile
    else:
        if max(width, height) <= _LEAST_WINDOW_PX:
            return ()
        wanted = measure_memory_bytes(
            spec, settings, width, height, device=device, precision=precision, context=context
        )
        allowed = free_memory_bytes(device) * _MEMORY_SHARE
        if wanted <= allowed:
            return ()
        tile_px = int(math.sqrt(width * height * allowed / wanted)) - 2 * _OVERLAP_PX
        tile_px = max(tile_px, _LEAST_WINDOW_PX)
    tile_px = max(tile_px // damage.scale, 1) * damage.scale
    if tile_px >= max(width, height):
        return ()
    overlap_px = _OVERLAP_PX // damage.scale * damage.scale
    return windows_of(width, height, tile_px, overlap_px)


def _feature_objective(
    damage: Damage, features: FeatureChoice | None, device: torch.device, context: JobContext
) -> Objective | None:
    """Return what features ask for; None for the tasks of a linear operator."""
    if damage.task not in ("invert", "maximise"):
        return None
    if features is None:
        raise ValueError("which features is not said")
    if damage.image.is_gray:
        raise InvalidRequest(
            "Classifiers read colour pictures, and this one is gray.",
            advice="Choose a colour picture.",
        )
    backbone = find_features(features.backbone)
    layer = features.layer or backbone.default_layer
    if layer not in backbone.layers:
        raise InvalidRequest(
            f"{backbone.title} has no layer {layer!r}.",
            advice=f"Choose of {', '.join(backbone.layers)}.",
        )
    network = load_features(features.backbone, context).to(device)
    picture = tensor_from_pixels(damage.image.pixels).to(device)
    if damage.task == "invert":
        return FeatureInversion(network, (layer,), picture)
    with torch.no_grad():
        count = network(picture, (layer,))[layer].shape[1]
    if features.channel >= count:
        raise InvalidRequest(
            f"The layer {layer} has {count} channels, so {features.channel} is none of them.",
            advice=f"Choose 0 to {count - 1}.",
        )
    return ActivationMaximisation(network, layer, features.channel)


def settings_with(base: PriorSettings, changes: dict[str, Any]) -> PriorSettings:
    """Return `base` with those changes that are not None."""
    return replace(base, **{name: value for name, value in changes.items() if value is not None})
