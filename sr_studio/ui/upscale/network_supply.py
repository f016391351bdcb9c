"""Gets weights when the user asks for them, and says what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from sr_studio.errors import InvalidRequest, SrStudioError
from sr_studio.ui.picture_intake import WEIGHT_SUFFIXES

if TYPE_CHECKING:
    from sr_studio.tasks.weights import WeightFile
    from sr_studio.ui.network_list import NetworkList
    from sr_studio.ui.panels._spec import Workplace
    from sr_studio.ui.upscale.network_picker import NetworkPicker


class NetworkSupply(QObject):
    """Stands between the picker, which asks, and the list, which brings.

    Args:
        place: messages.
        picker: what asks, and where what came is chosen.
        networks: lists and brings.
        owner: of the dialogs.
    """

    def __init__(
        self, place: Workplace, picker: NetworkPicker, networks: NetworkList, owner: QWidget
    ) -> None:
        super().__init__(owner)
        self._place = place
        self._picker = picker
        self._networks = networks
        self._owner = owner
        picker.download_wanted.connect(networks.download)
        picker.import_wanted.connect(self.ask_for_file)
        networks.imported.connect(self._on_imported)
        networks.refused.connect(self._on_refused)

    @Slot()
    def ask_for_file(self) -> None:
        """Let the user name a file of weights, and import it."""
        patterns = " ".join(f"*{suffix}" for suffix in WEIGHT_SUFFIXES)
        name, _ = QFileDialog.getOpenFileName(
            self._owner,
            self.tr("Import weights"),
            "",
            f"{self.tr('Weights')} ({patterns});;{self.tr('All files')} (*)",
        )
        if name:
            self._networks.import_file(Path(name))

    @Slot(object)
    def _on_imported(self, file: WeightFile) -> None:
        self._picker.prefer(file.model)
        self._place.messages.tell(
            "info",
            self.tr("Imported as %1: %2.").replace("%1", file.id).replace("%2", file.found),
            self.tr("The network is chosen."),
        )

    @Slot(object, Exception)
    def _on_refused(self, path: Path, error: Exception) -> None:
        if not isinstance(error, SrStudioError):
            self._place.messages.tell(
                "error", self.tr("%1 could not be imported.").replace("%1", path.name), str(error)
            )
            return
        model, scale = self._picker.model, self._picker.scale
        if not isinstance(error, InvalidRequest) or model is None or scale not in model.scales:
            self._place.messages.tell("error", error.message, error.advice)
            return
        # the file is sound, but not whose it is: the chosen network is a good guess
        name, model_id = f"{model.title} ×{scale}", model.id
        self._place.messages.tell(
            "warning",
            error.message,
            self.tr("If it is of another network, choose that one first and import it again."),
            action=(
                self.tr("Import it for %1").replace("%1", name),
                lambda: self._networks.import_file(path, model_id, scale),
            ),
        )
