"""Enlarge photographs with a network: one in memory for the window, or files and folders."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from sr_studio.errors import CannotWrite, InvalidRequest, OutputExists, SrStudioError
from sr_studio.tasks._naming import (
    DEFAULT_TEMPLATE,
    NameParts,
    fill_template,
    free_path,
    suffix_for,
)
from sr_studio.tasks._networks import NetworkCache
from sr_studio.tasks._picture_files import find_pictures, is_folder_wanted, make_folder
from sr_studio.tasks._spec import Flag, Help, Range, TaskSpec, Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sr_studio.engines.upscale_result import ResultCheck, UpscaleResult
    from sr_studio.imaging.encode_image import SaveOptions
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.imaging.region import Region
    from sr_studio.jobs.control import JobContext

DEFAULT_MODEL = "compact"
DEFAULT_SCALE = 2
_LONGEST_PX = 1 << 20


@dataclass(frozen=True, slots=True)
class UpscaleSettings:
    """How to enlarge; of `scale`, `size` and `long_edge` at most one may be given."""

    model: Annotated[str, Help("network, see: sr-studio models")] = DEFAULT_MODEL
    scale: Annotated[int | None, Range(1, 16), Help("enlarge by this")] = None
    size: Annotated[
        str | None,
        Flag(metavar="WxH"),
        Unit("px"),
        Help("exact size; 1920x or x1080 fits the rest"),
    ] = None
    long_edge: Annotated[
        int | None, Range(1, _LONGEST_PX), Unit("px"), Help("exact length of the longer side")
    ] = None
    strength: Annotated[
        float, Range(0, 1), Help("1 is the network, 0 the faithful bicubic enlargement")
    ] = 1.0
    match_tone: Annotated[bool, Help("give the result the source's tone and hue back")] = False
    weights: Annotated[str | None, Help("id of the weights; without: the best here")] = None
    tile: Annotated[str, Help("auto, off or the side in px")] = "auto"
    precision: Annotated[Literal["auto", "fp32", "bf16", "fp16"], Help("arithmetic")] = "auto"
    device: Annotated[str, Help("auto, cpu, cuda, cuda:N or mps")] = "auto"

    def __post_init__(self) -> None:
        given = [each for each in (self.scale, self.size, self.long_edge) if each is not None]
        if len(given) > 1:
            raise InvalidRequest(
                "Scale, size and long edge exclude each other.", advice="Give only one of them."
            )
        self.tile_size()
        if self.size is not None:
            _parse_size(self.size)

    def tile_size(self) -> int | Literal["auto", "off"]:
        """Return the side of the tiles in source pixels.

        Raises:
            InvalidRequest: it is none.
        """
        if self.tile == "auto":
            return "auto"
        if self.tile == "off":
            return "off"
        if not self.tile.isdecimal() or not int(self.tile):
            raise InvalidRequest(
                f"{self.tile!r} is no tile size.", advice="Use auto, off or a number of pixels."
            )
        return int(self.tile)


def result_size(width: int, height: int, settings: UpscaleSettings) -> tuple[int, int]:
    """Return (width, height) of the result of a picture of this size, in pixels."""
    if settings.size is not None:
        wanted_width, wanted_height = _parse_size(settings.size)
        factor = wanted_width / width if wanted_width else (wanted_height or height) / height
        return (
            wanted_width or max(1, round(width * factor)),
            wanted_height or max(1, round(height * factor)),
        )
    if settings.long_edge is not None:
        factor = settings.long_edge / max(width, height)
        return max(1, round(width * factor)), max(1, round(height * factor))
    scale = settings.scale or DEFAULT_SCALE
    return width * scale, height * scale


@dataclass(frozen=True, slots=True, eq=False)
class UpscalePictureRequest:
    """Enlarge a picture in memory, or only a region of it for a preview.

    Attributes:
        image: the source.
        settings: how.
        region: in source pixels; None for all of it.
        networks: shared between requests, so that a network is loaded once.
    """

    image: ImageBuffer
    settings: UpscaleSettings
    region: Region | None = None
    networks: NetworkCache = field(default_factory=NetworkCache)

    def run(self, context: JobContext) -> UpscaleResult:
        """Enlarge; previews are UpscalePreview.

        Raises:
            SrStudioError: see `upscale`, `NetworkCache.prepare`.
        """
        from sr_studio.allocator import return_freed_memory
        from sr_studio.engines.upscale import upscale

        image, settings = self.image, self.settings
        size = result_size(image.width, image.height, settings)
        context.checkpoint()
        ready = self.networks.prepare(
            settings.model,
            max(size[0] / image.width, size[1] / image.height),
            weights=settings.weights,
            device=settings.device,
            precision=settings.precision,
            is_8bit=image.white == 255,
        )
        try:
            return upscale(
                image,
                ready.network,
                size=size,
                region=self.region,
                tile=settings.tile_size(),
                strength=settings.strength,
                should_match_tone=settings.match_tone,
                weights=ready.weights,
                context=context,
            )
        finally:
            if self.region is None:  # previews follow each other: they keep it
                return_freed_memory()


@dataclass(frozen=True, slots=True)
class SavingSettings:
    """How results become files."""

    format: Annotated[
        Literal["auto", "jpeg", "png", "tiff", "webp", "avif"],
        Help("auto: by the output's suffix, in a folder the source's"),
    ] = "auto"
    quality: Annotated[int, Range(1, 100), Help("of JPEG, WebP and AVIF")] = 95
    depth: Annotated[Literal["same", "8", "16", "float"], Help("bits a channel")] = "same"
    metadata: Annotated[
        Literal["keep", "no-place", "strip"], Help("EXIF, XMP and IPTC of the output")
    ] = "keep"
    describe: Annotated[bool, Help("write network and scale into the metadata")] = False
    template: Annotated[
        str, Help("of names in a folder: {name} {model} {scale} {width} {height} {date} {counter}")
    ] = DEFAULT_TEMPLATE
    overwrite: Annotated[bool, Help("replace outputs that exist")] = False


@dataclass(frozen=True, slots=True)
class UpscaledFile:
    """One result that was written.

    Attributes:
        output: the file.
        input: the source.
        width: of the result, px.
        height: of the result, px.
        scale: of the enlargement; of the longer side where the proportions changed.
        model: its id.
        weights: their id.
        device: where it ran.
        precision: of the arithmetic.
        tiles: how many.
        tile_px: their side in source pixels.
        seconds: decoding, enlarging and writing.
        peak_memory_mib: of the process.
        check: whether the result matches its source.
        notes: what the user should know, a sentence each.
    """

    output: Path
    input: Path
    width: int
    height: int
    scale: float
    model: str
    weights: str
    device: str
    precision: str
    tiles: int
    tile_px: int
    seconds: float
    peak_memory_mib: int
    check: ResultCheck
    notes: tuple[str, ...]

    def text(self) -> str:
        made = f"{self.width} × {self.height}, {self.seconds:.1f} s, {self.precision}"
        return "\n".join([f"{self.output}  {made}", *self.notes])


@dataclass(frozen=True, slots=True)
class UpscaledFolder:
    """Several results.

    Attributes:
        output: the folder.
        pictures: what was written.
        failures: a sentence for each that was not.
    """

    output: Path
    pictures: tuple[UpscaledFile, ...]
    failures: tuple[str, ...]

    def text(self) -> str:
        return "\n".join(picture.text() for picture in self.pictures)


@dataclass(frozen=True, slots=True)
class UpscaleRequest:
    """Enlarge files."""

    inputs: Annotated[
        tuple[Path, ...], Flag(positional=True, metavar="IN"), Help("pictures or folders")
    ]
    output: Annotated[
        Path, Flag(names=("-o", "--output"), metavar="OUT"), Help("file; folder for several")
    ]
    settings: UpscaleSettings = UpscaleSettings()
    saving: SavingSettings = SavingSettings()

    def run(self, context: JobContext) -> UpscaledFile | UpscaledFolder:
        """Enlarge one after the other; of several, one that fails is reported, the rest go on."""
        networks = NetworkCache()
        if not is_folder_wanted(self.inputs, self.output):
            _refuse(self.output, overwrite=self.saving.overwrite)
            return self._enlarge(self.inputs[0], self.output, networks, context)
        sources = find_pictures(self.inputs)
        make_folder(self.output)
        written: list[UpscaledFile] = []
        failures: list[str] = []
        for index, source in enumerate(sources):
            part = context.part(index / len(sources), 1 / len(sources))
            part.report(0, 1, source.name)
            try:
                written.append(self._enlarge_into_folder(source, index, written, networks, part))
            except InvalidRequest:
                raise  # what is wrong for one would be wrong for all
            except SrStudioError as error:
                failures.append(f"{source}: {error.message} {error.advice}".rstrip())
        context.report(1, 1)
        return UpscaledFolder(self.output, tuple(written), tuple(failures))

    def _enlarge_into_folder(
        self,
        source: Path,
        index: int,
        written: Sequence[UpscaledFile],
        networks: NetworkCache,
        context: JobContext,
    ) -> UpscaledFile:
        from sr_studio.imaging.decode_image import decode_image

        image = decode_image(source)
        path = self.output / output_name(image, source, self.settings, self.saving, index + 1)
        taken = {each.output for each in written}
        path = free_path(path, taken.__contains__)
        _refuse(path, overwrite=self.saving.overwrite)
        return self._enlarge(source, path, networks, context, image)

    def _enlarge(
        self,
        source: Path,
        output: Path,
        networks: NetworkCache,
        context: JobContext,
        image: ImageBuffer | None = None,
    ) -> UpscaledFile:
        import time

        from sr_studio.imaging.decode_image import decode_image
        from sr_studio.imaging.encode_image import encode_image

        started_s = time.monotonic()
        context.checkpoint()
        image = decode_image(source) if image is None else image
        request = UpscalePictureRequest(image, self.settings, networks=networks)
        result = request.run(context.part(0, 0.95))
        context.checkpoint()
        enlarged, report = result.image, result.report
        scale = enlarged.width / image.width
        if enlarged.height > enlarged.width:
            scale = enlarged.height / image.height
        warnings = encode_image(enlarged, output, self._options(report.model, scale))
        context.report(1, 1)
        doubts = () if result.check.verdict == "good" else (result.check.sentence,)
        return UpscaledFile(
            output=output,
            input=source,
            width=enlarged.width,
            height=enlarged.height,
            scale=scale,
            model=report.model,
            weights=report.weights,
            device=report.device,
            precision=report.precision,
            tiles=report.tiles,
            tile_px=report.tile_px,
            seconds=time.monotonic() - started_s,
            peak_memory_mib=report.peak_memory_mib,
            check=result.check,
            notes=(*image.origin.notes, *report.notes, *doubts, *warnings),
        )

    def _options(self, model: str, scale: float) -> SaveOptions:
        from sr_studio.imaging.encode_image import SaveOptions

        saving = self.saving
        return SaveOptions(
            file_format=saving.format,
            quality=saving.quality,
            depth=saving.depth,
            metadata=saving.metadata,
            description=f"Enlarged x{scale:g} with {model}" if saving.describe else "",
            overwrite=saving.overwrite,
        )


def output_name(
    image: ImageBuffer,
    source: Path,
    settings: UpscaleSettings,
    saving: SavingSettings,
    counter: int,
) -> str:
    """Return the file name of a result in a folder, by the naming template.

    Raises:
        InvalidRequest: the template cannot be filled.
    """
    import datetime

    width, height = result_size(image.width, image.height, settings)
    parts = NameParts(
        name=source.stem,
        model=settings.model,
        scale=f"{max(width / image.width, height / image.height):.3g}",
        width=width,
        height=height,
        date=datetime.datetime.now().astimezone().strftime("%Y-%m-%d"),
        counter=counter,
    )
    is_8bit = image.white == 255 if saving.depth == "same" else saving.depth == "8"
    suffix = suffix_for(saving.format, image.origin.file_format, is_8bit=is_8bit)
    return fill_template(saving.template, parts) + suffix


def _parse_size(text: str) -> tuple[int | None, int | None]:
    """Return (width, height) of "1920x1080", "1920x" or "x1080".

    Raises:
        InvalidRequest: it is none of these, or out of bounds.
    """
    match = re.fullmatch(r"(\d*)\s*[xX×]\s*(\d*)", text.strip())
    sides = [int(side) if side else None for side in match.groups()] if match else [None, None]
    if sides == [None, None] or any(s is not None and not 1 <= s <= _LONGEST_PX for s in sides):
        raise InvalidRequest(
            f"{text!r} is no size.", advice="Write it like 1920x1080, 1920x or x1080."
        )
    return sides[0], sides[1]


def _refuse(output: Path, *, overwrite: bool) -> None:
    """Say before the work what would fail after it."""
    if output.is_dir():
        raise CannotWrite(f"{output} is a folder.", advice="Name a file in it.")
    if output.exists() and not overwrite:
        raise OutputExists(
            f"{output} exists already.", advice="Choose another name or add --overwrite."
        )
    if not output.parent.is_dir():
        raise CannotWrite(
            f"The folder {output.parent} does not exist.", advice="Make it, or choose another."
        )


TASK = TaskSpec(
    id="upscale",
    title="Upscale",
    help="Enlarge photographs with a super-resolution network.",
    example="sr-studio upscale photo.jpg -o large.tif --model compact --scale 2",
    request=UpscaleRequest,
)
