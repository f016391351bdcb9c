"""Colour gray photos: by themselves, guided by hints, or after another photo."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from sr_studio.errors import InvalidRequest
from sr_studio.tasks._colorize_pictures import (
    ColorizeSettings,
    FindColoursRequest,
    PutColoursRequest,
)
from sr_studio.tasks._colorizers import Colorizers
from sr_studio.tasks._naming import check_template
from sr_studio.tasks._picture_batch import PictureBatch, run_batch
from sr_studio.tasks._picture_files import find_pictures, is_folder_wanted, make_folder
from sr_studio.tasks._result_names import ResultNames
from sr_studio.tasks._spec import Flag, Help, Range, TaskSpec
from sr_studio.tasks._upscale_settings import UpscaleSettings

if TYPE_CHECKING:
    from sr_studio.engines.colorization.hints import Hint
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext

_TEMPLATE = "{name}_colorized"
_SHARES = (0.3, 0.9)  # of the progress: when the colours are found, and when they are put


@dataclass(frozen=True, slots=True)
class ColorizedPicture:
    """One picture that was written.

    Attributes:
        input: the source.
        output: the result.
        method: that found its colours.
        network: its id; "" without one.
        hints: how many were followed.
        seconds: with reading and writing.
        notes: what the user should know, a sentence each.
    """

    input: Path
    output: Path
    method: str
    network: str
    hints: int
    seconds: float
    notes: tuple[str, ...]

    def text(self) -> str:
        line = f"{self.output}  {self.network or self.method}  {self.seconds:.1f} s"
        return "\n".join([line, *self.notes])


@dataclass(frozen=True, slots=True)
class ColorizeRequest:
    """Colour files."""

    inputs: Annotated[
        tuple[Path, ...], Flag(positional=True, metavar="IN"), Help("pictures or folders")
    ]
    output: Annotated[
        Path, Flag(names=("-o", "--output"), metavar="OUT"), Help("file; folder for several")
    ]
    settings: ColorizeSettings = field(default_factory=ColorizeSettings)
    hints: Annotated[
        Path | None, Help("file of colour hints; without: what lies beside each picture")
    ] = None
    reference: Annotated[Path | None, Help("photo whose colours are taken")] = None
    format: Annotated[
        Literal["auto", "jpeg", "png", "tiff", "webp", "avif"],
        Help("of the result; auto: by its name, in a folder that of the source"),
    ] = "auto"
    quality: Annotated[int, Range(1, 100), Help("of JPEG, WebP and AVIF")] = 95
    depth: Annotated[Literal["same", "8", "16", "float"], Help("of the result's samples")] = "same"
    metadata: Annotated[
        Literal["keep", "no-place", "strip"], Help("what becomes of EXIF, XMP and IPTC")
    ] = "keep"
    template: Annotated[
        str, Help("names in a folder, of {name} {model} {width} {height} {date} {counter}")
    ] = _TEMPLATE
    overwrite: Annotated[bool, Help("replace what stands there")] = False

    def __post_init__(self) -> None:
        check_template(self.template)

    def run(self, context: JobContext) -> ColorizedPicture | PictureBatch[ColorizedPicture]:
        """Return what was written.

        Raises:
            OutputExists: before any work, where a result's name is taken.
            InvalidRequest: a result would replace a source, or a setting cannot be followed.
            SrStudioError: the only picture failed, or no network can be had.
        """
        from sr_studio.imaging.decode_image import decode_image

        is_folder = is_folder_wanted(self.inputs, self.output)
        sources = find_pictures(self.inputs)
        colorizers = Colorizers()
        model: str = self.settings.method
        if model == "network":  # fails before any work
            spec = colorizers.find(self.settings.network)
            colorizers.load(spec, self.settings.weights, self.settings.device)
            model = spec.id
        reference = None if self.reference is None else decode_image(self.reference)
        takes_reference = self.settings.method in ("welsh", "histogram")
        if reference is not None and not takes_reference:
            raise InvalidRequest(
                f"The method {self.settings.method} takes no reference.",
                advice="Add --method welsh, or leave --reference out.",
            )
        if reference is None and takes_reference:
            raise InvalidRequest(
                f"The method {self.settings.method} takes the colours of another photo.",
                advice="Add --reference PHOTO.",
            )
        names = ResultNames(
            sources,
            self.output,
            UpscaleSettings(model=model, scale=1),
            is_folder=is_folder,
            template=self.template,
            file_format=self.format,
            overwrite=self.overwrite,
        )
        if not is_folder:
            return self._colorize(sources[0], names, 0, colorizers, reference, context)
        make_folder(self.output)
        return run_batch(
            sources,
            self.output,
            lambda index, part: self._colorize(
                sources[index], names, index, colorizers, reference, part
            ),
            context,
        )

    def _colorize(
        self,
        source: Path,
        names: ResultNames,
        index: int,
        colorizers: Colorizers,
        reference: ImageBuffer | None,
        context: JobContext,
    ) -> ColorizedPicture:
        from sr_studio.imaging.decode_image import decode_image
        from sr_studio.imaging.encode_image import SaveOptions, encode_image

        started_s = time.monotonic()
        context.report(0, 1, source.name)
        image = decode_image(source)
        hints = self._read_hints(source, image)
        context.checkpoint()
        output = names.path(index, image.width, image.height)
        request = FindColoursRequest(image, hints, self.settings, reference, colorizers)
        found = request.run(context.part(0, _SHARES[0]))
        putting = context.part(_SHARES[0], _SHARES[1] - _SHARES[0])
        coloured = PutColoursRequest(image, found.colours).run(putting)
        options = SaveOptions(
            file_format=self.format,
            quality=self.quality,
            depth=self.depth,
            metadata=self.metadata,
            overwrite=self.overwrite,
        )
        warnings = encode_image(coloured, output, options)
        context.report(1, 1)
        return ColorizedPicture(
            input=source,
            output=output,
            method=found.method,
            network=found.network,
            hints=len(hints),
            seconds=time.monotonic() - started_s,
            notes=(*image.origin.notes, *self._doubts(hints, reference), *warnings),
        )

    def _doubts(self, hints: tuple[Hint, ...], reference: ImageBuffer | None) -> tuple[str, ...]:
        """Return why the result may have no colours, a sentence each."""
        if self.settings.method == "levin" and not hints:
            return ("There were no hints to spread, so it stays gray.",)
        if reference is not None and reference.is_gray:
            return ("The reference photo is gray, and so is the result.",)
        return ()

    def _read_hints(self, source: Path, image: ImageBuffer) -> tuple[Hint, ...]:
        from sr_studio.engines.colorization.hints import hints_path, read_hints

        path = hints_path(source) if self.hints is None else self.hints
        if self.hints is None and not path.exists():
            return ()
        return read_hints(path, (image.width, image.height))


TASK = TaskSpec(
    id="colorize",
    title="Colorize",
    help="Colour gray photos, guided by hints or by another photo where there are any.",
    example="sr-studio colorize old.jpg -o colour.png --colours vivid",
    request=ColorizeRequest,
)
