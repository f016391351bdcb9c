"""The foot of the Colorize panel."""

from __future__ import annotations

from typing_extensions import override

from sr_studio.ui.restore.restore_bar import RestoreBar


class ColorizeBar(RestoreBar):
    """The bar of a run, in the words of colouring."""

    def __init__(self) -> None:
        super().__init__()
        self.cancel_button.setToolTip(self.tr("Esc: nothing is made"))

    @override
    def allow_start(self, reason: str, *, goes_on: bool) -> None:
        super().allow_start(reason, goes_on=goes_on)
        self.start_button.setText(self.tr("Colour in full size"))

    @override
    def _show_buttons(self, *, is_running: bool, can_use: bool) -> bool:
        had_focus = super()._show_buttons(is_running=is_running, can_use=can_use)
        self.finish_button.hide()  # half a picture in colour is of no use
        self.start_button.setHidden(is_running or can_use)  # it is made already
        return had_focus
