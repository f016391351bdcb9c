"""The picture that a training is measured on, as panes of the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.imaging.pixel_source import BufferSource
from sr_studio.ui.canvas.compare_view import Pane

if TYPE_CHECKING:
    from sr_studio.engines.training.preview import TrainingPreview
    from sr_studio.imaging.image_buffer import Pixels


def validation_panes(preview: TrainingPreview) -> tuple[Pane, ...]:
    """Return the baseline, the network as it was measured last, and the truth; those that there are."""
    psnr = ""
    if len(preview.psnrs):
        step, value = preview.psnrs[-1].tolist()
        psnr = _words("step %1: %2 dB").replace("%1", f"{step:,.0f}").replace("%2", f"{value:.2f}")
    held_against = "" if preview.baseline_psnr is None else f"{preview.baseline_psnr:.2f} dB"
    parts: tuple[tuple[str, Pixels | None, str], ...] = (
        (baseline_words(preview.baseline_name).capitalize(), preview.baseline, held_against),
        (_words("Network"), preview.restored, psnr),
        (_words("Ground truth"), preview.truth, ""),
    )
    return tuple(
        Pane(title, BufferSource(ImageBuffer(pixels)), caption)
        for title, pixels, caption in parts
        if pixels is not None
    )


def baseline_words(name: str) -> str:
    """Return what a network is held against in the words of the window."""
    return {"bicubic": _words("bicubic"), "gray": _words("gray")}.get(name, name)


def _words(text: str) -> str:
    return QCoreApplication.translate("ValidationPanes", text)
