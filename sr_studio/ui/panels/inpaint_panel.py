"""Inpaint: brush over what should go, and fill it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from sr_studio.tasks._inpaint_pictures import InpaintPartsRequest, InpaintPictureRequest
from sr_studio.ui.canvas.mask_tool import MaskTool
from sr_studio.ui.documents import Outcome
from sr_studio.ui.inpaint.fill_preview import FillPreview
from sr_studio.ui.inpaint.inpaint_bar import InpaintBar
from sr_studio.ui.inpaint.inpaint_board import InpaintBoard
from sr_studio.ui.inpaint.inpaint_form import InpaintForm
from sr_studio.ui.inpaint.inpaint_sessions import InpaintSessions
from sr_studio.ui.inpaint.mask_commands import MaskCommands
from sr_studio.ui.inpaint.mask_keys import MaskKeys
from sr_studio.ui.panels._spec import Panel, PanelSpec, Workplace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sr_studio.editing.mask_layer import MaskPatch
    from sr_studio.engines.inpainting.fill import FilledPart
    from sr_studio.imaging.region import Region
    from sr_studio.jobs.runner import Request
    from sr_studio.tasks._inpaint_pictures import Inpainted
    from sr_studio.ui.canvas.mask_tool import ToolKind
    from sr_studio.ui.documents import PictureDocument
    from sr_studio.ui.inpaint.inpaint_session import InpaintSession
    from sr_studio.ui.job_desk import TrackedJob

_ID = "inpaint"


class InpaintPanel(Panel):
    """Ties the mask's tool, the form, the history and the filling together."""

    def __init__(self, place: Workplace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settingsPanel")
        self._place = place
        self._sessions = InpaintSessions(place.documents)
        self._filling: PictureDocument | None = None
        self.job: TrackedJob | None = None
        self.tool = MaskTool(self)
        self.form = InpaintForm(self.tool)
        self.bar = InpaintBar()
        self.board = InpaintBoard(place, self.bar.choice, self)
        self.preview = FillPreview(place.desk, self)
        self.keys = MaskKeys(place.view, self.tool, self.form.controls, self.form.look)
        self._commands = MaskCommands(place, self._sessions, self.form.finding, self._start, self)
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
        return self._sessions.current

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
        self.board.is_active = self.keys.is_active = True
        self._place.view.set_tool(self.tool)
        self._refresh()

    @override
    def deactivate(self) -> None:
        self.tool.abandon()
        self.preview.stop()
        self.board.is_active = self.keys.is_active = False
        self._place.view.set_tool(None)

    @override
    @Slot()
    def run_current(self) -> None:
        job = self._fill(InpaintPictureRequest, self.tr("Fill %1"))
        if job is not None:
            job.preview.connect(self._on_live)
            job.succeeded.connect(self._on_filled)

    @Slot()
    def compare(self) -> None:
        """Fill by every method, each a pane, and let the user choose."""
        job = self._fill(InpaintPartsRequest, self.tr("Compare methods on %1"))
        if job is not None:
            job.preview.connect(self._on_compared)
            job.succeeded.connect(self._on_compared)

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
        self.preview.made.connect(self._on_previewed)
        self._commands.replaced.connect(self._replace_mask)
        form.look.changed.connect(self._on_look)
        form.changed.connect(self._on_form)
        form.controls.operation_wanted.connect(self._on_operation)
        self.bar.start_wanted.connect(self.run_current)
        self.bar.compare_wanted.connect(self.compare)
        self.bar.finish_wanted.connect(self._finish)
        self.bar.pause_wanted.connect(self._pause)
        self.bar.cancel_wanted.connect(self.cancel)
        self.bar.use_wanted.connect(self.save_wanted)
        self.bar.choice.looked_at.connect(self._on_looked_at)
        self.bar.choice.chosen.connect(self._on_chosen)
        self.bar.choice.declined.connect(self._on_declined)
        documents.current_changed.connect(self._refresh)
        documents.changed.connect(self._on_document)
        documents.removed.connect(self._on_removed)

    def _fill(
        self, request: type[InpaintPictureRequest | InpaintPartsRequest], title: str
    ) -> TrackedJob | None:
        """Start to fill the picture that is shown; None where that cannot be done now."""
        document, session = self._place.documents.current, self.session
        if self.is_busy:
            return None
        if document is None or session is None:
            self._place.messages.tell("info", self.tr("Open a photo first."), "")
            return None
        self.tool.abandon()
        self.preview.stop()
        session.choices = ()
        self._filling = document
        return self._start(
            request(session.image, session.layer.snapshot(), self.form.settings()),
            title.replace("%1", document.title),
        )

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
        elif self.board.is_active:
            self.tool.set_layer(session.layer, session.image.pixels)
        self.board.show(session, is_busy=self.is_busy)
        self._on_form()

    def _after_history(self, session: InpaintSession, region: Region | None) -> None:
        if region is not None:
            session.choices = ()
            self.tool.show_change(region)
            self._tell_outcome(session)
            self._refresh()

    def _tell_outcome(self, session: InpaintSession) -> None:
        """Let the picture as it is now be what is saved."""
        document = self._sessions.document_of(session)
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
        self._sessions.forget_closed()
        if self._filling is not None and self._filling not in self._place.documents:
            self.cancel()

    @Slot(object, str)
    def _on_edited(self, patch: MaskPatch, kind: ToolKind) -> None:
        if self.session is not None:
            self.session.edit_mask(patch, self.form.controls.title_of(kind))
        self._on_mask()

    @Slot(str, int)
    def _on_operation(self, name: str, px: int) -> None:
        session = self.session
        if session is not None and not self.is_busy:
            self.tool.abandon()
            self._commands.operate(session, name, px)

    @Slot(object, object, str)
    def _replace_mask(
        self, session: InpaintSession, coverage: NDArray[np.uint8], text: str
    ) -> None:
        region = session.replace_mask(coverage, text)
        if region is not None:
            self.tool.show_change(region)
        self._on_mask()

    def _on_mask(self) -> None:
        if self.session is not None:
            self.board.outdate(self.session)
        self._on_form()

    @Slot(object)
    def _on_previewed(self, part: Inpainted) -> None:
        if self.session is not None and not self.is_busy:
            self.board.show_preview(self.session, part)

    @Slot(object)
    def _on_live(self, part: FilledPart) -> None:
        session = self._sessions.of(self._filling)
        if session is not None and session is self.session and self.is_busy:
            self.board.show_live(session, part)

    @Slot(object)
    def _on_filled(self, made: Inpainted) -> None:
        session = self._sessions.of(self._filling)
        if session is not None:
            session.take_fill(made.image, made.region, made.method, self.tr("Fill"))
            if session is self.session:
                self.tool.show_change(made.region)
            self._tell_outcome(session)

    @Slot(object)
    def _on_compared(self, parts: tuple[Inpainted, ...]) -> None:
        session = self._sessions.of(self._filling)
        if session is not None:
            session.choices = parts
            if session is self.session:
                self.board.show(session, is_busy=self.is_busy)

    @Slot(int)
    def _on_looked_at(self, index: int) -> None:
        self._place.view.set_pair(0, index + 1)

    @Slot(int)
    def _on_chosen(self, index: int) -> None:
        session = self.session
        if session is not None:
            part = session.choices[index]
            session.take_part(part.image, part.region, part.method, self.tr("Fill"))
            self._after_history(session, part.region)

    @Slot()
    def _on_declined(self) -> None:
        if self.session is not None:
            self.session.choices = ()
        self._refresh()

    @Slot()
    def _on_job(self) -> None:
        if self.job is not None and self.is_busy:
            self.bar.show_progress(self.job)
        self.form.setEnabled(not self.is_busy)
        self.busy_changed.emit()

    @Slot()
    def _on_ended(self) -> None:
        session = self._sessions.of(self._filling)
        if session is not None and self.job is not None and self.job.state != "done":
            session.choices = ()
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
            self._want_preview(session)
        self.history_changed.emit()

    def _want_preview(self, session: InpaintSession | None) -> None:
        """Fill the mask in the background, if that is wanted and shows something new."""
        has_preview = self.form.preview_box.isChecked() and self.board.is_active
        if session is not None and has_preview and not session.choices:
            self.preview.want(session, self.form.settings())
        else:
            self.preview.stop()

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
