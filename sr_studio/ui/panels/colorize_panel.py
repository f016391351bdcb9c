"""Colorize: colours for gray photos, guided by hints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from sr_studio.errors import SrStudioError
from sr_studio.tasks._colorize_pictures import PutColoursRequest
from sr_studio.ui.canvas.hint_tool import HintTool
from sr_studio.ui.colorize.colorize_bar import ColorizeBar
from sr_studio.ui.colorize.colorize_board import ColorizeBoard
from sr_studio.ui.colorize.colorize_form import ColorizeForm
from sr_studio.ui.colorize.colorize_sessions import ColorizeSessions
from sr_studio.ui.colorize.colour_finder import ColourFinder
from sr_studio.ui.colorize.hint_files import HintFiles
from sr_studio.ui.colorize.hint_keys import HintKeys
from sr_studio.ui.colorize.reference_photo import ReferencePhoto
from sr_studio.ui.documents import Outcome
from sr_studio.ui.panels._spec import NetworkChoice, Panel, PanelSpec, Workplace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtGui import QHideEvent

    from sr_studio.editing.hint_layer import HintEdit
    from sr_studio.engines.colorization.hints import Hint
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.imaging.region import Region
    from sr_studio.tasks._colorize_pictures import FoundColours
    from sr_studio.tasks.models import ModelInfo
    from sr_studio.ui.colorize.colorize_session import ColorizeSession, WorkKey
    from sr_studio.ui.documents import PictureDocument
    from sr_studio.ui.job_desk import TrackedJob

_ID = "colorize"
_TRANSFERS = ("welsh", "histogram")  # the methods that take the colours of another photo


class ColorizePanel(Panel):
    """Ties the hints' tool, the form, the search for colours and the full picture together."""

    def __init__(self, place: Workplace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settingsPanel")
        self._place = place
        self._sessions = ColorizeSessions(place.documents)
        self._colouring: tuple[PictureDocument, FoundColours] | None = None
        self._to_run: ColorizeSession | None = None  # once its colours are found
        self._gesture: tuple[ColorizeSession | None, int | None, str] | None = None
        self.job: TrackedJob | None = None
        self.tool = HintTool(self)
        self.form = ColorizeForm(self.tool)
        self.bar = ColorizeBar()
        self.board = ColorizeBoard(place, self)
        self.finder = ColourFinder(place.desk, self)
        self.keys = HintKeys(place.view, self.tool, self.form.hints)
        self.files = HintFiles(self._sessions, self)
        self.reference = ReferencePhoto(place.desk, self.form.reference)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.form, 1)
        outer.addWidget(self.bar)
        self.form.set_models(place.networks.models)
        self.form.restore(place.settings.form(_ID))
        self._wire()
        self._refresh()

    @property
    def session(self) -> ColorizeSession | None:
        """Of the picture that is shown; None while it is not read or the panel is not active."""
        return self._sessions.current if self.board.is_active else None

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
        self._stop_finding()
        self.files.keep()
        self.board.is_active = self.keys.is_active = False
        self._place.view.set_tool(None)

    @override
    @Slot()
    def run_current(self) -> None:
        """Put the colours on the full picture."""
        document, session, reason = self._place.documents.current, self.session, self._reason()
        if self.is_busy:
            return
        if reason:
            self._place.messages.tell("info", reason)
            return
        if self.finder.is_at_work:  # else it would have the colours of before
            self._to_run = session
            self._show_bar()
            return
        if document is None or session is None or session.found is None:
            return
        self._place.messages.clear()
        self._colouring = document, session.found
        title = self.tr("Colour %1").replace("%1", document.title)
        request = PutColoursRequest(session.source, session.found.colours)
        self.job = self._place.desk.start(request, title=title, is_watched=True)
        self.job.changed.connect(self._on_job)
        self.job.succeeded.connect(self._on_coloured)
        self.job.ended.connect(self._on_ended)
        self._on_job()

    @override
    def cancel(self) -> None:
        if self.job is not None:
            self.job.cancel()

    @override
    def abandon(self) -> bool:
        if self.tool.abandon():
            return True
        if self._to_run is not None:
            self._to_run = None
            self._show_bar()
            return True
        has_hint = self.tool.index is not None
        self.tool.select(None)
        return has_hint

    @override
    def undo(self) -> None:
        session, selected = self.session, self.tool.hint
        if session is not None and not self.is_busy and not self.tool.abandon():
            self._after_history(session.history.undo(), selected)

    @override
    def redo(self) -> None:
        session, selected = self.session, self.tool.hint
        if session is not None and not self.is_busy and not self.tool.abandon():
            self._after_history(session.history.redo(), selected)

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        self.files.keep()  # the program may end now

    @override
    def take_network(self, choice: NetworkChoice) -> None:
        self.form.prefer(choice.model)

    @override
    def take_weights(self, paths: Sequence[Path]) -> None:
        for path in paths:
            self._place.networks.import_file(path)

    def _wire(self) -> None:
        place, form = self._place, self.form
        place.view.installEventFilter(self.keys)
        place.networks.listed.connect(self._on_models)
        self.tool.repaint.connect(place.view.update_region)
        self.tool.edited.connect(self._on_edited)
        self.tool.selected.connect(self._show_hint)
        self.tool.sampled.connect(self._on_sampled)
        form.changed.connect(self._on_form)
        form.view_changed.connect(self._show)
        form.colours.chosen.connect(self._on_colour)
        form.colours.settled.connect(self._on_settled)
        form.hints.radius_wanted.connect(self._on_radius)
        form.hints.shift_wanted.connect(self._on_shift)
        form.hints.remove_wanted.connect(self.tool.remove_selected)
        form.hints.clear_wanted.connect(self._clear_hints)
        form.hints.suggest_wanted.connect(self.suggest)
        form.hints.load_wanted.connect(self._load_hints)
        form.hints.save_wanted.connect(self._save_hints)
        form.hints.marks_toggled.connect(self._on_marks)
        form.reference.sampled.connect(self._on_reference_colour)
        self.finder.found.connect(self._on_found)
        self.finder.failed.connect(self._on_failed)
        self.finder.changed.connect(self._on_finder)
        self.bar.start_wanted.connect(self.run_current)
        self.bar.pause_wanted.connect(self._pause)
        self.bar.cancel_wanted.connect(self.cancel)
        self.bar.use_wanted.connect(self.save_wanted)
        self.reference.changed.connect(self._on_form)
        self.files.rested.connect(self._on_rest)
        self.files.failed.connect(self._on_trouble)
        place.documents.current_changed.connect(self._refresh)
        place.documents.changed.connect(self._on_document)
        place.documents.removed.connect(self._on_removed)

    @Slot()
    def suggest(self) -> None:
        """Put a hint where the network is least sure."""
        session = self.session
        if session is None or session.found is None or session.found.distribution is None:
            return
        self.tool.put(*session.found.distribution.suggest_place(session.layer.hints))

    @Slot()
    def _refresh(self) -> None:
        """Another picture is shown, or it was read."""
        session = self.session
        if self._to_run is not session:
            self._to_run = None
        if not self.board.is_active:
            self._show_bar()
            return
        if session is None:
            self.tool.set_layer(None, lambda _x, _y: (0.0, 0.0), lambda _hint: (128, 128, 128))
        else:
            self.tool.set_layer(session.layer, session.colour_at, session.paint_of)
        if self._sessions.trouble is not None:
            trouble, self._sessions.trouble = self._sessions.trouble, None
            self._on_trouble(trouble)
        self._show()
        self._on_form()

    @Slot()
    def _show(self) -> None:
        self.board.show(self.session, has_doubts=self.form.unsure_box.isChecked())
        self._show_hint()

    @Slot()
    def _show_hint(self) -> None:
        """Show the selected hint in the form."""
        session, hint = self.session, self.tool.hint
        if session is None or hint is None:
            self.form.colours.show_hint(None, 60.0, ())
        else:
            x, y = hint.points[0]
            self.form.colours.show_hint(
                hint.ab, session.lightness_at(x, y), session.palette_at(x, y)
            )
        has_network = (
            session is not None
            and session.found is not None
            and session.found.distribution is not None
        )
        count = 0 if session is None else len(session.layer.hints)
        self.form.hints.show_state(count=count, can_suggest=has_network)

    @Slot(object)
    def _on_edited(self, edit: HintEdit) -> None:
        session = self.session
        if session is None:
            return
        if edit.text:
            session.history.push(edit)
            if self._gesture is not None and self._gesture[2] != edit.text:
                self._gesture = None
        self._after_hints(session)

    def _step_name(self, name: str) -> str:
        """Return it for the first change of a gesture; "" for what goes on in the same step."""
        gesture = self.session, self.tool.index, name
        goes_on, self._gesture = gesture == self._gesture, gesture
        return "" if goes_on else name

    def _after_history(self, region: Region | None, selected: Hint | None) -> None:
        session = self.session
        if region is None or session is None:
            return
        self._gesture = None
        hints = session.layer.hints
        if selected in hints:  # others may have come or gone before it
            self.tool.select(hints.index(selected))
        elif self.tool.index is not None and self.tool.index >= len(hints):
            self.tool.select(None)
        self.tool.repaint_all()
        self._after_hints(session)

    def _after_hints(self, session: ColorizeSession) -> None:
        """The hints are others: the colours follow, and the file."""
        self.files.keep_soon(session)
        self._show_hint()
        self._on_form()

    @Slot(float, float)
    def _on_colour(self, a: float, b: float) -> None:
        self.tool.recolour((a, b), self._step_name(self.tr("Colour of the hint")))

    @Slot()
    def _on_settled(self) -> None:
        self._gesture = None
        if self.tool.hint is not None:
            self.form.colours.remember(self.tool.hint.ab)

    @Slot(float, float)
    def _on_sampled(self, x: float, y: float) -> None:
        if self.session is not None:
            self._on_reference_colour(*self.session.colour_at(x, y))

    @Slot(float, float)
    def _on_reference_colour(self, a: float, b: float) -> None:
        if self.tool.hint is None:
            self.form.colours.remember((a, b))  # for the next hint
            return
        self._on_colour(a, b)
        self._on_settled()

    @Slot(int)
    def _on_radius(self, radius_px: int) -> None:
        self.tool.resize(float(radius_px), self._step_name(self.tr("Size of the hint")))

    @Slot(float, float)
    def _on_shift(self, dx: float, dy: float) -> None:
        self.tool.shift(dx, dy, self._step_name(self.tr("Move colour hint")))

    @Slot(bool)
    def _on_marks(self, has_marks: bool) -> None:  # noqa: FBT001  Qt's signal
        self.tool.set_marks(has_marks=has_marks)

    @Slot()
    def _clear_hints(self) -> None:
        session = self.session
        if session is not None and session.layer.hints:
            self.tool.select(None)
            self._on_edited(session.layer.replace_all((), self.tr("Remove all colour hints")))
            self.tool.repaint_all()

    @Slot(object, object, object)
    def _on_found(self, session: ColorizeSession, _key: WorkKey, _found: FoundColours) -> None:
        document = self._sessions.document_of(session)
        if document is not None and document.outcome is not None and self._is_ours(document):
            self._place.documents.clear_outcome(document)  # it had other colours
        if session is self.session:
            self._show()
            self._show_bar()

    @Slot(Exception)
    def _on_failed(self, error: Exception) -> None:
        self._to_run = None
        if isinstance(error, SrStudioError):
            self._on_trouble(error)

    @Slot()
    def _on_finder(self) -> None:
        if self._to_run is not None and not self.finder.is_at_work:
            self._to_run = None
            self.run_current()
        self._show_bar()

    def _stop_finding(self) -> None:
        self._to_run = None
        self.finder.stop()

    @Slot(object)
    def _on_coloured(self, image: ImageBuffer) -> None:
        if self._colouring is None:
            return
        document, found = self._colouring
        session = self._sessions.of(document)
        if session is not None:
            words = f"Colours by SR Studio: {found.name}"
            self._place.documents.set_outcome(
                document, Outcome(image, session.source, "colorized", 1.0, words, None, found)
            )

    @Slot()
    def _on_job(self) -> None:
        if self.job is not None and self.is_busy:
            self.bar.show_progress(self.job)
        self.busy_changed.emit()

    @Slot()
    def _on_ended(self) -> None:
        self._colouring = None
        self._refresh()  # the picture may have been read meanwhile
        self.busy_changed.emit()

    @Slot()
    def _on_form(self) -> None:
        self._place.settings.keep_form(_ID, self.form.stored())
        session, settings = self.session, self.form.settings()
        reference = self.reference.image if settings.method in _TRANSFERS else None
        if session is None or (settings.method in _TRANSFERS and reference is None):
            self._stop_finding()
            if session is not None and session.found is not None:
                session.found = session.found_for = None  # it was found another way
                self._show()
        else:
            self.finder.want(session, settings, reference)
        self._show_bar()
        self.history_changed.emit()

    def _reason(self) -> str:
        """Return why the full picture cannot be coloured; "" where it can."""
        if self.session is None:
            return self.tr("Open a photo first.")
        if self.form.settings().method in _TRANSFERS and self.reference.image is None:
            return self.tr("Choose a reference photo first.")
        if self.session.found is None and not self.finder.is_at_work:
            return self.tr("The colours could not be found.")
        return ""

    def _show_bar(self) -> None:
        if self.is_busy:
            return
        document, reason = self._place.documents.current, self._reason()
        self.bar.allow_start(reason, goes_on=False)
        is_made = document is not None and self._is_made(document)
        words = "" if self.session is None else reason
        if self._to_run is not None:
            words = self.tr("The colours are being found.")
        self.bar.show_idle(words, can_use=is_made)

    def _is_ours(self, document: PictureDocument) -> bool:
        return document.outcome is not None and document.outcome.model == "colorized"

    def _is_made(self, document: PictureDocument) -> bool:
        """Whether the full picture has the newest colours."""
        session = self._sessions.of(document)
        outcome = document.outcome
        return session is not None and outcome is not None and outcome.detail is session.found

    @Slot(object)
    def _on_models(self, models: tuple[ModelInfo, ...]) -> None:
        self.form.set_models(models)

    @Slot(object)
    def _on_document(self, document: PictureDocument) -> None:
        if document is self._place.documents.current:
            self._refresh()

    @Slot(int)
    def _on_removed(self, _index: int) -> None:
        self.files.keep()
        self._sessions.forget_closed()
        if self._colouring is not None and self._colouring[0] not in self._place.documents:
            self.cancel()

    @Slot(object)
    def _on_trouble(self, error: SrStudioError) -> None:
        self._place.messages.tell("warning", error.message, error.advice)

    @Slot()
    def _on_rest(self) -> None:
        self._gesture = None

    @Slot()
    def _load_hints(self) -> None:
        session = self.session
        hints = None if session is None else self.files.load(session)
        if session is not None and hints is not None:
            self.tool.select(None)
            self._on_edited(session.layer.replace_all(hints, self.tr("Load colour hints")))
            self.tool.repaint_all()

    @Slot()
    def _save_hints(self) -> None:
        if self.session is not None:
            self.files.save(self.session)

    @Slot()
    def _pause(self) -> None:
        if self.job is not None:
            self.job.toggle_pause()


PANEL = PanelSpec(
    id=_ID,
    title="Colorize",
    icon="mdi6.palette",
    order=40,
    run_words=("Colour in full size", ""),
    build=ColorizePanel,
)
