"""Enlarge pictures with a network: files for the command line, pictures in memory for the window."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from sr_studio.allocator import return_freed_memory
from sr_studio.engines.upscale_result import (
    ResultCheck,
    UpscalePreview,
    UpscaleReport,
    UpscaleResult,
)
from sr_studio.jobs.progress import WithoutPreviews
from sr_studio.models._conditions import check_conditions
from sr_studio.tasks._naming import DEFAULT_TEMPLATE, check_template
from sr_studio.tasks._networks import Networks
from sr_studio.tasks._picture_batch import PictureBatch, run_batch
from sr_studio.tasks._picture_files import find_pictures, is_folder_wanted, make_folder
from sr_studio.tasks._result_names import ResultNames
from sr_studio.tasks._spec import Flag, Help, Range, TaskSpec
from sr_studio.tasks._upscale_settings import (
    UpscaleSettings,
    parse_tile,
    result_size,
    settle_scale,
)

if TYPE_CHECKING:
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.imaging.region import Region
    from sr_studio.jobs.control import JobContext

__all__ = [
    "TASK",
    "ResultCheck",
    "UpscalePictureRequest",
    "UpscalePreview",
    "UpscaleReport",
    "UpscaleRequest",
    "UpscaleResult",
    "UpscaleSettings",
    "result_size",
]

_COMPUTE_SHARE = 0.95  # of the progress bar; the rest is writing


@dataclass(frozen=True, slots=True, eq=False)
class UpscalePictureRequest:
    """Enlarge a picture in memory, or a region of it for a preview.

    Attributes:
        image: the source.
        settings: how.
        region: in source pixels; the whole picture where None. Gives the very pixels that the
            whole result has there.
        networks: keeps networks loaded from one request to the next.
    """

    image: ImageBuffer
    settings: UpscaleSettings
    region: Region | None = None
    networks: Networks = field(default_factory=Networks)

    def run(self, context: JobContext) -> UpscaleResult:
        from sr_studio.engines.upscale import upscale

        image = self.image
        settings = settle_scale(self.settings, self.networks.find_model(self.settings.model).scales)
        size = result_size(image.width, image.height, settings)
        factor = max(size[0] / image.width, size[1] / image.height)
        choice = self.networks.choose(settings.model, settings.weights, factor)
        learning = choice.learning_share
        teaching: JobContext = context.part(0, learning)
        if size != (image.width * choice.scale, image.height * choice.scale):
            teaching = WithoutPreviews(teaching)  # they are of another size
        network = self.networks.prepare(
            choice,
            image,
            device=settings.device,
            precision=settings.precision,
            conditions=settings.conditions,
            context=teaching,
        )
        context.checkpoint()
        result = upscale(
            image,
            network,
            size=size,
            region=self.region,
            tile=parse_tile(settings.tile),
            strength=settings.strength,
            should_match_tone=settings.match_tone,
            weights="" if choice.entry is None else choice.entry.id,
            context=context.part(learning, 1 - learning),
        )
        if self.region is None:
            return_freed_memory()
        return result


@dataclass(frozen=True, slots=True)
class UpscaledPicture:
    """One picture that was written.

    Attributes:
        input: the source.
        output: the result.
        width: of the result.
        height: of the result.
        scale: of the longer side.
        seconds: with reading and writing.
        peak_memory_mib: of the process.
        tiles: how many.
        tile_px: their side in source pixels.
        model: id of the network.
        weights: their id.
        device: where it ran.
        precision: of the arithmetic.
        consistency_psnr: dB between the reduced result and the source.
        verdict: "good" or "suspicious".
        notes: what the user should know, a sentence each.
    """

    input: Path
    output: Path
    width: int
    height: int
    scale: float
    seconds: float
    peak_memory_mib: int
    tiles: int
    tile_px: int
    model: str
    weights: str
    device: str
    precision: str
    consistency_psnr: float
    verdict: str
    notes: tuple[str, ...]

    def text(self) -> str:
        line = f"{self.output}  {self.width} × {self.height}  {self.seconds:.1f} s"
        return "\n".join([line, *self.notes])


@dataclass(frozen=True, slots=True)
class UpscaleRequest:
    """Enlarge files."""

    inputs: Annotated[
        tuple[Path, ...], Flag(positional=True, metavar="IN"), Help("pictures or folders")
    ]
    output: Annotated[
        Path, Flag(names=("-o", "--output"), metavar="OUT"), Help("file; folder for several")
    ]
    settings: UpscaleSettings = field(default_factory=UpscaleSettings)
    format: Annotated[
        Literal["auto", "jpeg", "png", "tiff", "webp", "avif"],
        Help("of the result; auto: by its name, in a folder that of the source"),
    ] = "auto"
    quality: Annotated[int, Range(1, 100), Help("of JPEG, WebP and AVIF")] = 95
    depth: Annotated[Literal["same", "8", "16", "float"], Help("of the result's samples")] = "same"
    metadata: Annotated[
        Literal["keep", "no-place", "strip"], Help("what becomes of EXIF, XMP and IPTC")
    ] = "keep"
    describe: Annotated[bool, Help("write network and scale into the metadata")] = False
    template: Annotated[
        str, Help("names in a folder, of {name} {model} {scale} {width} {height} {date} {counter}")
    ] = DEFAULT_TEMPLATE
    overwrite: Annotated[bool, Help("replace what stands there")] = False

    def __post_init__(self) -> None:
        check_template(self.template)

    def run(self, context: JobContext) -> UpscaledPicture | PictureBatch[UpscaledPicture]:
        """Return what was written.

        Raises:
            OutputExists: before any work, where a result's name is taken.
            InvalidRequest: a result would replace a source, or a setting is not known.
            SrStudioError: the only picture failed, or no network can be had.
        """
        from sr_studio.engines.device import choose_device

        networks = Networks()
        spec = networks.find_model(self.settings.model)
        check_conditions(spec, self.settings.conditions)
        settings = settle_scale(self.settings, spec.scales)
        if settings != self.settings:
            return replace(self, settings=settings).run(context)
        is_folder = is_folder_wanted(self.inputs, self.output)
        sources = find_pictures(self.inputs)
        choose_device(self.settings.device)  # both fail before any work
        networks.choose(self.settings.model, self.settings.weights, 1.0)
        names = ResultNames(
            sources,
            self.output,
            self.settings,
            is_folder=is_folder,
            template=self.template,
            file_format=self.format,
            overwrite=self.overwrite,
        )
        if not is_folder:
            return self._enlarge(sources[0], names, 0, networks, context)
        make_folder(self.output)
        return run_batch(
            sources,
            self.output,
            lambda index, part: self._enlarge(sources[index], names, index, networks, part),
            context,
        )

    def _enlarge(
        self, source: Path, names: ResultNames, index: int, networks: Networks, context: JobContext
    ) -> UpscaledPicture:
        from sr_studio.imaging.decode_image import decode_image
        from sr_studio.imaging.encode_image import SaveOptions, check_size, encode_image

        started_s = time.monotonic()
        context.report(0, 1, source.name)
        image = decode_image(source)
        context.checkpoint()
        output = names.path(index, image.width, image.height)
        check_size(output, self.format, *result_size(image.width, image.height, self.settings))
        request = UpscalePictureRequest(image, self.settings, networks=networks)
        result = request.run(context.part(0, _COMPUTE_SHARE))
        report, check = result.report, result.check
        enlarged = result.image
        scale = max(enlarged.width, enlarged.height) / max(image.width, image.height)
        verb = "Enlarged" if scale > 1 else "Restored"
        description = f"{verb} by SR Studio: {report.model}, x{scale:.4g}"
        warnings = encode_image(
            enlarged,
            output,
            SaveOptions(
                file_format=self.format,
                quality=self.quality,
                depth=self.depth,
                metadata=self.metadata,
                description=description if self.describe else "",
                overwrite=self.overwrite,
            ),
        )
        context.report(1, 1)
        doubts = () if check.verdict == "good" else (check.sentence,)
        return UpscaledPicture(
            input=source,
            output=output,
            width=enlarged.width,
            height=enlarged.height,
            scale=scale,
            seconds=time.monotonic() - started_s,
            peak_memory_mib=report.peak_memory_mib,
            tiles=report.tiles,
            tile_px=report.tile_px,
            model=report.model,
            weights=report.weights,
            device=report.device,
            precision=report.precision,
            consistency_psnr=check.consistency_psnr,
            verdict=check.verdict,
            notes=(*image.origin.notes, *report.notes, *doubts, *warnings),
        )


TASK = TaskSpec(
    id="upscale",
    title="Upscale",
    help="Enlarge pictures with a network.",
    example="sr-studio upscale photo.jpg -o large.png --model compact --scale 2",
    request=UpscaleRequest,
)
