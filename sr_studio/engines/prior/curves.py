"""What is measured in each iteration of a fit, read back from the device in lots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from sr_studio.engines.prior.restoration import COLUMNS, Curves

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor


class CurveRecorder:
    """Collects rows on the device; `pull` brings what is new to the processor.

    Args:
        rows: of an earlier run, to go on from.
    """

    def __init__(self, rows: NDArray[np.float32] | None = None) -> None:
        self._pending: list[Tensor] = []
        self._lots = [np.empty((0, len(COLUMNS)), np.float32) if rows is None else rows]

    def add(self, loss: Tensor, variance: Tensor, psnr: Tensor, average_psnr: Tensor) -> None:
        """Add a row of scalars; nothing waits for the device."""
        self._pending.append(torch.stack([loss, variance, psnr, average_psnr]).float())

    def pull(self) -> NDArray[np.float32]:
        """Return the rows since the last pull; waits for the device."""
        if not self._pending:
            return self._lots[0][:0]
        fresh: NDArray[np.float32] = torch.stack(self._pending).cpu().numpy()
        self._pending.clear()
        self._lots.append(fresh)
        return fresh

    def curves(self, windows: int = 1) -> Curves:
        """Return all rows that were pulled; `windows` make an iteration."""
        values = np.concatenate(self._lots)
        self._lots = [values]
        values.flags.writeable = False
        return Curves(values, windows)
