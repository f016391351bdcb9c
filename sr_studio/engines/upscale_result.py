"""What an enlargement gives back: the picture, how it was made, and whether it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.imaging.region import Region


@dataclass(frozen=True, slots=True)
class UpscaleReport:
    """How a result was made.

    Attributes:
        model: its id.
        weights: their id; empty where the caller brought its own network.
        device: where it ran.
        precision: of the arithmetic.
        tiles: how many.
        tile_px: their side in source pixels, without halo.
        seconds: in all.
        peak_memory_mib: of the whole process since its start.
        notes: what the user should know, a sentence each.
    """

    model: str
    weights: str
    device: str
    precision: str
    tiles: int
    tile_px: int
    seconds: float
    peak_memory_mib: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ResultCheck:
    """What every result is asked before it is called done.

    Attributes:
        is_finite: no undefined numbers; a result that has them is never delivered.
        is_flat: one colour; only delivered where the source is, too.
        consistency_psnr: dB between the reduced result and the source.
        error_map: (h, w) uint8, at most 256 a side: mean difference of the reduced result from
            the source, in eighths of a step of 255; read-only.
        verdict: "suspicious" is delivered, but said.
        sentence: for the user.
    """

    is_finite: bool
    is_flat: bool
    consistency_psnr: float
    error_map: NDArray[np.uint8]
    verdict: Literal["good", "suspicious"]
    sentence: str


@dataclass(frozen=True, slots=True, eq=False)
class UpscaleResult:
    """An enlarged picture or a region of one.

    Attributes:
        image: the pixels, in the source's depth.
        region: where `image` lies in the whole result, in its pixels.
        report: how it was made.
        check: whether it can be trusted.
    """

    image: ImageBuffer
    region: Region
    report: UpscaleReport
    check: ResultCheck


@dataclass(frozen=True, slots=True, eq=False)
class UpscalePreview:
    """What became ready since the last preview: regions of the result and their pixels."""

    patches: tuple[tuple[Region, ImageBuffer], ...]
