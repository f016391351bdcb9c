"""The foot of the restoration's settings."""

from __future__ import annotations

from typing_extensions import override

from sr_studio.ui.train.train_bar import TrainBar


class RestoreBar(TrainBar):
    """The bar of a long run, in the words of a restoration; "Use it" saves."""

    def __init__(self) -> None:
        super().__init__()
        self.use_button.setText(self.tr("Save…"))
        self.use_button.setToolTip("Ctrl+S")
        self.finish_button.setText(self.tr("Stop and keep this moment"))
        self.cancel_button.setToolTip(self.tr("Esc: the run is discarded"))
        self.allow_start("", goes_on=False)

    @override
    def allow_start(self, reason: str, *, goes_on: bool) -> None:
        super().allow_start(reason, goes_on=goes_on)
        self.start_button.setText(self.tr("Go on with it") if goes_on else self.tr("Restore"))
