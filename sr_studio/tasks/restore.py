"""Restore damaged pictures with an untrained network: Deep Image Prior."""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from sr_studio.allocator import return_freed_memory
from sr_studio.errors import InvalidRequest, OutputExists, SrStudioError
from sr_studio.tasks._picture_files import find_pictures, is_folder_wanted, make_folder
from sr_studio.tasks._restore_runs import RunDescription, RunFolder
from sr_studio.tasks._restore_settings import RestoreSettings
from sr_studio.tasks._spec import Flag, Help, Range, TaskSpec
from sr_studio.tasks._train_recipe import parse_time
from sr_studio.tasks._upscale_settings import parse_tile

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    from sr_studio.engines.device import Precision
    from sr_studio.engines.prior.problems import Damage
    from sr_studio.engines.prior.restoration import Restoration
    from sr_studio.engines.prior.settings import PriorDials, PriorSettings
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext
    from sr_studio.models.priors._spec import PriorSpec

_COMPUTE_SHARE = 0.98  # of the progress bar; the rest is writing


@dataclass(frozen=True, slots=True, eq=False)
class RestorePictureRequest:
    """Restore a picture in memory.

    Attributes:
        image: as it was observed.
        settings: how.
        missing: (H, W) bool, True where pixels are missing; for "inpaint".
        truth: to measure against, of the result's size.
        guide: the flash picture; for "flash".
        dials: learning rate and input noise, if they may be turned meanwhile.
        folder: keeps checkpoint and moments; a run that lies there goes on.
        description: of the run, written into the folder.
        seconds: stop cleanly after this long.
    """

    image: ImageBuffer
    settings: RestoreSettings
    missing: NDArray[np.bool_] | None = None
    truth: ImageBuffer | None = None
    guide: ImageBuffer | None = None
    dials: PriorDials | None = None
    folder: Path | None = None
    description: RunDescription | None = None
    seconds: float = math.inf

    def damage(self) -> Damage:
        """Return what the engine is asked.

        Raises:
            InvalidRequest: mask, guide or truth do not fit the picture.
        """
        from sr_studio.engines.prior.problems import Damage

        settings = self.settings
        is_inpainting = settings.task == "inpaint"
        return Damage(
            self.image,
            settings.task,
            missing=self.missing if is_inpainting else None,
            scale=settings.scale if settings.task == "enlarge" else 1,
            downsampler=settings.downsampler,
            truth=self.truth,
            guide=self.guide if settings.task == "flash" else None,
        )

    def run(self, context: JobContext) -> Restoration:
        """Fit; cancelling leaves the last checkpoint in the folder, if there is one."""
        from sr_studio.engines.device import choose_device
        from sr_studio.engines.prior.problems import restored_picture
        from sr_studio.engines.prior.restore import FeatureChoice, restore_picture

        settings = self.settings
        damage = self.damage()
        spec, numbers = plan_restoration(settings)
        device = choose_device(settings.device)
        run = None if self.folder is None else RunFolder(self.folder)
        if run is not None:
            run.to_pixels = lambda moment: restored_picture(moment.restored, damage).pixels
            if self.description is not None:
                run.describe(self.description)
        restoration = restore_picture(
            damage,
            spec,
            numbers,
            device=device,
            precision=_precision(device, self.image, settings),
            context=context,
            tile=parse_tile(settings.tile),
            features=FeatureChoice(settings.backbone, settings.layer, settings.channel),
            dials=self.dials,
            keeper=run,
            save=None if run is None else run.save_state,
            state=None if run is None else run.load_state(),
            seconds=self.seconds,
        )
        if run is not None and self.description is not None:
            run.describe(replace(self.description, is_finished=True))
        return_freed_memory()
        return restoration


@dataclass(frozen=True, slots=True)
class RestorationCost:
    """What a restoration will take.

    Attributes:
        iterations: at most.
        seconds: of one.
        memory_bytes: at its peak, where the picture is fitted as a whole.
    """

    iterations: int
    seconds: float
    memory_bytes: int


@dataclass(frozen=True, slots=True, eq=False)
class EstimateRestorationRequest:
    """Measure on a small piece what a restoration will take.

    Attributes:
        image: the picture; only its size and depth count.
        settings: how it will be restored.
    """

    image: ImageBuffer
    settings: RestoreSettings

    def run(self, context: JobContext) -> RestorationCost:
        from sr_studio.engines.device import choose_device
        from sr_studio.engines.prior.cost import measure_cost

        image, settings = self.image, self.settings
        device = choose_device(settings.device)
        spec, numbers = plan_restoration(settings)
        scale = settings.scale if settings.task == "enlarge" else 1
        cost = measure_cost(
            spec,
            numbers,
            image.width * scale,
            image.height * scale,
            device=device,
            precision=_precision(device, image, settings),
            context=context,
        )
        return RestorationCost(numbers.iterations, cost.seconds, cost.memory_bytes)


@dataclass(frozen=True, slots=True)
class ListPriorsRequest:
    """Say which networks can be fitted."""

    def run(self, context: JobContext) -> tuple[tuple[str, str], ...]:
        """Return (id, title) of each."""
        from sr_studio.models.priors._registry import all_priors

        context.checkpoint()
        return tuple((spec.id, spec.title) for spec in all_priors().values())


def plan_restoration(settings: RestoreSettings) -> tuple[PriorSpec, PriorSettings]:
    """Return the network and the numbers that the settings come to.

    Raises:
        InvalidRequest: there is no such network.
    """
    from sr_studio.engines.prior.presets import find_preset
    from sr_studio.engines.prior.restore import settings_with
    from sr_studio.models.priors._registry import find_prior

    scale = settings.scale if settings.task == "enlarge" else 1
    preset = find_preset(settings.task, settings.quality, scale)
    if settings.network is not None and settings.network != preset.prior:
        find_prior(settings.network)  # says which there are
        preset = replace(preset, prior=settings.network, learning_rate=None, tv_weight=None)
    numbers = settings_with(
        preset.settings(),
        {
            "iterations": settings.iterations,
            "learning_rate": settings.learning_rate,
            "input_noise": settings.input_noise,
            "average": settings.average,
            "optimiser": settings.optimiser,
            "fits_input": settings.fit_input,
            "tv_weight": settings.tv,
            "stop": settings.stop,
            "window": settings.window,
            "patience": settings.patience,
            "seed": settings.seed,
        },
    )
    return find_prior(preset.prior), numbers


@dataclass(frozen=True, slots=True)
class RestoredPicture:
    """One picture that was written.

    Attributes:
        input: the damaged picture.
        output: the restored one.
        width: of the restored one.
        height: of the restored one.
        network: that was fitted.
        iteration: of the moment that was written.
        iterations: that were done.
        best_iteration: where the outputs varied least; 0 where that is not known.
        stopped_by: "variance", "iterations", "time" or "user".
        seconds: in all.
        seconds_per_iteration: of the fit.
        loss: at the end.
        psnr: of the written picture against the truth, in dB over all channels; None without one.
        best_psnr: along the run, of output or average.
        device: where it ran.
        precision: of the convolutions.
        notes: what the user should know, a sentence each.
    """

    input: Path
    output: Path
    width: int
    height: int
    network: str
    iteration: int
    iterations: int
    best_iteration: int
    stopped_by: str
    seconds: float
    seconds_per_iteration: float
    loss: float
    psnr: float | None
    best_psnr: float | None
    device: str
    precision: str
    notes: tuple[str, ...]

    def text(self) -> str:
        psnr = ""
        if self.psnr is not None and self.best_psnr is not None:
            psnr = f", {self.psnr:.2f} dB (best of the run {self.best_psnr:.2f} dB)"
        line = (
            f"{self.output}  {self.width} × {self.height}  {self.seconds:.1f} s  "
            f"iteration {self.iteration} of {self.iterations}, "
            f"stopped by {self.stopped_by}{psnr}"
        )
        return "\n".join([line, *self.notes])


@dataclass(frozen=True, slots=True)
class RestoredFolder:
    """Several pictures that were written.

    Attributes:
        output: the folder.
        pictures: what was written.
        failures: a sentence for each picture that was not.
    """

    output: Path
    pictures: tuple[RestoredPicture, ...]
    failures: tuple[str, ...]

    def text(self) -> str:
        return "\n".join(picture.text() for picture in self.pictures)


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
        plan_restoration(self.settings)
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
            description=self._description(source, image),
            seconds=parse_time(self.time_budget),
        )
        check_size(output, "auto", *request.damage().size)
        self._check_run(request)
        restoration = request.run(context.part(0, _COMPUTE_SHARE))
        context.checkpoint()
        restored = restoration.image
        warnings = encode_image(
            restored,
            output,
            SaveOptions(
                quality=self.quality_percent,
                depth=self.depth,
                metadata=self.metadata,
                overwrite=self.overwrite,
            ),
        )
        context.report(1, 1)
        return _report(
            source,
            output,
            restoration,
            seconds=time.monotonic() - started_s,
            notes=(*image.origin.notes, *_notes(restoration), *warnings),
            has_truth=request.truth is not None,
        )

    def _description(self, source: Path, image: ImageBuffer) -> RunDescription:
        return RunDescription(
            str(source.resolve()),
            image.digest().hex(),
            asdict(self.settings),
            mask="" if self.mask is None else str(self.mask.resolve()),
            guide="" if self.guide is None else str(self.guide.resolve()),
            started=time.time(),
        )

    def _check_run(self, request: RestorePictureRequest) -> None:
        """Refuse to go on with a run of another picture or another network."""
        if self.run_folder is None or request.description is None:
            return
        known = RunFolder(self.run_folder).description()
        if known is None:
            return
        same = {"task", "quality", "network", "scale", "seed", "fit_input", "tile"}
        was, wanted = known.settings, request.description.settings
        if known.digest != request.description.digest:
            raise InvalidRequest(
                f"The run in {self.run_folder} is of another picture.",
                advice="Choose another folder.",
            )
        if any(was.get(name) != wanted[name] for name in same):
            raise InvalidRequest(
                f"The run in {self.run_folder} was started with other settings.",
                advice="Choose another folder, or the same task, quality, network, scale and seed.",
            )


def _precision(device: torch.device, image: ImageBuffer, settings: RestoreSettings) -> Precision:
    from sr_studio.engines.device import choose_precision

    is_8bit = image.pixels.dtype.itemsize == 1
    chosen = choose_precision(device, settings.precision, is_8bit=is_8bit)
    return "fp32" if chosen == "fp32" else "bf16"  # fp16 would need its loss scaled


def missing_pixels(image: ImageBuffer, mask: Path | None) -> NDArray[np.bool_] | None:
    """Return where the mask is white or, without one, the picture wholly transparent.

    Raises:
        UnreadableImage: the mask cannot be read.
    """
    from sr_studio.imaging.decode_image import decode_image

    if mask is None:
        return None if image.alpha is None else image.alpha == 0
    picture = decode_image(mask)
    missing: NDArray[np.bool_] = picture.pixels.mean(axis=2) > picture.white / 2
    return missing


def _lossless_suffix(source: Path) -> str:
    return source.suffix if source.suffix.lower() in (".png", ".tif", ".tiff") else ".png"


def _notes(restoration: Restoration) -> tuple[str, ...]:
    notes = []
    if restoration.windows > 1:
        notes.append(f"The picture was fitted in {restoration.windows} windows by turns.")
    if restoration.fallbacks:
        notes.append(
            f"The loss jumped {restoration.fallbacks} times; the last good state was taken again."
        )
    return tuple(notes)


def _report(
    source: Path,
    output: Path,
    restoration: Restoration,
    *,
    seconds: float,
    notes: tuple[str, ...],
    has_truth: bool,
) -> RestoredPicture:
    import numpy as np

    curves, image = restoration.curves, restoration.image
    loss = curves.column("loss")
    psnr = best = None
    if has_truth and len(loss):
        along: Any = np.stack([curves.column("psnr"), curves.column("average_psnr")])
        row = restoration.iteration * restoration.windows - 1
        psnr, best = float(along[1, row]), float(np.nanmax(along))
    return RestoredPicture(
        source,
        output,
        image.width,
        image.height,
        restoration.network,
        restoration.iteration,
        restoration.iterations,
        restoration.best_iteration,
        restoration.stopped_by,
        seconds,
        restoration.seconds / max(restoration.iterations, 1),
        float(loss[-1]) if len(loss) else math.nan,
        psnr,
        best,
        restoration.device,
        restoration.precision,
        notes,
    )


TASK = TaskSpec(
    id="restore",
    title="Restore",
    help="Restore a damaged picture with a network that was never trained.",
    example="sr-studio restore grainy.jpg -o clean.png --task denoise --quality quick",
    request=RestoreRequest,
)
