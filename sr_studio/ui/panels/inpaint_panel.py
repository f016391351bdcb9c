"""Inpaint: brush over what should go, and fill it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget
from typing_extensions import override

from sr_studio.editing import mask_operations
from sr_studio.imaging.pixel_source import BufferSource, PixelSource
from sr_studio.tasks._inpaint_pictures import InpaintPictureRequest
from sr_studio.tasks.mask import FindMaskRequest
from sr_studio.ui.canvas.compare_view import Pane
from sr_studio.ui.canvas.mask_tool import MaskTool
from sr_studio.ui.canvas_note import canvas_note
from sr_studio.ui.documents import Outcome
from sr_studio.ui.inpaint.inpaint_bar import InpaintBar
from sr_studio.ui.inpaint.inpaint_form import InpaintForm
from sr_studio.ui.inpaint.inpaint_session import InpaintSession
from sr_studio.ui.inpaint.mask_files import ReadMaskRequest, WriteMaskRequest
from sr_studio.ui.inpaint.mask_keys import MaskKeys
from sr_studio.ui.panels._spec import Panel, PanelSpec, Workplace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sr_studio.editing.mask_layer import MaskPatch
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.imaging.region import Region
    from sr_studio.jobs.runner import Request
    from sr_studio.tasks._inpaint_pictures import Inpainted
    from sr_studio.ui.canvas.mask_tool import ToolKind
    from sr_studio.ui.documents import PictureDocument
    from sr_studio.ui.job_desk import TrackedJob

_ID = "inpaint"


class InpaintPanel(Panel):
    """Ties the mask's tool, the form, the history and the filling together."""

    def __init__(self, place: Workplace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settingsPanel")
        self._place = place
        self._is_active = False
        self._sessions: dict[int, InpaintSession] = {}
        self._sources: dict[int, PixelSource] = {}
        self._filling: PictureDocument | None = None
        self.job: TrackedJob | None = None
        self.tool = MaskTool(self)
        self.form = InpaintForm(self.tool)
        self.bar = InpaintBar()
        self.keys = MaskKeys(place.view, self.tool, self.form.controls, self.form.look)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.form, 1)
        outer.addWidget(self.bar)
        self._wire()
        self.form.restore(place.settings.form(_ID))
        self._refresh()

    @property
    def session(self) -> InpaintSession | None:
        """Of the picture that is shown; None while it is not read."""
        document = self._place.documents.current
        if document is None or document.source is None:
            return None
        session = self._sessions.get(document.id)
        if session is None or session.source.pixels.shape != document.source.pixels.shape:
            session = self._sessions[document.id] = InpaintSession(document.source)
        return session

    @property
    @override
    def is_busy(self) -> bool:
        return self.job is not None and not self.job.has_ended

    @property
    @override
    def undo_text(self) -> str:
        return "" if self.session is None or self.is_busy else self.session.history.undo_text

    @property
    @override
    def redo_text(self) -> str:
        return "" if self.session is None or self.is_busy else self.session.history.redo_text

    @override
    def activate(self) -> None:
        self._is_active = self.keys.is_active = True
        self._place.view.set_tool(self.tool)
        self._refresh()

    @override
    def deactivate(self) -> None:
        self.tool.abandon()
        self._is_active = self.keys.is_active = False
        self._place.view.set_tool(None)

    @override
    def run_current(self) -> None:
        document, session = self._place.documents.current, self.session
        if self.is_busy:
            return
        if document is None or session is None:
            self._place.messages.tell("info", self.tr("Open a photo first."), "")
            return
        self.tool.abandon()
        settings = self.form.settings()
        self._filling = document
        self._start(
            InpaintPictureRequest(session.image, session.layer.snapshot(), settings),
            self.tr("Fill %1").replace("%1", document.title),
        ).succeeded.connect(self._on_filled)

    @override
    def cancel(self) -> None:
        if self.job is not None:
            self.job.cancel()

    @override
    def abandon(self) -> bool:
        return self.tool.abandon()

    @override
    def undo(self) -> None:
        session = self.session
        if session is not None and not self.is_busy and not self.tool.abandon():
            self._after_history(session, session.history.undo())

    @override
    def redo(self) -> None:
        session = self.session
        if session is not None and not self.is_busy:
            self._after_history(session, session.history.redo())

    def _wire(self) -> None:
        documents, form = self._place.documents, self.form
        self._place.view.installEventFilter(self.keys)
        self.tool.repaint.connect(self._place.view.update_region)
        self.tool.edited.connect(self._on_edited)
        form.look.changed.connect(self._on_look)
        form.changed.connect(self._on_form)
        form.controls.operation_wanted.connect(self._on_operation)
        form.finding.find_wanted.connect(self._find)
        form.finding.load_wanted.connect(self._load)
        form.finding.save_wanted.connect(self._save)
        self.bar.start_wanted.connect(self.run_current)
        self.bar.finish_wanted.connect(self._finish)
        self.bar.pause_wanted.connect(self._pause)
        self.bar.cancel_wanted.connect(self.cancel)
        self.bar.use_wanted.connect(self.save_wanted)
        documents.current_changed.connect(self._refresh)
        documents.changed.connect(self._on_document)
        documents.removed.connect(self._on_removed)

    def _start(self, request: Request, title: str) -> TrackedJob:
        self._place.messages.clear()
        self.job = self._place.desk.start(request, title=title, can_finish=True, is_watched=True)
        self.job.changed.connect(self._on_job)
        self.job.ended.connect(self._on_ended)
        self._on_job()
        return self.job

    @Slot()
    def _refresh(self) -> None:
        """Show the picture as it is, before it the original, and the mask over both."""
        session = self.session
        if session is None:
            self.tool.set_layer(None, None)
        if not self._is_active:
            return
        if session is None:
            self._place.view.set_placeholder(canvas_note(self.tr("Open a photo to inpaint it.")))
            self._place.view.set_panes((), keep_view=False)
        else:
            self.tool.set_layer(session.layer, session.image.pixels)
            panes = [Pane(self.tr("Original"), self._source(session.source))]
            if session.fills:
                panes.append(Pane(self.tr("Filled"), self._source(session.image)))
            self._place.view.set_panes(panes)
        self._place.middle.refresh()
        self._on_form()

    def _source(self, image: ImageBuffer) -> PixelSource:
        """Return a picture for the canvas; that of the last few is kept, for its pyramid took time."""
        key = id(image)
        if key not in self._sources:
            self._sources = dict(list(self._sources.items())[-3:])
            self._sources[key] = BufferSource(image)
        return self._sources[key]

    def _after_history(self, session: InpaintSession, region: Region | None) -> None:
        if region is not None:
            self.tool.show_change(region)
            self._tell_outcome(session)
            self._refresh()

    def _tell_outcome(self, session: InpaintSession) -> None:
        """Let the picture as it is now be what is saved."""
        document = next(
            (d for d in self._place.documents if self._sessions.get(d.id) is session), None
        )
        if document is None:
            return
        methods = ", ".join(dict.fromkeys(session.fills))
        if not session.fills:
            self._place.documents.clear_outcome(document)
        elif document.outcome is None or document.outcome.image is not session.image:
            words = f"Filled by SR Studio: {methods}"
            self._place.documents.set_outcome(
                document,
                Outcome(session.image, session.source, "inpainted", 1.0, words, None, None),
            )

    @Slot(object)
    def _on_document(self, document: PictureDocument) -> None:
        if document is self._place.documents.current and not self.is_busy:
            self._refresh()

    @Slot(int)
    def _on_removed(self, _index: int) -> None:
        known = {document.id for document in self._place.documents}
        self._sessions = {id_: each for id_, each in self._sessions.items() if id_ in known}
        if self._filling is not None and self._filling not in self._place.documents:
            self.cancel()

    @Slot(object, str)
    def _on_edited(self, patch: MaskPatch, kind: ToolKind) -> None:
        if self.session is not None:
            self.session.edit_mask(patch, self.form.controls.title_of(kind))
        self._on_form()

    @Slot(str, int)
    def _on_operation(self, name: str, px: int) -> None:
        session = self.session
        if session is None or self.is_busy:
            return
        self.tool.abandon()
        coverage = session.layer.coverage
        match name:
            case "grow":
                changed = mask_operations.grow(coverage, px)
            case "shrink":
                changed = mask_operations.shrink(coverage, px)
            case "feather":
                changed = mask_operations.feather(coverage, px)
            case "invert":
                changed = mask_operations.invert(coverage)
            case _:
                changed = coverage * 0
        self._replace_mask(changed, name.capitalize())

    def _replace_mask(self, coverage: NDArray[np.uint8], text: str) -> None:
        if self.session is not None:
            region = self.session.replace_mask(coverage, text)
            if region is not None:
                self.tool.show_change(region)
            self._on_form()

    @Slot()
    def _find(self) -> None:
        session, finding = self.session, self.form.finding
        if session is None or self.is_busy:
            return
        kind, sensitivity = finding.kind_box.currentData(), finding.sensitivity.value() / 100
        self._filling = self._place.documents.current
        self._start(
            FindMaskRequest(session.image, kind, sensitivity), finding.kind_box.currentText()
        ).succeeded.connect(self._on_found)

    @Slot(object)
    def _on_found(self, found: NDArray[np.uint8]) -> None:
        session = self.session
        if session is None or self._place.documents.current is not self._filling:
            return
        if not found.any():
            self._place.messages.tell(
                "info", self.tr("Nothing was found."), self.tr("Raise the sensitivity.")
            )
        coverage = session.layer.coverage
        self._replace_mask(mask_operations.join(coverage, found), self.tr("Found mask"))

    @Slot()
    def _load(self) -> None:
        session = self.session
        if session is None or self.is_busy:
            return
        name, _ = QFileDialog.getOpenFileName(
            self, self.tr("Load a mask"), "", "(*.png *.tif *.tiff *.webp *.bmp *.jpg)"
        )
        if name:
            self._filling = self._place.documents.current
            request = ReadMaskRequest(Path(name), session.layer.width, session.layer.height)
            self._start(request, self.tr("Load a mask")).succeeded.connect(self._on_found)

    @Slot()
    def _save(self) -> None:
        session = self.session
        if session is None:
            return
        name, _ = QFileDialog.getSaveFileName(self, self.tr("Save the mask"), "mask.png", "(*.png)")
        if name:
            path = Path(name) if Path(name).suffix else Path(name).with_suffix(".png")
            # the dialog asked about this very name
            request = WriteMaskRequest(session.layer.snapshot(), path, overwrite=path == Path(name))
            self._place.desk.start(request, title=self.tr("Save the mask"), on="files")

    @Slot(object)
    def _on_filled(self, made: Inpainted) -> None:
        session = None if self._filling is None else self._sessions.get(self._filling.id)
        if session is None or self._filling not in self._place.documents:
            return
        session.take_fill(made.image, made.region, made.method, self.tr("Fill"))
        if session is self.session:
            self.tool.show_change(made.region)
        self._tell_outcome(session)

    @Slot()
    def _on_job(self) -> None:
        if self.job is not None and self.is_busy:
            self.bar.show_progress(self.job)
        self.form.setEnabled(not self.is_busy)
        self.busy_changed.emit()

    @Slot()
    def _on_ended(self) -> None:
        self.form.setEnabled(True)
        self._refresh()
        self.busy_changed.emit()

    @Slot()
    def _on_form(self) -> None:
        self._place.settings.keep_form(_ID, self.form.stored())
        session = self.session
        reason = ""
        if session is None:
            reason = self.tr("Open a photo first.")
        elif session.layer.is_empty:
            reason = self.tr("Brush over what should go first.")
        self.bar.allow_start(reason, goes_on=False)
        if not self.is_busy:
            count = 0 if session is None else len(session.fills)
            words = self.tr("Rounds of filling: %1").replace("%1", str(count)) if count else ""
            self.bar.show_idle(words, can_use=count > 0)
        self.history_changed.emit()

    @Slot()
    def _on_look(self) -> None:
        self.tool.set_look(replace(self.form.look.look))
        self._place.settings.keep_form(_ID, self.form.stored())

    @Slot()
    def _finish(self) -> None:
        if self.job is not None:
            self.job.finish_early()
            self.bar.show_finishing()

    @Slot()
    def _pause(self) -> None:
        if self.job is not None:
            self.job.toggle_pause()


PANEL = PanelSpec(
    id=_ID,
    title="Inpaint",
    icon="mdi6.bandage",
    order=30,
    run_words=("Fill", ""),
    build=InpaintPanel,
)
