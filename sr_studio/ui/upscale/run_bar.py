"""The foot of the settings: start, how far, stop, what the check says, save."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from sr_studio.ui.durations import duration_in_words

if TYPE_CHECKING:
    from sr_studio.engines.upscale_result import UpscaleReport
    from sr_studio.ui.upscale.upscale_runs import UpscaleRuns


class RunBar(QFrame):
    """Always in sight, whatever the height of the window.

    Args:
        check: what the check of the result says, above the buttons.

    Signals: run_wanted, run_all_wanted, cancel_wanted, save_wanted.
    """

    run_wanted = Signal()
    run_all_wanted = Signal()
    cancel_wanted = Signal()
    save_wanted = Signal()

    def __init__(self, check: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settingsFooter")
        self.run_button = QPushButton()
        self.run_button.setProperty("primary", "true")
        self.run_all_button = QPushButton()
        self.save_button = QPushButton(self.tr("Save…"))
        self.save_button.setToolTip("Ctrl+S")
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self.cancel_button.setToolTip("Esc")
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress"))
        self._words = QLabel()
        self._words.setObjectName("dimText")
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self.run_button.clicked.connect(self.run_wanted)
        self.run_all_button.clicked.connect(self.run_all_wanted)
        self.save_button.clicked.connect(self.save_wanted)
        self.cancel_button.clicked.connect(self.cancel_wanted)
        buttons = QGridLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.run_button, 0, 0, 1, 2)
        buttons.addWidget(self.cancel_button, 0, 0, 1, 2)
        buttons.addWidget(self.run_all_button, 1, 0)
        buttons.addWidget(self.save_button, 1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 14)
        layout.setSpacing(8)
        layout.addWidget(check)
        layout.addWidget(self._words)
        layout.addWidget(self._bar)
        layout.addLayout(buttons)
        self.name_work(removes_noise=False)
        self.allow_run("", is_done=False)
        self.show_idle()

    @property
    def words(self) -> str:
        return self._words.text()

    def name_work(self, *, removes_noise: bool) -> None:
        """Write on the buttons what the chosen network does."""
        self.run_button.setText(self.tr("Denoise") if removes_noise else self.tr("Upscale"))
        self.run_all_button.setText(
            self.tr("Denoise all") if removes_noise else self.tr("Upscale all")
        )

    def allow_run(self, reason: str, *, is_done: bool) -> None:
        """Let the run button be pressed, or say on it why not."""
        self.run_button.setEnabled(not reason and not is_done)
        done = self.tr("This is done: change a setting to enlarge the picture another way.")
        self.run_button.setToolTip(reason or (done if is_done else "Ctrl+Enter"))

    def show_idle(self, words: str = "") -> None:
        self._bar.hide()
        self._words.setText(words)
        self._words.setVisible(bool(words))
        self.cancel_button.hide()
        self.run_button.show()

    def show_done(self, report: UpscaleReport) -> None:
        self.show_idle(
            self.tr("Done in %1 · %2 · %3")
            .replace("%1", duration_in_words(report.seconds))
            .replace("%2", str(report.device))
            .replace("%3", str(report.precision))
        )

    def show_progress(self, runs: UpscaleRuns) -> None:
        job = runs.job
        if job is None:
            return
        parts = [f"{job.fraction * 100:.0f} %"]
        if runs.total > 1:
            which = self.tr("picture %1 of %2").replace("%1", str(runs.position))
            parts.insert(0, which.replace("%2", str(runs.total)))
        if job.eta_s is not None:
            parts.append(self.tr("%1 left").replace("%1", duration_in_words(job.eta_s)))
        if job.note:
            parts.append(job.note)
        self._words.setText(" · ".join(parts))
        self._words.setToolTip(self._words.text())
        self._words.show()
        self._bar.setValue(round(job.fraction * 1000))
        self._bar.show()
        had_focus = self.run_button.hasFocus()
        self.run_button.hide()
        self.cancel_button.show()
        if had_focus:
            self.cancel_button.setFocus()
