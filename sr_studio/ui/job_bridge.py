"""The only place where a worker thread meets Qt."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal, Slot

from sr_studio.jobs.events import JobEvent, PreviewReady, Progressed, Started


class JobBridge(QObject):
    """Turns the events of one runner into signals in the GUI thread, in the order they came."""

    started = Signal(Started)
    progressed = Signal(Progressed)
    preview_ready = Signal(PreviewReady)
    finished = Signal(object)  # FinalEvent

    _arrived = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._arrived.connect(self._dispatch, Qt.ConnectionType.QueuedConnection)

    def post(self, event: JobEvent) -> None:
        """Safe to call from any thread."""
        self._arrived.emit(event)

    @Slot(object)
    def _dispatch(self, event: JobEvent) -> None:
        match event:
            case Started():
                self.started.emit(event)
            case Progressed():
                self.progressed.emit(event)
            case PreviewReady():
                self.preview_ready.emit(event)
            case _:
                self.finished.emit(event)
