"""Several untrained networks side by side, on one's own picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from sr_studio.errors import InvalidRequest
from sr_studio.tasks._output_files import check_outputs, csv_text, write_text
from sr_studio.tasks._spec import Flag, Help, Range, TaskSpec, Unit
from sr_studio.tasks._working_size import at_working_size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sr_studio.engines.prior.fits_compared import FitsCompared
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext

_HOLE = 4  # the sides of the picture are so many times those of the hole
_INPUT_NOISE = 0.03


@dataclass(frozen=True, slots=True)
class PriorsSettings:
    """How the networks are compared."""

    hide: Annotated[
        Literal["hole", "half"],
        Help("what is hidden and looked for: a hole in the middle, or half of all pixels"),
    ] = "hole"
    networks: Annotated[str, Flag(metavar="ID,ID"), Help("to fit, with commas between them")] = (
        "encoder-2,encoder-4,encoder-6,unet,resnet,skip-32"
    )
    edge: Annotated[
        int, Range(64, 1024), Unit("px"), Help("longer side that the picture is reduced to")
    ] = 128
    iterations: Annotated[int, Range(10, 20_000), Unit("iterations"), Help("of each")] = 300
    seed: Annotated[int, Range(0, 999_999), Help("of all that is random")] = 0
    device: Annotated[str, Flag(metavar="NAME"), Help("auto, cpu, cuda, cuda:N or mps")] = "auto"

    @property
    def ids(self) -> tuple[str, ...]:
        """The networks, each once."""
        names = (name.strip() for name in self.networks.split(","))
        return tuple(dict.fromkeys(name for name in names if name))


@dataclass(frozen=True, slots=True, eq=False)
class PriorsPictureRequest:
    """Compare on a picture in memory.

    Attributes:
        image: the picture, whole; it is reduced, and a part of it hidden.
        settings: how.
    """

    image: ImageBuffer
    settings: PriorsSettings

    def run(self, context: JobContext) -> FitsCompared:
        """Fit all of them.

        Raises:
            InvalidRequest: there is no such network, or none is named.
        """
        from dataclasses import replace

        from sr_studio.engines.device import choose_device
        from sr_studio.engines.prior.network_comparison import compare_networks
        from sr_studio.engines.prior.problems import Damage
        from sr_studio.engines.prior.settings import PriorSettings
        from sr_studio.models.priors._registry import find_prior

        settings = self.settings
        if not settings.ids:
            raise InvalidRequest(
                "No network is named.", advice="Name some, such as encoder-4,unet."
            )
        specs = [find_prior(name) for name in settings.ids]
        truth = replace(at_working_size(self.image, settings.edge), alpha=None)
        missing = hidden_pixels(truth, settings.hide, settings.seed)
        pixels = truth.pixels.copy()
        pixels[missing] = 0
        return compare_networks(
            Damage(replace(truth, pixels=pixels), "inpaint", missing=missing, truth=truth),
            specs,
            PriorSettings(
                iterations=settings.iterations,
                input_noise=_INPUT_NOISE,
                average=0.0,
                stop="never",
                seed=settings.seed,
            ),
            device=choose_device(settings.device),
            precision="fp32",
            context=context,
        )


def hidden_pixels(
    image: ImageBuffer, hide: Literal["hole", "half"], seed: int
) -> NDArray[np.bool_]:
    """Return (H, W) bool, True where a pixel is hidden."""
    import numpy as np

    height, width = image.pixels.shape[:2]
    if hide == "half":
        return np.random.default_rng(seed).random((height, width)) < 0.5
    missing = np.zeros((height, width), np.bool_)
    rows, columns = max(height // _HOLE, 1), max(width // _HOLE, 1)
    y, x = (height - rows) // 2, (width - columns) // 2
    missing[y : y + rows, x : x + columns] = True
    return missing


@dataclass(frozen=True, slots=True)
class PriorReport:
    """How well one network found what was hidden.

    Attributes:
        network: its id.
        psnr: of the hidden pixels, in dB.
        loss: mean squared error of the known ones at the end.
        problem: why it failed; "" where it did not.
    """

    network: str
    psnr: float | None
    loss: float
    problem: str

    def text(self) -> str:
        if self.problem:
            return f"{self.network:<14} {self.problem}"
        return f"{self.network:<14} {self.psnr:6.2f} dB hidden, error {self.loss:.5f} known"


@dataclass(frozen=True, slots=True)
class PriorsRequest:
    """Hide a part of a picture and let several untrained networks find it, side by side."""

    picture: Annotated[Path, Flag(positional=True, metavar="PICTURE"), Help("any photograph")]
    settings: PriorsSettings = PriorsSettings()
    sheet: Annotated[Path | None, Help("write all results side by side there, as PNG")] = None
    csv: Annotated[Path | None, Help("write the losses of each iteration there")] = None
    overwrite: Annotated[bool, Help("replace a file that exists")] = False

    def run(self, context: JobContext) -> tuple[PriorReport, ...]:
        """Return how well each did.

        Raises:
            UnreadableImage: the picture cannot be read.
            InvalidRequest: there is no such network.
            CannotWrite: a file cannot be written, before any work.
        """
        from sr_studio.imaging.comparison_sheet import SheetPane, comparison_sheet
        from sr_studio.imaging.decode_image import decode_image
        from sr_studio.imaging.encode_image import SaveOptions, encode_image

        check_outputs((self.sheet, self.csv), overwrite=self.overwrite)
        found = PriorsPictureRequest(decode_image(self.picture), self.settings).run(context)
        if self.sheet is not None:
            panes = [
                SheetPane(name, problem or f"{psnr:.2f} dB", picture)
                for name, problem, psnr, picture in zip(
                    found.names, found.problems, found.psnrs, found.pictures, strict=True
                )
            ]
            encode_image(comparison_sheet(panes), self.sheet, SaveOptions(overwrite=self.overwrite))
        rows: list[list[str | float | None]] = [["iteration", *found.names]]
        rows += [[i, *map(float, each)] for i, each in enumerate(found.losses.T, 1)]
        write_text(self.csv, csv_text(rows), overwrite=self.overwrite)
        return tuple(
            PriorReport(*each)
            for each in zip(
                found.names, found.psnrs, found.last_losses(), found.problems, strict=True
            )
        )


TASK = TaskSpec(
    id="priors",
    title="Networks side by side",
    help="Let several untrained networks find what is hidden of a picture.",
    example="sr-studio priors photo.jpg --hide half --sheet networks.png",
    request=PriorsRequest,
)
