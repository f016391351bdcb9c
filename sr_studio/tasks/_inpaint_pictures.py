"""Fillings of pictures in memory."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias, get_args

from sr_studio.allocator import return_freed_memory
from sr_studio.errors import InvalidRequest
from sr_studio.tasks._restore_settings import RestoreSettings
from sr_studio.tasks._spec import Decimals, Flag, Help, Range, Unit, Unset

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import nn

    from sr_studio.engines.inpainting.fill import FillMethod
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.imaging.region import Region
    from sr_studio.jobs.control import JobContext

InpaintMethod: TypeAlias = Literal[
    "exemplar", "telea", "navier-stokes", "biharmonic", "network", "deep"
]

_WORKING_PX = 352  # of a quick fit of wide holes, which have no detail to be lost


@dataclass(frozen=True, slots=True)
class InpaintSettings:
    """How holes are filled."""

    method: Annotated[
        InpaintMethod,
        Help(
            "exemplar: texture from the rest of the picture; telea, navier-stokes, biharmonic: "
            "smooth, for small holes; network: one that was imported, such as LaMa; "
            "deep: Deep Image Prior"
        ),
    ] = "exemplar"
    network: Annotated[
        str | None, Flag(metavar="ID"), Help("that fills; by default the first that is here")
    ] = None
    feather_px: Annotated[
        float,
        Range(0, 100),
        Unit("px"),
        Flag(names=("--feather",), metavar="PX"),
        Help("within so much of the rim the fill is mixed in gradually"),
    ] = 0.0
    warm_start: Annotated[bool, Help("deep begins with the result of exemplar")] = False
    quality: Annotated[
        Literal["quick", "best", "paper"],
        Help("of deep: quick: seconds to minutes; best: minutes to hours; paper: as published"),
    ] = "quick"
    iterations: Annotated[
        int | None,
        Range(1, 20_000),
        Decimals(0),
        Unit("iterations"),
        Unset("automatic"),
        Help("of deep, at most"),
    ] = None
    seed: Annotated[int, Range(0, 999_999), Help("of deep")] = 0
    device: Annotated[str, Flag(metavar="NAME"), Help("auto, cpu, cuda, cuda:N or mps")] = "auto"


@dataclass(frozen=True, slots=True, eq=False)
class Inpainted:
    """A filled picture, or the part of it around its holes.

    Attributes:
        image: in the depth of the original, with its metadata; of InpaintPartsRequest the region
            alone.
        region: around all that may be another.
        method: that filled it.
        seconds: it took.
    """

    image: ImageBuffer
    region: Region
    method: InpaintMethod
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class InpaintPictureRequest:
    """Fill the holes of a picture in memory.

    Attributes:
        image: the picture.
        coverage: (H, W) uint8, 255 missing, read-only.
        settings: how.
    """

    image: ImageBuffer
    coverage: NDArray[np.uint8]
    settings: InpaintSettings

    def run(self, context: JobContext) -> Inpainted:
        """Fill; previews are FilledParts, and finishing early keeps what a fit has come to.

        Raises:
            InvalidRequest: the mask is empty, full, or of another size.
        """
        from sr_studio.engines.inpainting.fill import check_coverage, fill_holes

        started_s = time.monotonic()
        check_coverage(self.image, self.coverage)
        image, region = fill_holes(
            self.image,
            self.coverage,
            make_method(self.settings),
            feather_px=self.settings.feather_px,
            context=context,
        )
        return_freed_memory()
        return Inpainted(image, region, self.settings.method, time.monotonic() - started_s)


@dataclass(frozen=True, slots=True, eq=False)
class InpaintPartsRequest:
    """Fill the same holes by one method or several, and return the holes only.

    Attributes:
        image: the picture.
        coverage: (H, W) uint8, 255 missing, read-only.
        settings: for all of them; `method` is not looked at.
        methods: one after the other; by default all that can be run here.
    """

    image: ImageBuffer
    coverage: NDArray[np.uint8]
    settings: InpaintSettings
    methods: tuple[InpaintMethod, ...] = ()

    def run(self, context: JobContext) -> tuple[Inpainted, ...]:
        """Fill; after each method the preview is what there is so far, a tuple of parts.

        Once it was asked to finish, methods that have not begun are left out.

        Raises:
            InvalidRequest: the mask is empty, full, or of another size.
        """
        from dataclasses import replace

        from sr_studio.jobs.progress import WithoutPreviews

        found: list[Inpainted] = []
        methods = self.methods or methods_here()
        for number, method in enumerate(methods):
            part = context.part(number / len(methods), 1 / len(methods))
            settings = replace(self.settings, method=method)
            request = InpaintPictureRequest(self.image, self.coverage, settings)
            made = request.run(WithoutPreviews(part))
            found.append(replace(made, image=made.image.cut(made.region)))
            context.offer_preview(lambda: tuple(found))
            if context.should_finish:
                break
        return tuple(found)


def methods_here() -> tuple[InpaintMethod, ...]:
    """Return the methods that can be run: networks only where one was imported."""
    from sr_studio.models._weights import WeightStore

    has_network = bool(WeightStore().hole_fillers())
    methods: tuple[InpaintMethod, ...] = get_args(InpaintMethod)
    return tuple(each for each in methods if has_network or each != "network")


def make_method(settings: InpaintSettings) -> FillMethod:
    """Return what fills.

    Raises:
        InvalidRequest: a network is asked for that is not here.
        WeightsError: its weights are damaged, or what runs them is not installed.
    """
    from sr_studio.engines.device import choose_device
    from sr_studio.engines.inpainting.methods import (
        DeepPlan,
        classical_method,
        deep_method,
        network_method,
    )

    if settings.method == "network":
        return network_method(_load_network(settings.network), choose_device(settings.device))
    if settings.method != "deep":
        return classical_method(settings.method)
    from sr_studio.engines.prior.half_weights import choose_fit_precision
    from sr_studio.tasks._restore_pictures import plan_restoration

    device = choose_device(settings.device)
    restoring = RestoreSettings(
        task="inpaint",
        quality=settings.quality,
        iterations=settings.iterations,
        seed=settings.seed,
    )
    wide_px = _WORKING_PX if settings.quality == "quick" else 0
    return deep_method(
        DeepPlan(*plan_restoration(restoring), 0),
        DeepPlan(*plan_restoration(restoring, is_wide=True), wide_px),
        device=device,
        precision=choose_fit_precision(device, "auto", is_8bit=True),
        warm=classical_method("exemplar").fill if settings.warm_start else None,
    )


def _load_network(network_id: str | None) -> nn.Module:
    from sr_studio.models._weights import WeightStore

    store = WeightStore()
    known = store.hole_fillers()
    if not known:
        raise InvalidRequest(
            "No network that fills holes is on this machine.",
            advice="Import one, such as LaMa: sr-studio weights import FILE",
        )
    if network_id is not None and network_id not in known:
        raise InvalidRequest(
            f"There is no network {network_id!r} that fills holes.",
            advice=f"Choose of {', '.join(known)}.",
        )
    spec = known[network_id or min(known)]
    return store.load(spec, spec.scales[0])
