"""Fill what is masked of a photo."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from sr_studio.errors import InvalidRequest, OutputExists
from sr_studio.tasks._inpaint_pictures import (
    InpaintPictureRequest,
    InpaintSettings,
    methods_here,
)
from sr_studio.tasks._picture_files import make_folder
from sr_studio.tasks._spec import Flag, Help, Range, TaskSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sr_studio.imaging.encode_image import SaveOptions
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext


@dataclass(frozen=True, slots=True)
class FilledPicture:
    """One picture that was written.

    Attributes:
        output: its file.
        method: that filled it.
        seconds: the filling took.
        psnr: of what was missing against the truth, in dB over all channels; None without one.
        notes: what the user should know, a sentence each.
    """

    output: Path
    method: str
    seconds: float
    psnr: float | None
    notes: tuple[str, ...]

    def text(self) -> str:
        known = "" if self.psnr is None else f"  {self.psnr:.2f} dB in the holes"
        line = f"{self.output}  {self.method}  {self.seconds:.1f} s{known}"
        return "\n".join([line, *self.notes])


@dataclass(frozen=True, slots=True)
class InpaintRequest:
    """Fill the holes of a file."""

    input: Annotated[Path, Flag(positional=True, metavar="IN"), Help("picture")]
    output: Annotated[
        Path,
        Flag(names=("-o", "--output"), metavar="OUT"),
        Help("file; with --compare a folder"),
    ]
    settings: InpaintSettings = field(default_factory=InpaintSettings)
    mask: Annotated[
        Path | None,
        Help("picture that is white where pixels are missing; without: what is transparent"),
    ] = None
    compare: Annotated[bool, Help("fill by every method, a file each")] = False
    truth: Annotated[Path | None, Help("picture to measure PSNR of the holes against")] = None
    quality_percent: Annotated[
        int, Range(1, 100), Flag(names=("--jpeg-quality",)), Help("of JPEG, WebP and AVIF")
    ] = 95
    depth: Annotated[Literal["same", "8", "16", "float"], Help("of the result's samples")] = "same"
    metadata: Annotated[
        Literal["keep", "no-place", "strip"], Help("what becomes of EXIF, XMP and IPTC")
    ] = "keep"
    overwrite: Annotated[bool, Help("replace what stands there")] = False

    def run(self, context: JobContext) -> FilledPicture | tuple[FilledPicture, ...]:
        """Fill and write.

        Raises:
            OutputExists: before any work.
            InvalidRequest: the mask is missing, empty, full, or of another size.
            SrStudioError: a file cannot be read or written.
        """
        from sr_studio.imaging.decode_image import decode_image
        from sr_studio.imaging.encode_image import SaveOptions

        methods = methods_here() if self.compare else (self.settings.method,)
        outputs = [
            self.output / f"{self.input.stem}-{method}.png" if self.compare else self.output
            for method in methods
        ]
        for path in outputs:
            if path.exists() and not self.overwrite:
                raise OutputExists(
                    f"{path} exists already.", advice="Choose another name or add --overwrite."
                )
        context.report(0, 1, self.input.name)
        image = decode_image(self.input)
        coverage = read_coverage(image, self.mask)
        truth = None if self.truth is None else decode_image(self.truth)
        if self.compare:
            make_folder(self.output)
        options = SaveOptions(
            quality=self.quality_percent,
            depth=self.depth,
            metadata=self.metadata,
            overwrite=self.overwrite,
        )
        written = []
        for number, (method, path) in enumerate(zip(methods, outputs, strict=True)):
            part = context.part(number / len(methods), 1 / len(methods))
            settings = replace(self.settings, method=method)
            request = InpaintPictureRequest(image, coverage, settings)
            written.append(_write(request, path, truth, options, part))
        return tuple(written) if self.compare else written[0]


def read_coverage(image: ImageBuffer, mask: Path | None) -> NDArray[np.uint8]:
    """Return how much each pixel is missing, by a mask's file or the picture's transparency.

    Raises:
        InvalidRequest: there is neither, or the mask has another size.
        UnreadableImage: the mask cannot be read.
    """
    from sr_studio.imaging.decode_image import decode_image
    from sr_studio.imaging.mask_image import coverage_of, transparent_pixels

    if mask is not None:
        return coverage_of(decode_image(mask), image.width, image.height)
    coverage = transparent_pixels(image)
    if coverage is None:
        raise InvalidRequest(
            "Which pixels are missing is not said.",
            advice="Give --mask, white where they are, or a picture that is transparent there.",
        )
    return coverage


def _write(
    request: InpaintPictureRequest,
    path: Path,
    truth: ImageBuffer | None,
    options: SaveOptions,
    context: JobContext,
) -> FilledPicture:
    """Fill by one method and write the file."""
    from sr_studio.imaging.encode_image import encode_image

    started_s = time.monotonic()
    made = request.run(context)
    seconds = time.monotonic() - started_s
    context.checkpoint()
    warnings = encode_image(made.image, path, options)
    psnr = None if truth is None else hole_psnr(made.image, truth, request.coverage)
    notes = (*request.image.origin.notes, *warnings)
    return FilledPicture(path, made.method, seconds, psnr, notes)


def hole_psnr(image: ImageBuffer, truth: ImageBuffer, coverage: NDArray[np.uint8]) -> float:
    """Return the PSNR of what was missing, in dB over all channels.

    Raises:
        InvalidRequest: the truth has another size.
    """
    import math

    import numpy as np

    from sr_studio.imaging.image_buffer import to_float

    if truth.pixels.shape[:2] != image.pixels.shape[:2]:
        raise InvalidRequest(
            f"The ground truth is {truth.width} × {truth.height}, "
            f"the picture {image.width} × {image.height}.",
            advice="Give the ground truth in the size of the picture.",
        )
    where = coverage > 0
    found, wanted = to_float(image.pixels[where]), to_float(truth.pixels[where])
    if found.shape[1] != wanted.shape[1]:
        found, wanted = (each.mean(axis=1, keepdims=True) for each in (found, wanted))
    mean = float(np.square(found - wanted, dtype=np.float64).mean())
    return math.inf if mean == 0 else -10 * math.log10(mean)


TASK = TaskSpec(
    id="inpaint",
    title="Inpaint",
    help="Fill what is masked of a photo.",
    example="sr-studio inpaint photo.jpg -o filled.png --mask mask.png --method exemplar",
    request=InpaintRequest,
)
