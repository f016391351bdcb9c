"""The folder of a restoration: where it stands, and moments of it to go back to."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sr_studio.errors import CannotWrite, InvalidRequest, SrStudioError
from sr_studio.imaging.atomic_file import atomic_file
from sr_studio.tasks._restore_settings import RestoreSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sr_studio.engines.deep_image_prior import PriorMoment
    from sr_studio.imaging.image_buffer import ImageBuffer, Pixels

_SAME_SETTINGS = ("task", "quality", "network", "scale", "seed", "fit_input", "tile", "working_px")
_MOST_MOMENTS = 160
_MOST_BYTES = 1 << 30
_COST_SHARE = 0.01  # of the run's time that keeping moments may take


@dataclass(frozen=True, slots=True)
class RunDescription:
    """What a run is of, to know it again.

    Attributes:
        source: file of the picture; empty for one without.
        digest: of its pixels, hexadecimal.
        settings: as the user chose them.
        mask: file of the mask; empty where there is none.
        guide: file of the flash picture; empty where there is none.
        started: seconds since 1970.
        is_finished: whether it came to its end.
    """

    source: str
    digest: str
    settings: dict[str, Any]
    mask: str = ""
    guide: str = ""
    started: float = 0.0
    is_finished: bool = False


def describe_run(
    source: str,
    image: ImageBuffer,
    settings: RestoreSettings,
    mask: Path | None,
    guide: Path | None,
) -> RunDescription:
    """Describe a run that starts now.

    Args:
        source: file of the picture, or its title.
        image: the picture.
        settings: as the user chose them.
        mask: file of the mask.
        guide: file of the flash picture.
    """
    return RunDescription(
        source,
        image.digest().hex(),
        asdict(settings),
        mask="" if mask is None else str(mask),
        guide="" if guide is None else str(guide),
        started=time.time(),
    )


class RunFolder:
    """A folder with the checkpoint of a run and the moments that were kept of it.

    Everything is written whole or not at all, so that a kill at any time leaves a run that can go
    on. Moments are arrays in the picture's own depth, thinned as they become many: of each two
    neighbours one goes, so that they always cover the whole run evenly.

    Args:
        path: of the folder; made where it is missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._moments = path / "moments"
        self._moments.mkdir(parents=True, exist_ok=True)
        self._step = 1
        self._kept_s = 0.0
        self._cost_s = 0.0
        self.problem = ""
        """Why the last checkpoint could not be written."""
        self.to_pixels: Callable[[PriorMoment], Pixels] | None = None
        """Turns a moment into what is kept; set by whoever runs the fit."""
        kept = self.iterations()
        if len(kept) > 1:
            self._step = min(later - earlier for earlier, later in pairwise(kept))

    def describe(self, description: RunDescription) -> None:
        with atomic_file(self.path / "run.json", overwrite=True) as file:
            file.write_text(json.dumps(asdict(description), indent=1), "utf-8")

    def description(self) -> RunDescription | None:
        """Return what the run is of; None where that cannot be read."""
        try:
            return RunDescription(**json.loads((self.path / "run.json").read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def check(self, wanted: RunDescription) -> None:
        """Refuse to go on with a run of another picture or another network.

        Raises:
            InvalidRequest: one of such lies there.
        """
        known = self.description()
        if known is None:
            return
        if known.digest != wanted.digest:
            raise InvalidRequest(
                f"The run in {self.path} is of another picture.", advice="Choose another folder."
            )
        plain = asdict(RestoreSettings())  # a run from before a setting was there has its default
        settings = plain | known.settings
        if any(settings[name] != wanted.settings[name] for name in _SAME_SETTINGS):
            raise InvalidRequest(
                f"The run in {self.path} was started with other settings.",
                advice="Choose another folder, or the same task, quality, network, scale, working "
                "size and seed.",
            )

    def save_state(self, state: dict[str, Any]) -> None:
        """Write the checkpoint.

        A disk that is full costs the checkpoint, not the run: `problem` says so then.
        """
        from sr_studio.tasks._training_files import write_state

        try:
            write_state(self.path / "checkpoint.pt", state)
        except CannotWrite as error:
            self.problem = f"{error.message} The run could not be kept."
        else:
            self.problem = ""

    def load_state(self) -> dict[str, Any] | None:
        """Return the checkpoint, or None where there is none.

        Raises:
            SrStudioError: it cannot be read.
        """
        import pickle

        import torch

        file = self.path / "checkpoint.pt"
        if not file.exists():
            return None
        try:
            state: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
        except (OSError, pickle.UnpicklingError, RuntimeError, EOFError) as error:
            raise SrStudioError(
                f"The run in {self.path} cannot go on: its checkpoint cannot be read.",
                advice="Start a new one.",
            ) from error
        return state

    def is_due(self, iteration: int) -> bool:
        """Whether this iteration is kept: by the step, and only if that costs little time."""
        if iteration % self._step or iteration == 0:
            return False
        return time.monotonic() - self._kept_s >= self._cost_s / _COST_SHARE

    def keep(self, moment: PriorMoment) -> None:
        """Keep it; a disk that is full costs the moment, not the run."""
        import numpy as np

        if self.to_pixels is None:
            return
        started_s = time.monotonic()
        pixels = self.to_pixels(moment)
        with contextlib.suppress(SrStudioError):
            with (
                atomic_file(self._file(moment.iteration), overwrite=True) as file,
                file.open("wb") as stream,
            ):
                np.save(stream, pixels, allow_pickle=False)
            self._thin(pixels.nbytes)
        self._kept_s = time.monotonic()
        self._cost_s = self._kept_s - started_s

    def iterations(self) -> tuple[int, ...]:
        """Return those that were kept, in order."""
        files = self._moments.glob("*.npy")
        return tuple(sorted(int(file.stem) for file in files if file.stem.isdecimal()))

    def moment(self, iteration: int) -> Pixels:
        """Return (H, W, C) of a kept moment, read-only.

        Raises:
            SrStudioError: it cannot be read.
        """
        import numpy as np

        try:
            pixels: Pixels = np.load(self._file(iteration), allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise SrStudioError(
                f"The moment {iteration} cannot be read.", advice="Choose another."
            ) from error
        pixels.flags.writeable = False
        return pixels

    def _thin(self, moment_bytes: int) -> None:
        most = max(min(_MOST_MOMENTS, _MOST_BYTES // max(moment_bytes, 1)), 8)
        kept = self.iterations()
        while len(kept) > most:
            self._step *= 2
            for iteration in kept:
                if iteration % self._step:
                    self._file(iteration).unlink(missing_ok=True)
            kept = self.iterations()

    def _file(self, iteration: int) -> Path:
        return self._moments / f"{iteration:07d}.npy"
