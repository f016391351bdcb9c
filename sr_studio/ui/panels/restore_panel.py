"""Restore: a network is fitted to one damaged picture, watched while it converges."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from typing_extensions import override

from sr_studio.errors import SrStudioError
from sr_studio.resource_files import data_folder
from sr_studio.tasks._restore_pictures import ListPriorsRequest
from sr_studio.tasks._restore_settings import RestoreSettings
from sr_studio.ui.panels._spec import Panel, PanelSpec, Workplace
from sr_studio.ui.restore.classical_result import ClassicalResult
from sr_studio.ui.restore.restore_bar import RestoreBar
from sr_studio.ui.restore.restore_cost import RestoreCostMeter
from sr_studio.ui.restore.restore_form import RestoreForm
from sr_studio.ui.restore.restore_panes import RestorePanes
from sr_studio.ui.restore.restore_run import (
    PinRequest,
    ReadMomentRequest,
    RestoreFiles,
    RestoreRun,
)

if TYPE_CHECKING:
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.tasks._restore_runs import RunDescription
    from sr_studio.ui.documents import PictureDocument
    from sr_studio.ui.read_pictures import ReadPicture
    from sr_studio.ui.restore.restore_board import RestoreBoard

_ID = "restore"
_MOMENTS_MS = 1000  # between two looks at which moments were kept


class RestorePanel(Panel):
    """Ties the form, the run and what is seen of it together."""

    def __init__(self, place: Workplace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settingsPanel")
        self._place = place
        self._is_active = False
        self._has_networks = False
        self._goes_on: Path | None = None
        self._shown: tuple[int, ImageBuffer] | None = None
        self.board: RestoreBoard | None = None
        self.form = RestoreForm()
        self.bar = RestoreBar()
        self.run = RestoreRun(place.desk, data_folder() / "restorations", self)
        self.cost = RestoreCostMeter(place.desk, self)
        self.classical = ClassicalResult(place.desk, self)
        self._panes = RestorePanes()
        self._clock = QTimer(self)
        self._clock.setInterval(_MOMENTS_MS)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.form, 1)
        outer.addWidget(self.bar)
        self.form.restore(place.settings.form(_ID))
        self._wire()
        self._on_form()

    @property
    @override
    def is_busy(self) -> bool:
        return self.run.is_busy

    @override
    def activate(self) -> None:
        self._is_active = True
        if self.board is None:  # its curves need a library that few others do
            from sr_studio.ui.restore.restore_board import RestoreBoard

            self.board = RestoreBoard(self._place.theme, self)  # until the middle takes it
            self.board.hide()
            self.board.moment_wanted.connect(self._on_moment_wanted)
            self.board.keep_wanted.connect(self._keep_moment)
            self.board.pin_wanted.connect(self._pin_moment)
        if not self._has_networks:
            self._has_networks = True
            job = self._place.desk.start(
                ListPriorsRequest(), title=self.tr("List networks"), on="files", is_listed=False
            )
            job.succeeded.connect(self._on_networks)
        self._refresh()
        self._offer_unfinished()

    @override
    def deactivate(self) -> None:
        self._is_active = False
        self.cost.stop()
        self._place.middle.set_board(None)

    @override
    def run_current(self) -> None:
        document = self._place.documents.current
        reason = self._why_not(document)
        if reason or document is None:
            self._place.messages.tell("warning", reason, "")
            return
        try:
            settings = self.form.settings()
        except SrStudioError as error:
            self._place.messages.tell("warning", error.message, error.advice)
            return
        self._place.messages.clear()
        self.cost.stop()
        self._shown = None
        folder, self._goes_on = self._goes_on, None
        files = RestoreFiles(self.form.mask_path, self.form.guide_path, self.form.truth_field.path)
        self.run.start(document, settings, files, folder=folder)
        if self.board is not None:
            self.board.set_moments(())
        self._clock.start()
        self._on_run()
        self._refresh()

    @override
    def cancel(self) -> None:
        if self.run.job is not None:
            self.run.job.cancel()

    def _wire(self) -> None:
        documents = self._place.documents
        documents.current_changed.connect(self._on_current)
        documents.changed.connect(self._on_document)
        documents.removed.connect(self._on_removed)
        self.form.changed.connect(self._on_form)
        self.form.dialled.connect(self._on_dialled)
        self.cost.measured.connect(self.form.cost.setText)
        self.run.changed.connect(self._on_run)
        self.run.previewed.connect(self._on_preview)
        self.run.read.connect(self._on_read)
        self.classical.changed.connect(self._refresh)
        self.run.ended.connect(self._on_ended)
        self._clock.timeout.connect(self._show_moments)
        self.bar.start_wanted.connect(self.run_current)
        self.bar.finish_wanted.connect(self._finish)
        self.bar.pause_wanted.connect(self.run.toggle_pause)
        self.bar.cancel_wanted.connect(self.cancel)
        self.bar.use_wanted.connect(self.save_wanted)

    def _why_not(self, document: PictureDocument | None) -> str:
        if self.run.is_busy:
            return self.tr("A restoration is running already.")
        if document is None:
            return self.tr("Open a photo first.")
        if document.dimensions is None:
            return self.tr("This picture is not read.")
        if self.form.task.currentData() == "flash" and self.form.guide_path is None:
            return self.tr("Name the flash picture first.")
        return ""

    @property
    def _is_of_shown(self) -> bool:
        """Whether the run is of the picture that is chosen in the film strip."""
        current = self._place.documents.current
        return current is not None and self.run.document is current

    def _refresh(self) -> None:
        """Show the run of the chosen picture, or the picture alone."""
        if not self._is_active or self.board is None:
            return
        document = self._place.documents.current
        has_run = self._is_of_shown and self.run.preview is not None
        self._place.middle.set_board(self.board if has_run else None, is_of_picture=True)
        self.board.setVisible(has_run)
        if document is None or document.source is None:
            self._place.view.set_placeholder(_note(self.tr("Open a photo to restore it.")))
            self._place.view.set_panes((), keep_view=False)
            return
        self._show_panes(document)
        if has_run and self.run.preview is not None:
            self.board.show_preview(
                self.run.preview, self.run.pace, has_truth=self.run.truth is not None
            )

    def _show_panes(self, document: PictureDocument) -> None:
        observed, restored, truth, caption = document.source, None, None, ""
        preview = self.run.preview
        if self._is_of_shown and preview is not None and self.run.observed is not None:
            observed, truth = self.run.observed, self.run.truth
            iteration, restored = self._shown or (preview.iteration, preview.image)
            caption = self.tr("iteration %1").replace("%1", f"{iteration:,}")
            psnr = preview.curves.psnr_at(iteration)
            caption += "" if psnr is None else f" · {psnr:.2f} dB"
        elif document.outcome is not None:
            observed, restored = document.outcome.observed, document.outcome.image
        if observed is not None:
            is_of_it = self.classical.image is observed
            classical = self.classical.result if is_of_it else None
            panes = self._panes.build(observed, restored, truth, classical, caption=caption)
            self._place.view.set_panes(panes)
            self._place.middle.refresh()

    @Slot(object)
    def _on_networks(self, networks: tuple[tuple[str, str], ...]) -> None:
        self.form.set_networks(networks)

    @Slot()
    def _on_current(self) -> None:
        self._shown = None
        if self.board is not None:
            self.board.show_now()
        self._refresh()
        self._on_form()

    @Slot(object)
    def _on_document(self, document: PictureDocument) -> None:
        if document is self._place.documents.current and document.state != "running":
            self._refresh()
            self._on_form()

    @Slot(int)
    def _on_removed(self, _index: int) -> None:
        running = self.run.document
        if self.run.is_busy and running not in self._place.documents:
            self.cancel()

    @Slot()
    def _on_form(self) -> None:
        document = self._place.documents.current
        self._place.settings.keep_form(_ID, self.form.stored())
        self.bar.allow_start(self._why_not(document), goes_on=self._goes_on is not None)
        if self.run.is_busy:
            return
        can_save = self._is_of_shown and document is not None and document.outcome is not None
        self.bar.show_idle(self._outcome() if self._is_of_shown else "", can_use=can_save)
        if self._is_active and document is not None and document.source is not None:
            try:
                self.cost.ask(document.source, self.form.settings())
            except SrStudioError as error:
                self.form.cost.setText(error.message)
        else:
            self.form.cost.setText("")

    @Slot()
    def _on_dialled(self) -> None:
        if self.run.is_busy:
            self.run.turn(self.form.settings())

    @Slot()
    def _on_run(self) -> None:
        job, document = self.run.job, self.run.document
        self.form.set_running(is_running=self.run.is_busy)
        if job is not None and not job.has_ended:
            self.bar.show_progress(job)
            if document is not None and document in self._place.documents:
                self._place.documents.set_running(document, job.fraction)
        self.busy_changed.emit()

    @Slot()
    def _on_read(self) -> None:
        """The picture is there: what needs no network can be made of it."""
        files, settings = self.run.files, self.run.settings
        if self.run.observed is not None and settings is not None:
            self.classical.make(self.run.observed, settings, files.mask, files.truth)
        self._refresh()

    @Slot()
    def _on_preview(self) -> None:
        if self._shown is None and self._is_of_shown:
            self._refresh()
        elif self._is_active and self.board is not None and self.run.preview is not None:
            self.board.show_preview(
                self.run.preview, self.run.pace, has_truth=self.run.truth is not None
            )

    @Slot()
    def _show_moments(self) -> None:
        if self.board is not None:
            self.board.set_moments(self.run.moments)

    @Slot()
    def _on_ended(self) -> None:
        self._clock.stop()
        self._show_moments()
        self.form.set_running(is_running=False)
        job, document, restored = self.run.job, self.run.document, self.run.restored
        documents = self._place.documents
        if document is not None and document in documents:
            if restored is not None:
                found = restored.restoration
                outcome = self.run.outcome(found.image, found.iteration)
                if outcome is not None:
                    documents.set_outcome(document, outcome)
            elif job is not None and job.error is not None:
                documents.set_failed(document, job.error)
            else:
                documents.set_stopped(document)
        if job is not None and job.state == "cancelled" and self.run.folder is not None:
            self.run.forget(self.run.folder)
        self._on_form()
        self._refresh()
        self.busy_changed.emit()

    @Slot()
    def _finish(self) -> None:
        if self.run.job is not None:
            self.run.job.finish_early()
            self.bar.show_finishing()

    @Slot(int)
    def _on_moment_wanted(self, iteration: int) -> None:
        folder, like = self.run.folder, self.run.observed
        if not iteration or folder is None or like is None:
            self._shown = None
            self._refresh()
            return
        job = self._place.desk.start(
            ReadMomentRequest(folder, iteration, like),
            title=self.tr("Read a moment"),
            on="files",
            supersedes="moment",
            is_listed=False,
        )
        job.succeeded.connect(self._on_moment)

    @Slot(object)
    def _on_moment(self, moment: tuple[int, ImageBuffer]) -> None:
        if self.board is not None and moment[0] == self.board.iteration:
            self._shown = moment
            self._refresh()

    def _moment_shown(self) -> tuple[int, ImageBuffer] | None:
        preview = self.run.preview
        return self._shown or (None if preview is None else (preview.iteration, preview.image))

    @Slot()
    def _keep_moment(self) -> None:
        moment, document = self._moment_shown(), self.run.document
        if moment is None or document is None or document not in self._place.documents:
            return
        outcome = self.run.outcome(moment[1], moment[0])
        if outcome is None:
            return
        if self.run.is_busy:
            self._finish()
            self.run.keep_instead(moment)
        else:
            self._place.documents.set_outcome(document, outcome)

    @Slot()
    def _pin_moment(self) -> None:
        moment, document = self._moment_shown(), self.run.document
        if moment is None or document is None:
            return
        title = self.tr("%1, iteration %2").replace("%1", document.title)
        job = self._place.desk.start(
            PinRequest(title.replace("%2", f"{moment[0]:,}"), moment[1]),
            title=self.tr("Pin a moment"),
            on="files",
            is_listed=False,
        )
        job.succeeded.connect(self._on_pinned)

    @Slot(object)
    def _on_pinned(self, pinned: tuple[str, ReadPicture]) -> None:
        title, read = pinned
        document = self._place.documents.add(title, None, read.image)
        size = read.image.width, read.image.height
        self._place.documents.set_thumbnail(document, read.thumbnail, size)

    def _outcome(self) -> str:
        """Say what came of the last run, "" where nothing did."""
        if self.run.restored is None:
            return ""
        found = self.run.restored.restoration
        words = {
            "variance": self.tr("Stopped by itself after %1 iterations; the best moment was %2."),
            "iterations": self.tr("All %1 iterations are done; this is moment %2."),
            "user": self.tr("Stopped after %1 iterations; this is moment %2."),
            "time": self.tr("The time was up after %1 iterations; this is moment %2."),
        }[found.stopped_by]
        words = words.replace("%1", f"{found.iterations:,}")
        words = words.replace("%2", f"{found.iteration:,}")
        return " ".join([words, *found.notes])

    def _offer_unfinished(self) -> None:
        """Say that a run was cut off, by a crash or by closing the program."""
        if self.run.is_busy or self._goes_on is not None:
            return
        runs = self.run.unfinished()
        there = next((run for run in runs if Path(run[1].source).is_file()), None)
        if there is None:
            return
        name = Path(there[1].source).name
        self._place.messages.tell(
            "info",
            self.tr("The restoration of %1 was cut off.").replace("%1", name),
            self.tr("It can go on where it was."),
            action=(self.tr("Go on"), partial(self._go_on, *there)),
        )

    def _go_on(self, folder: Path, description: RunDescription) -> None:
        source = Path(description.source)
        document = self._place.documents.find(source)
        if document is None:
            document = self._place.documents.add(source.name, source)
        self.form.show_settings(RestoreSettings(**description.settings))
        self.form.mask_field.set_path(Path(description.mask) if description.mask else None)
        self.form.guide_field.set_path(Path(description.guide) if description.guide else None)
        self._place.documents.show(document)
        self._goes_on = folder
        self._place.messages.clear()
        self.run.start(
            document,
            self.form.settings(),
            RestoreFiles(self.form.mask_path, self.form.guide_path, None),
            folder=folder,
        )
        self._goes_on = None
        self._clock.start()
        self._on_run()


def _note(words: str) -> QLabel:
    note = QLabel(words)
    note.setObjectName("dimText")
    note.setAlignment(Qt.AlignmentFlag.AlignCenter)
    note.setWordWrap(True)
    return note


PANEL = PanelSpec(
    id=_ID,
    title="Restore",
    icon="mdi6.image-auto-adjust",
    order=20,
    run_words=("Restore", ""),
    build=RestorePanel,
)
