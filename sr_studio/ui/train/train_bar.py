"""The foot of the training's settings: start, how far, stop, use what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from sr_studio.ui.durations import duration_in_words

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent

    from sr_studio.ui.job_desk import TrackedJob


class _CalmButton(QPushButton):
    """Takes no second press of a double click: the first was on the button that stood there."""

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()


class TrainBar(QFrame):
    """Always in sight, whatever the height of the window.

    Signals: start_wanted, finish_wanted, pause_wanted, cancel_wanted, use_wanted.
    """

    start_wanted = Signal()
    finish_wanted = Signal()
    pause_wanted = Signal()
    cancel_wanted = Signal()
    use_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settingsFooter")
        self.start_button = QPushButton(self.tr("Start training"))
        self.use_button = QPushButton(self.tr("Use it"))
        self.use_button.setToolTip(self.tr("Choose this network where it works"))
        self.finish_button = QPushButton(self.tr("Stop and keep the best"))
        self.pause_button = _CalmButton(self.tr("Pause"))
        self.cancel_button = _CalmButton(self.tr("Cancel"))
        self.cancel_button.setToolTip(
            self.tr("Esc: what was learned since it was last stored is lost")
        )
        self._is_running = False
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress"))
        self._words = QLabel()
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        for button, signal in (
            (self.start_button, self.start_wanted),
            (self.use_button, self.use_wanted),
            (self.finish_button, self.finish_wanted),
            (self.pause_button, self.pause_wanted),
            (self.cancel_button, self.cancel_wanted),
        ):
            button.clicked.connect(signal)
        self.finish_button.setProperty("primary", "true")
        pair = QHBoxLayout()
        pair.setSpacing(8)
        for button in (self.pause_button, self.cancel_button):
            pair.addWidget(button, 1)
        self.column = layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 14)
        layout.setSpacing(8)
        layout.addWidget(self._words)
        layout.addWidget(self._bar)
        for button in (self.use_button, self.finish_button, self.start_button):
            layout.addWidget(button)
        layout.addLayout(pair)
        self.show_idle("", can_use=False)

    @property
    def words(self) -> str:
        return self._words.text()

    def allow_start(self, reason: str, *, goes_on: bool) -> None:
        """Let the start button be pressed, or say on it why not."""
        self.start_button.setText(
            self.tr("Go on with it") if goes_on else self.tr("Start training")
        )
        self.start_button.setEnabled(not reason)
        self.start_button.setToolTip(reason or "Ctrl+Enter")

    def show_idle(
        self, words: str, *, can_use: bool, is_poor: bool = False, is_problem: bool = False
    ) -> None:
        """Nothing runs; `words` say what came of the last training, or what is wrong.

        Args:
            words: "" for none.
            can_use: there is a network to be used.
            is_poor: it is better without it, so that to use it is not the next step.
            is_problem: what `words` are about.
        """
        self._say(words, "lossText" if is_problem or (can_use and is_poor) else "dimText")
        self._bar.hide()
        had_focus = self._show_buttons(is_running=False, can_use=can_use)
        is_use_next = can_use and not is_poor
        _paint_primary(self.use_button, is_primary=is_use_next)
        # one button of the colour: what most users want next
        _paint_primary(self.start_button, is_primary=not is_use_next)
        if had_focus:
            (self.use_button if is_use_next else self.start_button).setFocus()

    def show_progress(self, job: TrackedJob, left_s: float | None = None) -> None:
        """A training runs; it says itself how long yet, once it has begun."""
        left_s = job.eta_s if left_s is None else left_s
        parts = [f"{job.fraction * 100:.0f} %"]
        if job.state == "queued":
            parts = [self.tr("waiting")]
        elif job.is_paused:
            parts.append(self.tr("paused"))
        elif left_s is not None:
            parts.append(self.tr("%1 left").replace("%1", duration_in_words(left_s)))
        self._say(" · ".join(parts), "dimText")
        self._words.setToolTip(job.note)
        self._bar.setValue(round(job.fraction * 1000))
        self._bar.show()
        self.pause_button.setText(self.tr("Continue") if job.is_paused else self.tr("Pause"))
        had_focus = self._show_buttons(is_running=True, can_use=False)
        if had_focus:
            self.pause_button.setFocus()

    def show_finishing(self) -> None:
        """The training was asked to stop: it does so after its step and a last measurement."""
        self.finish_button.setEnabled(False)
        self.pause_button.setEnabled(False)

    def _say(self, words: str, name: str) -> None:
        if self._words.objectName() != name:
            self._words.setObjectName(name)
            self._words.style().unpolish(self._words)
            self._words.style().polish(self._words)
        self._words.setText(words)
        self._words.setToolTip("")
        self._words.setVisible(bool(words))

    def _show_buttons(self, *, is_running: bool, can_use: bool) -> bool:
        """Return whether one of those that went had the focus."""
        shown = {
            self.start_button: not is_running,
            self.use_button: can_use,
            self.finish_button: is_running,
            self.pause_button: is_running,
            self.cancel_button: is_running,
        }
        had_focus = any(button.hasFocus() and not is_on for button, is_on in shown.items())
        for button, is_on in shown.items():
            button.setVisible(is_on)
        if is_running != self._is_running:
            self._is_running = is_running
            self.finish_button.setEnabled(True)
            self.pause_button.setEnabled(True)
        return had_focus


def _paint_primary(button: QPushButton, *, is_primary: bool) -> None:
    button.setProperty("primary", "true" if is_primary else "false")
    button.style().unpolish(button)
    button.style().polish(button)
