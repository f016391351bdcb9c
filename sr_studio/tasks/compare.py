"""Measure how close two pictures are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from sr_studio.tasks._spec import Flag, Help, Range, TaskSpec, Unit

if TYPE_CHECKING:
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.imaging.region import Region
    from sr_studio.jobs.control import JobContext
    from sr_studio.metrics.picture import MetricName, PictureMetrics


@dataclass(frozen=True, slots=True)
class CompareResult:
    """What `sr-studio compare` says.

    Attributes:
        psnr: dB; infinite, null in JSON, where `is_identical`.
        ssim: None where a side is below 11 px.
        ms_ssim: None where a side is below 176 px.
        is_identical: no difference in what was compared.
        width: of both pictures.
        height: of both pictures.
        definition: what the figures are, one sentence.
        notes: what the figures leave out, a sentence each.
    """

    psnr: float
    ssim: float | None
    ms_ssim: float | None
    is_identical: bool
    width: int
    height: int
    definition: str
    notes: tuple[str, ...]

    def text(self) -> str:
        psnr = "infinite (identical)" if self.is_identical else f"{self.psnr:.2f} dB"
        figures = [f"PSNR     {psnr}"]
        figures += [f"SSIM     {self.ssim:.4f}"] if self.ssim is not None else []
        figures += [f"MS-SSIM  {self.ms_ssim:.4f}"] if self.ms_ssim is not None else []
        return "\n".join([*figures, self.definition, *self.notes])


@dataclass(frozen=True, slots=True)
class CompareRequest:
    """Measure two files against each other."""

    first: Annotated[Path, Flag(positional=True, metavar="A"), Help("a picture")]
    second: Annotated[Path, Flag(positional=True, metavar="B"), Help("another of the same size")]
    shave: Annotated[int, Range(0, 10_000), Unit("px"), Help("leave off at each border")] = 0
    channel: Annotated[
        Literal["y", "rgb"], Help("y: luma, as papers measure; rgb: all three channels")
    ] = "y"

    def run(self, context: JobContext) -> CompareResult:
        """Decode both and measure."""
        from sr_studio.imaging.decode_image import decode_image
        from sr_studio.metrics.picture import compare_pictures

        first = decode_image(self.first)
        context.checkpoint()
        second = decode_image(self.second)
        context.checkpoint()
        metrics = compare_pictures(first, second, shave_px=self.shave, channel=self.channel)
        assert metrics.psnr is not None  # all metrics are asked for
        return CompareResult(
            psnr=metrics.psnr,
            ssim=metrics.ssim,
            ms_ssim=metrics.ms_ssim,
            is_identical=metrics.is_identical,
            width=first.width,
            height=first.height,
            definition=metrics.definition,
            notes=_notes(first, second),
        )


@dataclass(frozen=True, slots=True, eq=False)
class ComparePicturesRequest:
    """Measure pictures in memory against the truth, quick enough to follow the region in view.

    Attributes:
        images: of the truth's size.
        truth: the ground truth.
        shave_px: border left off at each side of the whole picture.
        region: only this part.
        channel: "y" luma or "rgb".
        metrics: what to measure.
    """

    images: tuple[ImageBuffer, ...]
    truth: ImageBuffer
    shave_px: int = 0
    region: Region | None = None
    channel: Literal["y", "rgb"] = "y"
    metrics: tuple[MetricName, ...] = ("psnr", "ssim", "ms_ssim")

    def run(self, context: JobContext) -> tuple[PictureMetrics, ...]:
        """Measure one after the other, in the order of `images`."""
        from sr_studio.metrics.picture import compare_pictures

        measured = []
        for image in self.images:
            context.checkpoint()
            measured.append(
                compare_pictures(
                    image,
                    self.truth,
                    shave_px=self.shave_px,
                    channel=self.channel,
                    region=self.region,
                    metrics=self.metrics,
                )
            )
        return tuple(measured)


def _notes(first: ImageBuffer, second: ImageBuffer) -> tuple[str, ...]:
    notes = []
    if first.pixels.dtype != second.pixels.dtype:
        kinds = f"{first.pixels.dtype} and {second.pixels.dtype}"
        notes.append(f"The depths differ ({kinds}): both were compared with white as 1.")
    if first.is_gray != second.is_gray:
        notes.append("One picture is gray: it was compared as RGB with three equal channels.")
    if first.origin.icc_profile != second.origin.icc_profile:
        notes.append("The colour profiles differ: the stored values were compared.")
    if first.alpha is not None or second.alpha is not None:
        notes.append("Transparency was not compared.")
    return tuple(notes)


TASK = TaskSpec(
    id="compare",
    title="Compare",
    help="Measure how close two pictures are: PSNR, SSIM, MS-SSIM.",
    example="sr-studio compare enlarged.png original.png --shave 4",
    request=CompareRequest,
)
