"""Gets weights when the user asks for them, and says what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from sr_studio.errors import InvalidRequest, SrStudioError
from sr_studio.resource_files import data_folder
from sr_studio.ui.picture_intake import WEIGHT_SUFFIXES
from sr_studio.ui.upscale.train_dialog import TrainDialog

if TYPE_CHECKING:
    from sr_studio.tasks.train import TrainReport
    from sr_studio.tasks.weights import WeightFile
    from sr_studio.ui.panels._spec import Workplace
    from sr_studio.ui.upscale.network_list import NetworkList
    from sr_studio.ui.upscale.network_picker import NetworkPicker

_FORM = "train"


class NetworkSupply(QObject):
    """Stands between the picker, which asks, and the list, which brings.

    Args:
        place: messages and settings.
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
        picker.train_wanted.connect(self.ask_for_training)
        networks.imported.connect(self._on_imported)
        networks.refused.connect(self._on_refused)
        networks.trained.connect(self._on_trained)

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

    @Slot()
    def ask_for_training(self) -> None:
        """Let the user say how to train the chosen network, and start it."""
        model = self._picker.model
        if model is None:
            return
        dialog = TrainDialog(
            model,
            self._picker.scale,
            data_folder() / "training",
            self._place.settings.form(_FORM),
            self._owner,
        )

        def start() -> None:
            self._place.settings.keep_form(_FORM, dialog.stored())
            title = f"{model.title} ×{dialog.scale}"
            self._networks.train(dialog.request(), title)
            self._place.messages.tell(
                "info",
                self.tr("%1 is being trained.").replace("%1", title),
                self.tr("You can go on working; the jobs below show how far it is."),
            )

        dialog.accepted.connect(start)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

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

    @Slot(object)
    def _on_trained(self, report: TrainReport) -> None:
        name = f"{self._picker.title_of(report.model)} ×{report.scale}"
        parts = [self.tr("%1 is trained.").replace("%1", name)]
        if report.validation_psnr is not None and report.bicubic_psnr is not None:
            parts.append(
                self.tr("On pictures it did not see: %1 dB, bicubic %2 dB.")
                .replace("%1", f"{report.validation_psnr:.2f}")
                .replace("%2", f"{report.bicubic_psnr:.2f}")
            )
        advice = self.tr("Its weights are in your data folder, as %1.").replace(
            "%1", str(report.kept_as)
        )
        model = self._picker.model
        is_chosen = model is not None and model.id == report.model
        action = None  # what the user works with by now is not taken away
        if not is_chosen:
            words = self.tr("Choose it")
            action = (words, lambda: self._picker.prefer(report.model))
        self._place.messages.tell("info", " ".join(parts), advice, action=action)
