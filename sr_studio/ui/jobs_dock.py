"""The jobs at the bottom of the window: what runs, how far it is, and a way to stop it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDockWidget,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from sr_studio.errors import SrStudioError
from sr_studio.ui.durations import duration_in_words
from sr_studio.ui.icons import set_icon
from sr_studio.ui.job_desk import JobDesk, TrackedJob

_ENDED_KEPT = 30


class JobRow(QFrame):
    """One job. Signals: closed, the user wants the row of an ended job gone."""

    closed = Signal()

    def __init__(self, job: TrackedJob, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("jobRow")
        self.job = job
        self._title = QLabel(job.title)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setMinimumWidth(220)
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress of %1").replace("%1", job.title))
        self._words = QLabel()
        self._words.setObjectName("dimText")
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setMinimumWidth(280)
        self._finish = _flat_button("mdi6.check")
        self._finish.setToolTip(self.tr("Finish now and keep the best so far"))
        self._finish.setAccessibleName(f"{self._finish.toolTip()}: {job.title}")
        self._finish.clicked.connect(self._on_finish)
        self._button = _flat_button("mdi6.close")
        self._button.clicked.connect(self._on_button)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 8, 4)
        row.setSpacing(14)
        row.addWidget(self._title)
        row.addWidget(self._bar, 1)
        row.addWidget(self._words)
        row.addWidget(self._finish)
        row.addWidget(self._button)
        job.changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        job = self.job
        self._bar.setValue(round(job.fraction * 1000))
        self._bar.setVisible(not job.has_ended)
        self._words.setText(self._sentence())
        self._words.setToolTip(self._words.text())
        self._finish.setVisible(job.can_finish and job.state == "running")
        cancel = self.tr("Cancel and discard") if job.can_finish else self.tr("Cancel")
        verb = self.tr("Remove from the list") if job.has_ended else cancel
        self._button.setToolTip(verb)
        self._button.setAccessibleName(f"{verb}: {job.title}")

    def _sentence(self) -> str:
        job = self.job
        match job.state:
            case "queued":
                return self.tr("waiting")
            case "running":
                parts = [f"{job.fraction:.0%}".replace("%", " %")]
                if job.is_paused:
                    return " · ".join([*parts, self.tr("paused")])
                if job.eta_s is not None:
                    left = self.tr("%1 left").replace("%1", duration_in_words(job.eta_s))
                    parts.append(left)
                return " · ".join([*parts, job.note] if job.note else parts)
            case "done":
                return self.tr("done in %1").replace("%1", duration_in_words(job.seconds))
            case "cancelled":
                return self.tr("cancelled")
        if isinstance(job.error, SrStudioError):
            return self.tr("failed: %1").replace("%1", job.error.message)
        return self.tr("failed")

    @Slot()
    def _on_finish(self) -> None:
        self._finish.setEnabled(False)
        self.job.finish_early()

    @Slot()
    def _on_button(self) -> None:
        if self.job.has_ended:
            self.closed.emit()
        else:
            self.job.cancel()


class JobsDock(QDockWidget):
    """Lists the jobs of this run, newest first."""

    def __init__(self, desk: JobDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Jobs"))
        self.setObjectName("jobsDock")
        self.setAccessibleName(self.tr("Jobs"))
        self.setFeatures(
            QDockWidget.DockWidgetFeature.DockWidgetClosable
            | QDockWidget.DockWidgetFeature.DockWidgetMovable
        )
        page = QWidget()
        page.setObjectName("settingsPage")
        self._rows = QVBoxLayout(page)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        self._empty = QLabel(self.tr("Nothing runs. Jobs appear here while they work."))
        self._empty.setObjectName("dimText")
        self._empty.setContentsMargins(12, 8, 8, 8)
        self._rows.addWidget(self._empty)
        self._rows.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(page)
        scroll.setMinimumHeight(64)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(scroll)
        desk.added.connect(self._on_added)

    def rows(self) -> list[JobRow]:
        found = (self._rows.itemAt(index) for index in range(self._rows.count()))
        widgets = (item.widget() for item in found if item is not None)
        return [widget for widget in widgets if isinstance(widget, JobRow)]

    @Slot(TrackedJob)
    def _on_added(self, job: TrackedJob) -> None:
        if not job.is_listed:
            return
        row = JobRow(job)
        row.closed.connect(self._on_closed)
        self._rows.insertWidget(0, row)
        ended = [old for old in self.rows() if old.job.has_ended]
        for old in ended[_ENDED_KEPT:]:
            self._drop(old)
        self._empty.setVisible(False)
        if job.can_finish and not job.is_watched:  # it takes long, and here is how it is finished
            self.show()

    @Slot()
    def _on_closed(self) -> None:
        row = self.sender()
        if isinstance(row, JobRow):
            self._drop(row)

    def _drop(self, row: JobRow) -> None:
        self._rows.removeWidget(row)
        row.job.deleteLater()
        row.deleteLater()
        self._empty.setVisible(not self.rows())


def _flat_button(icon: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName("flat")
    set_icon(button, icon)
    return button
