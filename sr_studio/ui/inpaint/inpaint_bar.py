"""The foot of the Inpaint panel."""

from __future__ import annotations

from typing_extensions import override

from sr_studio.ui.restore.restore_bar import RestoreBar


class InpaintBar(RestoreBar):
    """The bar of a long run, in the words of a filling."""

    def __init__(self) -> None:
        super().__init__()
        self.finish_button.setText(self.tr("Stop and keep this"))
        self.cancel_button.setToolTip(self.tr("Esc: the picture stays as it was"))

    @override
    def allow_start(self, reason: str, *, goes_on: bool) -> None:
        super().allow_start(reason, goes_on=goes_on)
        self.start_button.setText(self.tr("Fill"))
