"""Several networks on one picture and mask: what is asked, and the files that come of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from sr_studio.errors import InvalidRequest
from sr_studio.tasks._restore_pictures import make_damage, missing_pixels, plan_restoration
from sr_studio.tasks._restore_settings import RestoreSettings
from sr_studio.tasks._spec import Flag, Help, Range, Unit, Unset

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    from sr_studio.engines.prior.network_grid import NetworkCell, NetworkGrid
    from sr_studio.engines.prior.problems import Damage
    from sr_studio.engines.prior.settings import PriorSettings
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext
    from sr_studio.models.priors._spec import PriorSpec

SIX_NETWORKS = ("encoder-2", "encoder-4", "encoder-6", "unet", "resnet", "skip-64")
_MOST_COLUMNS = 4
_HOLE = 4  # the sides of the picture are so many times those of the hole


@dataclass(frozen=True, slots=True)
class NetworkGridSettings:
    """How the networks are compared."""

    hide: Annotated[
        Literal["mask", "hole", "half"],
        Help("what is missing: what the mask says; or hidden of a whole picture: its middle, half"),
    ] = "mask"
    networks: Annotated[str, Flag(metavar="IDS"), Help("to fit, with commas")] = ",".join(
        SIX_NETWORKS
    )
    edge: Annotated[
        int, Range(32, 4096), Unit("px"), Help("longer side that the picture is reduced to")
    ] = 192
    iterations: Annotated[int, Range(1, 20_000), Unit("iterations"), Help("of each")] = 600
    seconds: Annotated[
        int | None, Range(1, 86_400), Unit("s"), Unset("no limit"), Help("of each, at most")
    ] = None
    seed: Annotated[int, Range(0, 999_999), Help("of all that is random")] = 0
    device: Annotated[str, Flag(metavar="NAME"), Help("auto, cpu, cuda, cuda:N or mps")] = "auto"

    def __post_init__(self) -> None:
        if not self.ids():
            raise InvalidRequest("No network is named.", advice="Name one or more, with commas.")

    def ids(self) -> tuple[str, ...]:
        """Return the networks, each once, in the order given."""
        words = (word.strip() for word in self.networks.split(","))
        return tuple(dict.fromkeys(word for word in words if word))


@dataclass(frozen=True, slots=True, eq=False)
class NetworkGridPictureRequest:
    """Compare networks on a picture in memory.

    Attributes:
        image: the picture; it is reduced.
        settings: how.
        mask: picture that is white where pixels are missing; without, they are the transparent.
        truth: picture to measure the filled pixels against; where something is hidden, neither
            it nor the mask counts.
    """

    image: ImageBuffer
    settings: NetworkGridSettings
    mask: Path | None = None
    truth: Path | None = None

    def run(self, context: JobContext) -> NetworkGrid:
        """Fit all of them, in turns.

        Raises:
            InvalidRequest: there is no such network, nothing is missing, or mask or truth do not
                fit the picture.
            UnreadableImage: mask or truth cannot be read.
        """
        from sr_studio.engines.device import choose_device
        from sr_studio.engines.prior.working_size import FullSize
        from sr_studio.imaging.decode_image import decode_image

        settings = self.settings
        # as published: the same numbers for all, but the learning rate that each brings
        plain = RestoreSettings(
            "inpaint", "paper", iterations=settings.iterations, stop="never", seed=settings.seed
        )
        entrants = [plan_restoration(replace(plain, network=each)) for each in settings.ids()]
        device = choose_device(settings.device)
        if settings.hide != "mask":
            damage = _hidden(self.image, settings.hide, settings.edge, settings.seed)
            return self._compare(damage, entrants, device, context)
        missing = missing_pixels(self.image, self.mask)
        if missing is not None and not missing.any():
            raise InvalidRequest(
                "No pixel is missing, so there is nothing to fill.",
                advice="Give a mask that is white where pixels are missing.",
            )
        damage = make_damage(
            self.image,
            plain,
            missing=missing,
            truth=None if self.truth is None else decode_image(self.truth),
            guide=None,
        )
        fitted = FullSize(damage, settings.edge, context).fitted
        return self._compare(fitted, entrants, device, context)

    def _compare(
        self,
        damage: Damage,
        entrants: list[tuple[PriorSpec, PriorSettings]],
        device: torch.device,
        context: JobContext,
    ) -> NetworkGrid:
        from sr_studio.engines.prior.compare_networks import compare_networks
        from sr_studio.engines.prior.half_weights import choose_fit_precision

        seconds = self.settings.seconds
        return compare_networks(
            damage,
            entrants,
            device=device,
            precision=choose_fit_precision(
                device, "auto", is_8bit=self.image.pixels.dtype == "uint8"
            ),
            context=context,
            seconds=math.inf if seconds is None else seconds,
        )


def _hidden(image: ImageBuffer, hide: Literal["hole", "half"], edge_px: int, seed: int) -> Damage:
    """Return a part of the reduced picture as missing, and the whole of it as the truth."""
    from sr_studio.engines.prior.problems import Damage
    from sr_studio.engines.prior.working_size import fitted_size
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.imaging.resize import imresize

    size, _ = fitted_size("inpaint", image, 1, edge_px)
    is_same = size == (image.width, image.height)
    whole = image.pixels if is_same else imresize(image.pixels, size=size)
    missing = hidden_pixels(size[0], size[1], hide, seed)
    pixels = whole.copy()
    pixels[missing] = 0
    observed, truth = (ImageBuffer(each, None, image.origin) for each in (pixels, whole))
    return Damage(observed, "inpaint", missing=missing, truth=truth)


def hidden_pixels(
    width: int, height: int, hide: Literal["hole", "half"], seed: int
) -> NDArray[np.bool_]:
    """Return (H, W) bool, True where a pixel is hidden: the middle, or half of them by chance."""
    import numpy as np

    if hide == "half":
        return np.random.default_rng(seed).random((height, width)) < 0.5
    missing = np.zeros((height, width), np.bool_)
    rows, columns = max(height // _HOLE, 1), max(width // _HOLE, 1)
    y, x = (height - rows) // 2, (width - columns) // 2
    missing[y : y + rows, x : x + columns] = True
    return missing


@dataclass(frozen=True, slots=True)
class GridFiles:
    """Where the pictures of a comparison lie.

    Attributes:
        sheet: all of them on one, with their captions.
        pictures: of those networks that did not fail, in their order.
    """

    sheet: Path
    pictures: tuple[Path, ...]


def grid_files(folder: Path, ids: tuple[str, ...]) -> GridFiles:
    """Return the names that the pictures of these networks get."""
    return GridFiles(folder / "networks.png", tuple(folder / f"{each}.png" for each in ids))


def write_grid(grid: NetworkGrid, folder: Path, *, overwrite: bool) -> GridFiles:
    """Write the sheet and the picture of each network that did not fail, as PNG.

    Raises:
        OutputExists: one of them exists; nothing is written then.
        CannotWrite: the disk does not allow it.
    """
    from sr_studio.imaging.comparison_sheet import SheetPane, comparison_sheet
    from sr_studio.imaging.encode_image import SaveOptions, encode_image
    from sr_studio.tasks._output_files import check_outputs
    from sr_studio.tasks._picture_files import make_folder

    done = [cell for cell in grid.cells if cell.image is not None]
    files = grid_files(folder, tuple(cell.network for cell in done))
    make_folder(folder)
    check_outputs((files.sheet, *files.pictures), overwrite=overwrite)
    options = SaveOptions(overwrite=overwrite, file_format="png")
    panes = [SheetPane("Observed", "gray: missing", grid.observed)]
    for cell, path in zip(done, files.pictures, strict=True):
        if cell.image is not None:
            encode_image(cell.image, path, options)
            panes.append(SheetPane(cell.title, cell_in_words(cell), cell.image))
    if grid.truth is not None:
        panes.append(SheetPane("Ground truth", "", grid.truth))
    encode_image(comparison_sheet(panes, columns=grid_columns(len(panes))), files.sheet, options)
    return files


def grid_columns(count: int) -> int:
    """Return in how many columns so many pictures stand, the last row as full as can be."""
    rows = math.ceil(count / _MOST_COLUMNS)
    return math.ceil(count / rows)


def cell_in_words(cell: NetworkCell) -> str:
    """Return what stands under a network's title: size, moment, PSNR of what it filled."""
    parts = [f"{count_in_words(cell.parameters)} parameters", f"iteration {cell.iteration:,}"]
    if cell.psnr is not None:
        parts.append(f"hole {cell.psnr:.2f} dB")
    return ", ".join(parts)


def count_in_words(count: int) -> str:
    """Return 59,491 as "59 k", 2,994,979 as "3.0 M"."""
    if count >= 1_000_000:
        return f"{count / 1e6:.1f} M"
    return f"{count / 1000:.0f} k" if count >= 10_000 else f"{count:,}"
