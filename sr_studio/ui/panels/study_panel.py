"""Study: experiments with untrained networks, on the open picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFrame,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from sr_studio.errors import SrStudioError
from sr_studio.imaging.pixel_source import BufferSource
from sr_studio.tasks._restore_pictures import ListPriorsRequest
from sr_studio.ui.canvas.compare_view import Pane
from sr_studio.ui.panels._spec import Panel, PanelSpec, Workplace
from sr_studio.ui.restore.restore_bar import RestoreBar
from sr_studio.ui.section import Section, panel_title
from sr_studio.ui.study.network_study import NetworkStudy
from sr_studio.ui.study.resistance_study import ResistanceStudy

if TYPE_CHECKING:
    from sr_studio.tasks._network_grid import GridFiles
    from sr_studio.ui.job_desk import TrackedJob
    from sr_studio.ui.study.experiment import Experiment
    from sr_studio.ui.study.loss_board import LossBoard

_ID = "study"
_CHOICE_ID = "study-choice"


class StudyPanel(Panel):
    """Runs one of several experiments and shows what comes of it while it runs."""

    def __init__(self, place: Workplace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settingsPanel")
        self._place = place
        self._is_active = False
        self._has_networks = False
        self.job: TrackedJob | None = None
        self.board: LossBoard | None = None
        self.resistance, self.networks = ResistanceStudy(), NetworkStudy()
        self._experiments: tuple[Experiment, ...] = (self.resistance, self.networks)
        self.choice = QComboBox()
        self.choice.setAccessibleName(self.tr("Experiment"))
        for experiment in self._experiments:
            self.choice.addItem(experiment.title, experiment.form_id)
        self.bar = RestoreBar()
        self.bar.finish_button.setText(self.tr("Stop here"))
        self.bar.use_button.setToolTip(self.tr("Write the sheet and each picture into a folder"))
        self._lay_out()
        for experiment in self._experiments:
            experiment.set_values(place.settings.form(experiment.form_id))
        kept = place.settings.form(_CHOICE_ID).get("experiment")
        self.choice.setCurrentIndex(max(self.choice.findData(kept), 0))
        self._wire()
        self._on_choice()

    @property
    def experiment(self) -> Experiment:
        """The one that is chosen."""
        return self._experiments[max(self.choice.currentIndex(), 0)]

    @property
    @override
    def is_busy(self) -> bool:
        return self.job is not None and not self.job.has_ended

    @override
    def activate(self) -> None:
        self._is_active = True
        if self.board is None:  # its curves need a library that few others do
            from sr_studio.ui.study.loss_board import LossBoard

            self.board = LossBoard(self._place.theme, self)
            self.board.hide()
        if not self._has_networks:
            self._has_networks = True
            job = self._place.desk.start(
                ListPriorsRequest(), title=self.tr("List networks"), on="files", is_listed=False
            )
            job.succeeded.connect(self._on_networks)
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
        experiment = self.experiment
        try:
            request = experiment.request(document.source)
        except SrStudioError as error:
            self._place.messages.tell("warning", error.message, error.advice)
            return
        self._place.messages.clear()
        self._place.settings.keep_form(experiment.form_id, experiment.values())
        experiment.take(None)
        self.job = self._place.desk.start(
            request, title=experiment.title, on="training", can_finish=True, is_watched=True
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
        section = Section(self.tr("Experiment"))
        section.add(self.choice)
        for experiment in self._experiments:
            section.add(experiment)
        page = QWidget()
        page.setObjectName("settingsPage")
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
        self.choice.currentIndexChanged.connect(self._on_choice)
        self.bar.start_wanted.connect(self.run_current)
        self.bar.finish_wanted.connect(self._finish)
        self.bar.pause_wanted.connect(self._toggle_pause)
        self.bar.cancel_wanted.connect(self.cancel)
        self.bar.use_wanted.connect(self._save)

    def _refresh(self) -> None:
        if not self._is_active or self.board is None:
            return
        self._place.middle.set_board(self.board)
        self.board.setVisible(self.experiment.has_result)
        self.board.show_losses(self.experiment.curves())
        panes = self.experiment.panes()
        document = self._place.documents.current
        if not panes and document is not None and document.source is not None:
            panes = (Pane(self.tr("Picture"), BufferSource(document.source)),)
        self._place.view.set_panes(panes)
        self._place.middle.refresh()

    @Slot(object)
    def _on_networks(self, networks: tuple[tuple[str, str], ...]) -> None:
        self.networks.set_networks(networks)

    @Slot()
    def _on_choice(self) -> None:
        self._place.settings.keep_form(_CHOICE_ID, {"experiment": self.choice.currentData()})
        for experiment in self._experiments:
            experiment.setVisible(experiment is self.experiment)
        self._refresh()
        self._on_shown()

    @Slot()
    def _on_shown(self) -> None:
        document = self._place.documents.current
        reason = self.tr("Open a photo first.") if document is None else ""
        if self.is_busy:
            return
        self.bar.allow_start(reason, goes_on=False)
        self.bar.start_button.setText(self.tr("Start"))
        can_save = self.experiment.saving(Path()) is not None
        self.bar.show_idle(self.experiment.words(), can_use=can_save)
        if not self.experiment.has_result:
            self._refresh()

    @Slot()
    def _on_changed(self) -> None:
        self._lock(is_locked=self.is_busy)
        if self.job is not None and self.is_busy:
            self.bar.show_progress(self.job)
        self.busy_changed.emit()

    @Slot(object)
    def _on_found(self, found: object) -> None:
        self.experiment.take(found)
        self._refresh()

    @Slot()
    def _on_ended(self) -> None:
        self._lock(is_locked=False)
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

    @Slot()
    def _save(self) -> None:
        document = self._place.documents.current
        path = None if document is None else document.path
        start = Path.home() if path is None else path.parent
        chosen = QFileDialog.getExistingDirectory(self, self.tr("Save into"), str(start))
        if not chosen:
            return
        stem = "photo" if path is None else path.stem
        request = self.experiment.saving(Path(chosen) / f"{stem}-networks")
        if request is not None:
            job = self._place.desk.start(request, title=self.tr("Save the grid"), on="files")
            job.succeeded.connect(self._on_saved)

    @Slot(object)
    def _on_saved(self, files: GridFiles) -> None:
        words = self.tr("%1 pictures and their sheet saved in %2")
        words = words.replace("%1", str(len(files.pictures)))
        self._place.messages.tell("info", words.replace("%2", str(files.sheet.parent)), "")

    def _lock(self, *, is_locked: bool) -> None:
        self.choice.setEnabled(not is_locked)
        self.experiment.setEnabled(not is_locked)


PANEL = PanelSpec(
    id=_ID,
    title="Study",
    icon="mdi6.chart-line",
    order=80,
    run_words=("Start the study", ""),
    build=StudyPanel,
)
