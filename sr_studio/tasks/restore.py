"""Restore damaged pictures with an untrained network: Deep Image Prior."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from sr_studio.errors import InvalidRequest, OutputExists, SrStudioError
from sr_studio.tasks._picture_files import find_pictures, is_folder_wanted, make_folder
from sr_studio.tasks._restore_pictures import (
    CLASSICAL,
    ClassicalPictureRequest,
    ClassicalRestoration,
    RestorePictureRequest,
    missing_pixels,
    plan_restoration,
)
from sr_studio.tasks._restore_reports import RestoredFolder, RestoredPicture, report_restoration
from sr_studio.tasks._restore_runs import describe_run
from sr_studio.tasks._restore_settings import RestoreSettings
from sr_studio.tasks._spec import Flag, Help, Range, TaskSpec
from sr_studio.tasks._train_recipe import parse_time

if TYPE_CHECKING:
    from sr_studio.engines.prior.restoration import Restoration
    from sr_studio.jobs.control import JobContext

_COMPUTE_SHARE = 0.98  # of the progress bar; the rest is writing


@dataclass(frozen=True, slots=True)
class RestoreRequest:
    """Restore files."""

    inputs: Annotated[
        tuple[Path, ...], Flag(positional=True, metavar="IN"), Help("pictures or folders")
    ]
    output: Annotated[
        Path, Flag(names=("-o", "--output"), metavar="OUT"), Help("file; folder for several")
    ]
    settings: RestoreSettings = field(default_factory=RestoreSettings)
    mask: Annotated[
        Path | None, Help("picture that is white where pixels are missing, for inpaint")
    ] = None
    guide: Annotated[Path | None, Help("the flash picture, for flash")] = None
    truth: Annotated[Path | None, Help("picture to measure PSNR against")] = None
    time_budget: Annotated[str, Help("stop cleanly after 90s, 9m or 2h; empty: never")] = ""
    run_folder: Annotated[
        Path | None,
        Flag(names=("--run",), metavar="FOLDER"),
        Help("keeps checkpoint and moments there; a run that lies there goes on"),
    ] = None
    quality_percent: Annotated[
        int, Range(1, 100), Flag(names=("--jpeg-quality",)), Help("of JPEG, WebP and AVIF")
    ] = 95
    depth: Annotated[Literal["same", "8", "16", "float"], Help("of the result's samples")] = "same"
    metadata: Annotated[
        Literal["keep", "no-place", "strip"], Help("what becomes of EXIF, XMP and IPTC")
    ] = "keep"
    overwrite: Annotated[bool, Help("replace what stands there")] = False

    def run(self, context: JobContext) -> RestoredPicture | RestoredFolder:
        """Restore each picture; with several, one that fails is reported.

        Raises:
            OutputExists: before any work.
            InvalidRequest: the settings cannot be carried out.
            SrStudioError: the only picture failed.
        """
        from sr_studio.engines.device import choose_device

        parse_time(self.time_budget)
        if self.settings.quality != "classical":
            plan_restoration(self.settings)
        elif self.settings.task not in CLASSICAL:
            raise InvalidRequest(
                f"No classical method does {self.settings.task}.", advice="Choose another quality."
            )
        choose_device(self.settings.device)
        if not is_folder_wanted(self.inputs, self.output):
            return self._restore(self.inputs[0], self.output, context)
        sources = find_pictures(self.inputs)
        if self.run_folder is not None:
            raise InvalidRequest(
                "A run's folder holds one picture, and several are given.",
                advice="Restore them one by one, or leave out --run.",
            )
        make_folder(self.output)
        pictures, failures = [], []
        taken: set[Path] = set()
        for index, source in enumerate(sources):
            part = context.part(index / len(sources), 1 / len(sources))
            output = self.output / f"{source.stem}-restored{_lossless_suffix(source)}"
            try:
                if output in taken:
                    raise OutputExists(
                        f"{output} was made of another picture of this name already.",
                        advice="Restore them into different folders.",
                    )
                taken.add(output)
                pictures.append(self._restore(source, output, part))
            except InvalidRequest:
                raise
            except SrStudioError as error:
                failures.append(f"{source}: {error.message} {error.advice}".rstrip())
        return RestoredFolder(self.output, tuple(pictures), tuple(failures))

    def _restore(self, source: Path, output: Path, context: JobContext) -> RestoredPicture:
        from sr_studio.imaging.decode_image import decode_image
        from sr_studio.imaging.encode_image import SaveOptions, check_size, encode_image

        started_s = time.monotonic()
        if output.exists() and not self.overwrite:
            raise OutputExists(
                f"{output} exists already.", advice="Choose another name or add --overwrite."
            )
        context.report(0, 1, source.name)
        image = decode_image(source)
        request = RestorePictureRequest(
            image,
            self.settings,
            missing=missing_pixels(image, self.mask) if self.settings.task == "inpaint" else None,
            truth=None if self.truth is None else decode_image(self.truth),
            guide=None if self.guide is None else decode_image(self.guide),
            folder=self.run_folder,
            description=describe_run(
                str(source.resolve()), image, self.settings, _whole(self.mask), _whole(self.guide)
            ),
            seconds=parse_time(self.time_budget),
        )
        check_size(output, "auto", *request.damage().size)
        made: Restoration | ClassicalRestoration
        if self.settings.quality == "classical":
            made = ClassicalPictureRequest(
                image, self.settings, missing=request.missing, truth=request.truth
            ).run(context.part(0, _COMPUTE_SHARE))
        else:
            made = request.run(context.part(0, _COMPUTE_SHARE))
        context.checkpoint()
        warnings = encode_image(
            made.image,
            output,
            SaveOptions(
                quality=self.quality_percent,
                depth=self.depth,
                metadata=self.metadata,
                overwrite=self.overwrite,
            ),
        )
        context.report(1, 1)
        seconds = time.monotonic() - started_s
        notes = (*image.origin.notes, *warnings)
        if isinstance(made, ClassicalRestoration):
            return RestoredPicture(
                source,
                output,
                made.image.width,
                made.image.height,
                made.method,
                seconds,
                notes,
                psnr=made.psnr,
            )
        return report_restoration(source, output, made, seconds=seconds, notes=notes)


def _whole(path: Path | None) -> Path | None:
    return None if path is None else path.resolve()


def _lossless_suffix(source: Path) -> str:
    return source.suffix if source.suffix.lower() in (".png", ".tif", ".tiff") else ".png"


TASK = TaskSpec(
    id="restore",
    title="Restore",
    help="Restore a damaged picture with a network that was never trained.",
    example="sr-studio restore grainy.jpg -o clean.png --task denoise --quality quick",
    request=RestoreRequest,
)
