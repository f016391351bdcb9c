"""The experiment behind Deep Image Prior, on one's own picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from sr_studio.tasks._output_files import check_outputs, csv_text, write_text
from sr_studio.tasks._spec import Flag, Help, Range, TaskSpec, Unit

if TYPE_CHECKING:
    from sr_studio.engines.prior.resistance import Resistance
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext

_LEARNED = 0.01  # mean squared error, 20 dB


@dataclass(frozen=True, slots=True)
class ResistanceSettings:
    """How the experiment is done."""

    edge: Annotated[
        int, Range(32, 1024), Unit("px"), Help("longer side that the picture is reduced to")
    ] = 128
    network: Annotated[str, Flag(metavar="ID"), Help("to fit")] = "skip-32"
    iterations: Annotated[int, Range(10, 20_000), Unit("iterations"), Help("of each")] = 600
    seed: Annotated[int, Range(0, 999_999), Help("of all that is random")] = 0
    device: Annotated[str, Flag(metavar="NAME"), Help("auto, cpu, cuda, cuda:N or mps")] = "auto"


@dataclass(frozen=True, slots=True, eq=False)
class ResistancePictureRequest:
    """Do the experiment on a picture in memory.

    Attributes:
        image: the picture; it is reduced.
        settings: how.
    """

    image: ImageBuffer
    settings: ResistanceSettings

    def run(self, context: JobContext) -> Resistance:
        from sr_studio.engines.device import choose_device
        from sr_studio.engines.prior.noise_resistance import make_targets, measure_resistance
        from sr_studio.engines.prior.settings import PriorSettings
        from sr_studio.imaging.resize import imresize
        from sr_studio.models.priors._registry import find_prior
        from sr_studio.tensors.image_tensor import tensor_from_pixels

        settings, pixels = self.settings, self.image.pixels
        spec = find_prior(settings.network)
        factor = settings.edge / max(pixels.shape[:2])
        if factor < 1:
            size = [max(round(side * factor), 1) for side in pixels.shape[1::-1]]
            pixels = imresize(pixels, size=(size[0], size[1]))
        picture = tensor_from_pixels(pixels).contiguous().clamp_(0, 1)
        return measure_resistance(
            make_targets(picture, settings.seed),
            spec,
            PriorSettings(
                iterations=settings.iterations,
                learning_rate=spec.learning_rate,
                input_noise=0.0,
                average=0.0,
                fits_input=spec.fits_input,
                stop="never",
                seed=settings.seed,
            ),
            device=choose_device(settings.device),
            precision="fp32",
            context=context,
        )


@dataclass(frozen=True, slots=True)
class TargetReport:
    """How one target was learned.

    Attributes:
        name: "picture", "noisy", "shuffled" or "noise".
        loss: mean squared error at the end.
        learned_after: iterations to an error of 0.01; None where it was not reached.
    """

    name: str
    loss: float
    learned_after: int | None

    def text(self) -> str:
        when = "not" if self.learned_after is None else f"after {self.learned_after}"
        return f"{self.name:<10} error {self.loss:.5f}, below {_LEARNED} {when}"


@dataclass(frozen=True, slots=True)
class ResistanceRequest:
    """Fit one network to a picture, to it with noise, to its shuffled pixels and to noise."""

    picture: Annotated[Path, Flag(positional=True, metavar="PICTURE"), Help("any photograph")]
    settings: ResistanceSettings = ResistanceSettings()
    csv: Annotated[Path | None, Help("write the losses of each iteration there")] = None
    overwrite: Annotated[bool, Help("replace a file that exists")] = False

    def run(self, context: JobContext) -> tuple[TargetReport, ...]:
        """Return how each was learned.

        Raises:
            UnreadableImage: the picture cannot be read.
            InvalidRequest: there is no such network.
            CannotWrite: the file of the losses, before any work.
        """
        from sr_studio.engines.prior.resistance import TARGETS
        from sr_studio.imaging.decode_image import decode_image

        check_outputs((self.csv,), overwrite=self.overwrite)
        image = decode_image(self.picture)
        found = ResistancePictureRequest(image, self.settings).run(context)
        rows: list[list[str | float | None]] = [["iteration", *TARGETS]]
        rows += [[i, *map(float, each)] for i, each in enumerate(found.losses.T, 1)]
        write_text(self.csv, csv_text(rows), overwrite=self.overwrite)
        learned = found.iterations_to(_LEARNED)
        return tuple(
            TargetReport(name, float(losses[-1]), after)
            for name, losses, after in zip(TARGETS, found.losses, learned, strict=True)
        )


TASK = TaskSpec(
    id="resistance",
    title="Resistance to noise",
    help="Show that a network learns a picture sooner than noise.",
    example="sr-studio resistance photo.jpg --iterations 600 --csv losses.csv",
    request=ResistanceRequest,
)
