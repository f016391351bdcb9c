"""What a training remembers of its course, for viewers and for TensorBoard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

_MOST_POINTS = 1000


class LossHistory:
    """The mean loss over equal stretches of steps, at most a thousand of them.

    When there are too many, neighbours are joined and the stretches are twice as long.
    """

    def __init__(self, state: Mapping[str, Any] | None = None) -> None:
        self._stretch: int = 1 if state is None else state["stretch"]
        self._points: list[tuple[int, float]] = [] if state is None else list(state["points"])
        self._open: list[float] = [] if state is None else list(state["open"])

    def add(self, step: int, loss: float) -> None:
        self._open.append(loss)
        if len(self._open) < self._stretch:
            return
        self._points.append((step, sum(self._open) / len(self._open)))
        self._open = []
        if len(self._points) == _MOST_POINTS:
            firsts, seconds = self._points[::2], self._points[1::2]
            self._points = [
                (step, (before + loss) / 2)
                for (_, before), (step, loss) in zip(firsts, seconds, strict=True)
            ]
            self._stretch *= 2

    def points(self) -> NDArray[np.float32]:
        """Return (N, 2) of step and loss, read-only."""
        return frozen_points(self._points)

    def state(self) -> dict[str, Any]:
        return {"stretch": self._stretch, "points": list(self._points), "open": list(self._open)}


def frozen_points(points: list[tuple[int, float]]) -> NDArray[np.float32]:
    """Return (N, 2), read-only."""
    array = np.array(points, np.float32).reshape(-1, 2)
    array.flags.writeable = False
    return array


class TensorBoardLog:
    """Writes scalars and the validation picture to a folder that TensorBoard reads.

    Args:
        folder: of the events; of an earlier run, what came after `first` is hidden.
        first: step from which is written.
    """

    def __init__(self, folder: Path, first: int) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(folder), purge_step=first)

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def picture(self, step: int, pixels: NDArray[np.uint8]) -> None:
        """Show (H, W, 3)."""
        self._writer.add_image("validation", pixels, step, dataformats="HWC")
        self._writer.flush()

    def close(self) -> None:
        self._writer.close()


def is_tensorboard_there() -> bool:
    """Whether the package that writes its files is installed."""
    from importlib.util import find_spec

    return find_spec("tensorboard") is not None
