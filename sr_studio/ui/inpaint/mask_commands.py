"""What the buttons of the mask do: changes to all of it, damage found by itself, files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from sr_studio.editing import mask_operations
from sr_studio.tasks.mask import FindMaskRequest
from sr_studio.ui.inpaint.mask_files import ReadMaskRequest, WriteMaskRequest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sr_studio.jobs.runner import Request
    from sr_studio.ui.inpaint.find_controls import FindControls
    from sr_studio.ui.inpaint.inpaint_session import InpaintSession
    from sr_studio.ui.inpaint.inpaint_sessions import InpaintSessions
    from sr_studio.ui.job_desk import TrackedJob
    from sr_studio.ui.panels._spec import Workplace


class StartJob(Protocol):
    """Starts a job of the panel, which is busy until it ends."""

    def __call__(self, request: Request, title: str) -> TrackedJob: ...


class MaskCommands(QObject):
    """Acts on the mask of the picture that is shown.

    Args:
        place: of the panel.
        sessions: of its pictures.
        finding: what to find, and how eagerly.
        start: a job of the panel.
        owner: over which dialogs open.

    Signals:
        replaced: (InpaintSession, (H, W) uint8, str) the mask is to be another, and why.
    """

    replaced = Signal(object, object, str)

    def __init__(
        self,
        place: Workplace,
        sessions: InpaintSessions,
        finding: FindControls,
        start: StartJob,
        owner: QWidget,
    ) -> None:
        super().__init__(owner)
        self._place = place
        self._sessions = sessions
        self._finding = finding
        self._start = start
        self._owner = owner
        self._asked_for: InpaintSession | None = None
        finding.find_wanted.connect(self.find)
        finding.load_wanted.connect(self.load)
        finding.save_wanted.connect(self.save)

    def operate(self, session: InpaintSession, name: str, px: int) -> None:
        """Change the whole mask; `name` is a MaskOperation."""
        coverage = session.layer.coverage
        match name:
            case "grow":
                changed, text = mask_operations.grow(coverage, px), self.tr("Grow")
            case "shrink":
                changed, text = mask_operations.shrink(coverage, px), self.tr("Shrink")
            case "feather":
                changed, text = mask_operations.feather(coverage, px), self.tr("Feather")
            case "invert":
                changed, text = mask_operations.invert(coverage), self.tr("Invert")
            case _:
                changed, text = coverage * 0, self.tr("Clear")
        self.replaced.emit(session, changed, text)

    @Slot()
    def find(self) -> None:
        session, box = self._sessions.current, self._finding.kind_box
        if session is not None:
            self._asked_for = session
            sensitivity = self._finding.sensitivity.value() / 100
            request = FindMaskRequest(session.image, box.currentData(), sensitivity)
            self._start(request, box.currentText()).succeeded.connect(self._on_found)

    @Slot()
    def load(self) -> None:
        session = self._sessions.current
        if session is None:
            return
        name, _ = QFileDialog.getOpenFileName(
            self._owner, self.tr("Load a mask"), "", "(*.png *.tif *.tiff *.webp *.bmp *.jpg)"
        )
        if name:
            self._asked_for = session
            request = ReadMaskRequest(Path(name), session.layer.width, session.layer.height)
            self._start(request, self.tr("Load a mask")).succeeded.connect(self._on_found)

    @Slot()
    def save(self) -> None:
        session = self._sessions.current
        if session is None:
            return
        as_alpha = self.tr("Photo, transparent where it is masked (*.png)")
        kinds = f"{self.tr('Mask, white where the photo is masked (*.png)')};;{as_alpha}"
        name, kind = QFileDialog.getSaveFileName(
            self._owner, self.tr("Save the mask"), "mask.png", kinds
        )
        if name:
            path = Path(name) if Path(name).suffix else Path(name).with_suffix(".png")
            request = WriteMaskRequest(
                session.layer.snapshot(),
                path,
                picture=session.image if kind == as_alpha else None,
                overwrite=path == Path(name),  # the dialog asked about this very name
            )
            self._place.desk.start(request, title=self.tr("Save the mask"), on="files")

    @Slot(object)
    def _on_found(self, found: NDArray[np.uint8]) -> None:
        session = self._asked_for
        if session is None or session is not self._sessions.current:
            return
        if not found.any():
            self._place.messages.tell(
                "info", self.tr("Nothing was found."), self.tr("Raise the sensitivity.")
            )
        joined = mask_operations.join(session.layer.coverage, found)
        self.replaced.emit(session, joined, self.tr("Found mask"))
