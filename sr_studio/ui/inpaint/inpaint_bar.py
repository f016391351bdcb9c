"""The foot of the Inpaint panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton
from typing_extensions import override

from sr_studio.ui.inpaint.fill_choice import FillChoice
from sr_studio.ui.restore.restore_bar import RestoreBar

if TYPE_CHECKING:
    from sr_studio.ui.job_desk import TrackedJob


class InpaintBar(RestoreBar):
    """The bar of a long run, in the words of a filling; it can fill by every method.

    Signals:
        compare_wanted: fill by every method.
    """

    compare_wanted = Signal()

    def __init__(self) -> None:
        # before the rest, which says at once that nothing runs
        self.compare_button = QPushButton(self.tr("Compare methods"))
        self.choice = FillChoice()
        super().__init__()
        self.finish_button.setText(self.tr("Stop and keep this"))
        self.cancel_button.setToolTip(self.tr("Esc: the picture stays as it was"))
        self.column.insertWidget(0, self.choice)
        self.column.addWidget(self.compare_button)
        self.compare_button.clicked.connect(self.compare_wanted)

    @override
    def allow_start(self, reason: str, *, goes_on: bool) -> None:
        super().allow_start(reason, goes_on=goes_on)
        self.start_button.setText(self.tr("Fill"))
        self.compare_button.setEnabled(not reason)
        self.compare_button.setToolTip(reason or self.tr("Fills by every method, side by side"))

    @override
    def show_idle(
        self, words: str, *, can_use: bool, is_poor: bool = False, is_problem: bool = False
    ) -> None:
        super().show_idle(words, can_use=can_use, is_poor=is_poor, is_problem=is_problem)
        self.start_button.setHidden(self.choice.has_parts)  # first that is to be answered
        self.compare_button.setHidden(self.choice.has_parts)

    @override
    def show_progress(self, job: TrackedJob, left_s: float | None = None) -> None:
        super().show_progress(job, left_s)
        self.compare_button.hide()
