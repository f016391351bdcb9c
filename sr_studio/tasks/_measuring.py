"""Measures what a network makes of one small picture against the truth, as papers do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sr_studio.engines.prepared_network import PreparedNetwork
    from sr_studio.engines.upscale_result import UpscaleReport
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext
    from sr_studio.metrics.picture import MetricName, PictureMetrics


@dataclass(frozen=True, slots=True)
class MeasureSettings:
    """What is measured.

    Attributes:
        metrics: which ones.
        channel: "y" luma, or "rgb" all three channels.
        shave_px: left off at each border.
    """

    metrics: tuple[MetricName, ...]
    channel: Literal["y", "rgb"]
    shave_px: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One picture's figures and how they were made."""

    metrics: PictureMetrics
    report: UpscaleReport


def measure_network(
    small: ImageBuffer,
    truth: ImageBuffer,
    network: PreparedNetwork,
    settings: MeasureSettings,
    *,
    weights: str,
    context: JobContext,
) -> Measured:
    """Enlarge `small` and compare the result with `truth`.

    Networks on luma are measured before their result is rounded to 8-bit RGB: papers measure them
    on the luma that they return.

    Args:
        small: the picture that the network gets.
        truth: `network.scale` times as large.
        network: ready to run.
        settings: what to measure.
        weights: their id, for the report.
        context: of the job.

    Raises:
        SrStudioError: nothing is left within the border, or what `upscale` raises.
    """
    from sr_studio.engines.upscale import upscale
    from sr_studio.imaging.image_buffer import to_float
    from sr_studio.metrics.picture import compare_pictures

    if network.spec.channels == "y":
        small = replace(small, pixels=to_float(small.pixels), alpha=None)
    result = upscale(small, network, weights=weights, context=context)
    context.checkpoint()
    metrics = compare_pictures(
        result.image,
        truth,
        shave_px=settings.shave_px,
        channel=settings.channel,
        metrics=settings.metrics,
    )
    return Measured(metrics, result.report)


def mean_of(values: list[float | None]) -> float | None:
    """Return the mean of those that are known, None where none is."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def measure_bicubic(
    small: ImageBuffer, truth: ImageBuffer, scale: int, settings: MeasureSettings
) -> PictureMetrics:
    """Compare with MATLAB's bicubic interpolation of `small`, what every network must beat."""
    from sr_studio.imaging.resize import imresize
    from sr_studio.metrics.picture import compare_pictures

    enlarged = replace(small, pixels=imresize(small.pixels, scale=scale), alpha=None)
    return compare_pictures(
        enlarged,
        truth,
        shave_px=settings.shave_px,
        channel=settings.channel,
        metrics=settings.metrics,
    )
