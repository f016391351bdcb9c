"""Copies tiles to the device and back without making it wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor


class DeviceCopies:
    """Moves tiles between main memory and one device; on the CPU both ways cost nothing.

    On CUDA results travel from pinned memory's side on a stream of their own, so that the next
    tile computes meanwhile; uploads are small (the scale squared times) and stay in order.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream = (
            torch.cuda.Stream(device)  # type: ignore[no-untyped-call]  # torch leaves it untyped
            if device.type == "cuda"
            else None
        )

    def upload(self, tile: Tensor) -> Tensor:
        if self._stream is None:
            return tile.to(self._device)
        return tile.pin_memory().to(self._device, non_blocking=True)

    def download(self, tile: Tensor) -> Callable[[], Tensor]:
        """Start copying `tile` to main memory; call what is returned to wait for it."""
        if self._stream is None:
            return lambda: tile.cpu()
        self._stream.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(self._stream):
            target = torch.empty_strided(
                tile.shape, tile.stride(), dtype=tile.dtype, pin_memory=True
            )
            target.copy_(tile, non_blocking=True)
            arrived = torch.cuda.Event()  # type: ignore[no-untyped-call]  # the same
            arrived.record(self._stream)
        tile.record_stream(self._stream)  # its memory must outlive the copy

        def wait() -> Tensor:
            arrived.synchronize()
            return target

        return wait
