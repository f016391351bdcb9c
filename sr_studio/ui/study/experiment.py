"""What the Study panel asks of an experiment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.runner import Request
    from sr_studio.settings import FormValues
    from sr_studio.ui.canvas.compare_view import Pane


class Experiment(QWidget):
    """The settings of one experiment on the open picture, and what came of it.

    Args:
        form_id: under which its settings are kept.
        title: a few words.
        about: what it shows, a sentence or two.

    Signals:
        changed: the settings are others now.
    """

    changed = Signal()

    def __init__(self, form_id: str, title: str, about: str) -> None:
        super().__init__()
        self.form_id = form_id
        self.title = title
        note = QLabel(about)
        note.setObjectName("dimText")
        note.setWordWrap(True)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._column.addWidget(note)

    @property
    def has_result(self) -> bool:
        """Whether there is something to be seen."""
        raise NotImplementedError

    def values(self) -> FormValues:
        """Return the settings that are worth keeping."""
        raise NotImplementedError

    def set_values(self, values: FormValues) -> None:
        """Take what was kept."""
        raise NotImplementedError

    def request(self, source: ImageBuffer) -> Request:
        """Return what is to be done on this picture.

        Raises:
            SrStudioError: the settings cannot be carried out.
        """
        raise NotImplementedError

    def take(self, found: Any) -> None:
        """Keep the newest that the run tells; None forgets what there was."""
        raise NotImplementedError

    def curves(self) -> Sequence[tuple[str, NDArray[np.float32]]]:
        """Return the names and the losses over the iterations."""
        raise NotImplementedError

    def panes(self) -> tuple[Pane, ...]:
        """Return the pictures as they are now."""
        raise NotImplementedError

    def words(self) -> str:
        """Say what came of it; "" for nothing yet."""
        raise NotImplementedError

    def saving(self, folder: Path) -> Request | None:
        """Return what writes its pictures into a new folder; None where there is nothing to."""
        del folder
        return None
