"""Study: the experiment behind Deep Image Prior, on the open picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from sr_studio.engines.prior.resistance import Resistance
from sr_studio.imaging.pixel_source import BufferSource
from sr_studio.tasks.resistance import ResistancePictureRequest, ResistanceSettings
from sr_studio.ui.canvas.compare_view import Pane
from sr_studio.ui.forms.request_form import RequestForm
from sr_studio.ui.panels._spec import Panel, PanelSpec, Workplace
from sr_studio.ui.restore.restore_bar import RestoreBar
from sr_studio.ui.section import Section, panel_title

if TYPE_CHECKING:
    from sr_studio.ui.job_desk import TrackedJob
    from sr_studio.ui.restore.resistance_board import ResistanceBoard

_ID = "study"


class StudyPanel(Panel):
    """Fits one network to a picture, to it with noise, to its shuffled pixels and to noise."""

    def __init__(self, place: Workplace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settingsPanel")
        self._place = place
        self._is_active = False
        self._names = (
            self.tr("Picture"),
            self.tr("With noise"),
            self.tr("Shuffled pixels"),
            self.tr("Noise alone"),
        )
        self.job: TrackedJob | None = None
        self.found: Resistance | None = None
        self.board: ResistanceBoard | None = None
        self.form = RequestForm(
            ResistanceSettings,
            ("edge", "iterations", "network", "seed", "device"),
            titles={"edge": self.tr("Reduce the picture to"), "network": self.tr("Network")},
        )
        self.bar = RestoreBar()
        self.bar.finish_button.setText(self.tr("Stop here"))
        self._lay_out()
        self.form.set_values(place.settings.form(_ID))
        self._wire()
        self._on_shown()

    @property
    @override
    def is_busy(self) -> bool:
        return self.job is not None and not self.job.has_ended

    @override
    def activate(self) -> None:
        self._is_active = True
        if self.board is None:  # its curves need a library that few others do
            from sr_studio.ui.restore.resistance_board import ResistanceBoard

            self.board = ResistanceBoard(self._place.theme, self._names, self)
            self.board.hide()
        self._refresh()
        self._on_shown()

    @override
    def deactivate(self) -> None:
        self._is_active = False
        self._place.middle.set_board(None)

    @override
    def run_current(self) -> None:
        document = self._place.documents.current
        if self.is_busy or document is None or document.source is None:
            self._place.messages.tell("info", self.tr("Open a photo first."), "")
            return
        self._place.messages.clear()
        self._place.settings.keep_form(_ID, self.form.values())
        self.found = None
        self.job = self._place.desk.start(
            ResistancePictureRequest(document.source, ResistanceSettings(**self.form.values())),
            title=self.tr("Resistance to noise"),
            on="training",
            can_finish=True,
            is_watched=True,
        )
        self.job.changed.connect(self._on_changed)
        self.job.preview.connect(self._on_found)
        self.job.succeeded.connect(self._on_found)
        self.job.ended.connect(self._on_ended)
        self._on_changed()

    @override
    def cancel(self) -> None:
        if self.job is not None:
            self.job.cancel()

    def _lay_out(self) -> None:
        about = QLabel(
            self.tr(
                "The same untrained network is fitted to the open picture, to the picture with "
                "noise, to its pixels in random order, and to noise alone. It learns the picture "
                "first: that resistance is what restores pictures."
            )
        )
        about.setObjectName("dimText")
        about.setWordWrap(True)
        section = Section(self.tr("Resistance to noise"))
        section.add(about)
        section.add(self.form)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(12)
        column.addWidget(panel_title(self.tr("Study")))
        column.addWidget(section)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidget(page)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(area, 1)
        outer.addWidget(self.bar)

    def _wire(self) -> None:
        self._place.documents.current_changed.connect(self._on_shown)
        self._place.documents.changed.connect(self._on_shown)
        self.bar.start_wanted.connect(self.run_current)
        self.bar.finish_wanted.connect(self._finish)
        self.bar.pause_wanted.connect(self._toggle_pause)
        self.bar.cancel_wanted.connect(self.cancel)

    def _refresh(self) -> None:
        if not self._is_active or self.board is None:
            return
        self._place.middle.set_board(self.board)
        self.board.setVisible(self.found is not None)
        panes: tuple[Pane, ...] = ()
        document = self._place.documents.current
        if self.found is not None:
            self.board.show_resistance(self.found)
            panes = tuple(
                Pane(name, BufferSource(picture), self.tr("loss %1").replace("%1", f"{loss:.4f}"))
                for name, picture, loss in zip(
                    self._names, self.found.pictures, self.found.losses[:, -1], strict=True
                )
            )
        elif document is not None and document.source is not None:
            panes = (Pane(self._names[0], BufferSource(document.source)),)
        self._place.view.set_panes(panes)
        self._place.middle.refresh()

    @Slot()
    def _on_shown(self) -> None:
        document = self._place.documents.current
        reason = self.tr("Open a photo first.") if document is None else ""
        if self.is_busy:
            return
        self.bar.allow_start(reason, goes_on=False)
        self.bar.start_button.setText(self.tr("Start"))
        self.bar.show_idle(self._words(), can_use=False)
        if self.found is None:
            self._refresh()

    @Slot()
    def _on_changed(self) -> None:
        self.form.setEnabled(not self.is_busy)
        if self.job is not None and self.is_busy:
            self.bar.show_progress(self.job)
        self.busy_changed.emit()

    @Slot(object)
    def _on_found(self, found: object) -> None:
        if isinstance(found, Resistance):
            self.found = found
            self._refresh()

    @Slot()
    def _on_ended(self) -> None:
        self.form.setEnabled(True)
        self._on_shown()
        self.busy_changed.emit()

    @Slot()
    def _finish(self) -> None:
        if self.job is not None:
            self.job.finish_early()
            self.bar.show_finishing()

    @Slot()
    def _toggle_pause(self) -> None:
        if self.job is not None:
            self.job.toggle_pause()

    def _words(self) -> str:
        if self.found is None:
            return ""
        losses = self.found.losses[:, -1]
        words = self.tr("After %1 iterations the picture's loss is %2, that of noise alone %3.")
        words = words.replace("%1", f"{self.found.losses.shape[1]:,}")
        return words.replace("%2", f"{losses[0]:.4f}").replace("%3", f"{losses[3]:.4f}")


PANEL = PanelSpec(
    id=_ID,
    title="Study",
    icon="mdi6.chart-line",
    order=80,
    run_words=("Start the study", ""),
    build=StudyPanel,
)
