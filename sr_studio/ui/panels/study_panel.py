"""Study: the experiments behind Deep Image Prior, on the open picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from sr_studio.engines.prior.fits_compared import FitsCompared
from sr_studio.imaging.pixel_source import BufferSource
from sr_studio.ui.canvas.compare_view import Pane
from sr_studio.ui.panels._spec import Panel, PanelSpec, Workplace
from sr_studio.ui.restore.experiments import all_experiments, stored_values, take_stored
from sr_studio.ui.restore.restore_bar import RestoreBar
from sr_studio.ui.section import Section, panel_title

if TYPE_CHECKING:
    from sr_studio.ui.job_desk import TrackedJob
    from sr_studio.ui.restore.experiments import Experiment
    from sr_studio.ui.restore.fits_board import FitsBoard

_ID = "study"


class StudyPanel(Panel):
    """Runs one of several experiments and shows its fits side by side."""

    def __init__(self, place: Workplace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settingsPanel")
        self._place = place
        self._is_active = False
        self.job: TrackedJob | None = None
        self.found: FitsCompared | None = None
        self.board: FitsBoard | None = None
        self.experiments = all_experiments(self)
        self.choice = QComboBox()
        self.choice.setAccessibleName(self.tr("Experiment"))
        for each in self.experiments:
            self.choice.addItem(each.title)
        self._about = QLabel()
        self._about.setObjectName("dimText")
        self._about.setWordWrap(True)
        self._shown = self.experiment  # whose result is on the canvas
        self.bar = RestoreBar()
        self.bar.finish_button.setText(self.tr("Stop here"))
        self._lay_out()
        kept = place.settings.form(_ID)
        take_stored(self.experiments, kept)
        ids = [each.id for each in self.experiments]
        if kept.get("experiment") in ids:
            self.choice.setCurrentIndex(ids.index(str(kept["experiment"])))
        self._wire()
        self._on_choice()

    @property
    def experiment(self) -> Experiment:
        """The one that is chosen."""
        return self.experiments[self.choice.currentIndex()]

    @property
    @override
    def is_busy(self) -> bool:
        return self.job is not None and not self.job.has_ended

    @override
    def activate(self) -> None:
        self._is_active = True
        if self.board is None:  # its curves need a library that few others do
            from sr_studio.ui.restore.fits_board import FitsBoard

            self.board = FitsBoard(self._place.theme, self)
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
        self._place.settings.keep_form(_ID, stored_values(self.experiments, self.experiment))
        self.found = None
        self._shown = self.experiment
        self.job = self._place.desk.start(
            self.experiment.request(document.source),
            title=self.experiment.title,
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
        section = Section(self.tr("Experiment"))
        section.add(self.choice)
        section.add(self._about)
        for each in self.experiments:
            section.add(each.form)
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
        self.choice.currentIndexChanged.connect(self._on_choice)
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
            titles = self._shown.titles(self.found)
            self.board.show_fits(self.found, titles)
            panes = tuple(
                Pane(title, BufferSource(picture), caption)
                for title, picture, caption in zip(
                    titles, self.found.pictures, self._shown.captions(self.found), strict=True
                )
            )
        elif document is not None and document.source is not None:
            panes = (Pane(self.tr("Picture"), BufferSource(document.source)),)
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
    def _on_choice(self) -> None:
        self._about.setText(self.experiment.about)
        for each in self.experiments:
            each.form.setVisible(each is self.experiment)
        self._on_shown()

    def _lock(self, *, is_locked: bool) -> None:
        for part in (self.choice, *(each.form for each in self.experiments)):
            part.setEnabled(not is_locked)

    @Slot()
    def _on_changed(self) -> None:
        self._lock(is_locked=self.is_busy)
        if self.job is not None and self.is_busy:
            self.bar.show_progress(self.job)
        self.busy_changed.emit()

    @Slot(object)
    def _on_found(self, found: object) -> None:
        if isinstance(found, FitsCompared):
            self.found = found
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

    def _words(self) -> str:
        return "" if self.found is None else self._shown.words(self.found)


PANEL = PanelSpec(
    id=_ID,
    title="Study",
    icon="mdi6.chart-line",
    order=80,
    run_words=("Start the study", ""),
    build=StudyPanel,
)
