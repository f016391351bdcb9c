"""Chooses a network: what it is, what it reaches, whether its weights are here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from typing_extensions import override

from sr_studio.ui.upscale.network_popup import NetworkPopup
from sr_studio.ui.upscale.network_table import bytes_in_words, count_in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QKeyEvent

    from sr_studio.tasks.models import ModelInfo, WeightInfo


class NetworkPicker(QWidget):
    """A box that names the network and drops down the list of all of them.

    Signals:
        changed: another network was chosen, or the list came.
        download_wanted: (weight id) the user asks for the weights.
        import_wanted: the user has a file of weights.
        train_wanted: the user wants to train the chosen network.
    """

    changed = Signal()
    download_wanted = Signal(str)
    import_wanted = Signal()
    train_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models: dict[str, ModelInfo] = {}
        self._scale = 4
        self._chosen = ""
        self._wanted = ""
        self.box = _NetworkBox()
        self.box.setAccessibleName(self.tr("Network"))
        self.box.setEnabled(False)
        self.box.show_text(self.tr("Looking for networks…"))
        self._popup: NetworkPopup | None = None
        self._about = _dim_label()
        self._weights = _dim_label()
        self.download_button = QPushButton()
        self.download_button.setAccessibleName(self.tr("Download the weights"))
        self.import_button = QPushButton(self.tr("Import a file…"))
        self.train_button = QPushButton(self.tr("Train it…"))
        self._actions = QWidget()
        self._lay_out()
        self.box.opening.connect(self._on_opening)
        self.download_button.clicked.connect(self._on_download)
        self.import_button.clicked.connect(self.import_wanted)
        self.train_button.clicked.connect(self.train_wanted)
        self.setFocusProxy(self.box)

    @property
    def popup(self) -> NetworkPopup:
        """The list that drops down; made when it is first wanted.

        Not before this widget is in its window: moving there, a widget with a list that floats
        falls out of the order in which Tab walks.
        """
        if self._popup is None:
            self._popup = NetworkPopup(self)
            self._popup.set_models(tuple(self._models.values()))
            self._popup.chosen.connect(self._on_chosen)
            self._popup.import_wanted.connect(self.import_wanted)
        return self._popup

    @property
    def model(self) -> ModelInfo | None:
        return self._models.get(self._chosen)

    @property
    def scale(self) -> int:
        """The scale whose weights are meant."""
        return self._scale

    @property
    def has_weights(self) -> bool:
        """Whether the chosen network can run on this machine now."""
        model = self.model
        return model is not None and model.can_run

    def title_of(self, model_id: str) -> str:
        """Return how the network is called, its id where it is not listed."""
        model = self._models.get(model_id)
        return model_id if model is None else model.title

    def prefer(self, model_id: str) -> None:
        """Choose this network, now or when a list comes that has it."""
        if model_id in self._models:
            self._on_chosen(model_id)
        else:
            self._wanted = model_id

    def set_scale(self, scale: int) -> None:
        """The scale decides which weights are meant."""
        if scale != self._scale:
            self._scale = scale
            self._describe()

    def set_models(self, models: Sequence[ModelInfo]) -> None:
        """Fill the list; the choice stays."""
        self._models = {model.id: model for model in models}
        if self._popup is not None:
            self._popup.set_models(models)
        self.box.setEnabled(bool(models))
        if self._wanted in self._models:
            self._chosen, self._wanted = self._wanted, ""
        elif models and self._chosen not in self._models:
            self._chosen = next((m.id for m in models if m.can_run), models[0].id)
        self._describe()
        self.changed.emit()

    def _lay_out(self) -> None:
        self._actions.hide()
        row = QHBoxLayout(self._actions)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.import_button)
        row.addWidget(self.train_button)
        self.download_button.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for widget in (self.box, self._about, self._weights, self.download_button, self._actions):
            layout.addWidget(widget)

    @Slot()
    def _on_opening(self) -> None:
        if self._models:
            self.popup.drop_down(self.box, self._chosen)

    @Slot(str)
    def _on_chosen(self, model_id: str) -> None:
        self._chosen, self._wanted = model_id, ""
        self._describe()
        self.changed.emit()

    def _describe(self) -> None:
        model = self.model
        if model is None:
            return
        self.box.show_text(model.title)
        groups = {
            "fast": self.tr("fast"),
            "faithful": self.tr("faithful"),
            "perceptual": self.tr("perceptual"),
            "historical": self.tr("historical"),
            "denoise": self.tr("removes noise"),
        }
        parameters = self.tr("%1\N{NO-BREAK SPACE}parameters").replace(
            "%1", count_in_words(model.parameters)
        )
        self._about.setText(" · ".join([groups[model.group], model.citation, parameters]))
        self._about.setToolTip(model.paper)
        here = [weight for weight in model.weights if weight.is_here]
        fitting = [weight for weight in here if weight.scale == self._scale]
        missing = [weight for weight in model.weights if weight.origin == "downloadable"]
        missing.sort(key=lambda weight: weight.scale != self._scale)
        is_missing = not fitting and model.learns_from == "weights"
        self._offer(model, missing[0] if is_missing and missing else None, is_missing=is_missing)
        self._weights.setToolTip("")
        if model.learns_from == "picture":
            self._weights.setText(self.tr("Learns from the picture itself and needs no weights."))
        elif here:
            self._describe_weight((fitting or here)[0])
        else:
            self._weights.setText(self._why_missing(model, has_download=bool(missing)))

    def _offer(self, model: ModelInfo, download: WeightInfo | None, *, is_missing: bool) -> None:
        """Show the ways to get weights for this scale."""
        self._actions.setVisible(is_missing)
        self.train_button.setVisible(model.can_be_trained)
        self.download_button.setVisible(download is not None)
        if download is not None:
            size = bytes_in_words(download.bytes)
            scale = f"×{download.scale}" if len(model.scales) > 1 else ""
            details = ", ".join(part for part in (scale, size) if part)
            words = self.tr("Download the weights (%1)").replace("%1", details)
            self.download_button.setText(words if details else self.tr("Download the weights"))
            self.download_button.setProperty("weightId", download.id)
            self.download_button.setToolTip(str(download.id))

    def _describe_weight(self, weight: WeightInfo) -> None:
        psnr = weight.set5_psnr
        words = {
            "shipped": self.tr("Weights come with the program"),
            "installed": self.tr("Weights installed"),
            "local": self.tr("Weights in your data folder"),
        }
        parts = [words.get(weight.origin, weight.origin)]
        if weight.scale != self._scale:
            parts.append(self.tr("made for ×%1").replace("%1", str(weight.scale)))
        if psnr is not None:
            parts.append(f"Set5 ×{weight.scale}: {psnr:.2f}\N{NO-BREAK SPACE}dB")
        self._weights.setText(" · ".join(parts))
        self._weights.setToolTip(
            self.tr("%1, trained on %2, licence: %3")
            .replace("%1", str(weight.id))
            .replace("%2", weight.trained_on or self.tr("pictures not named"))
            .replace("%3", weight.licence)
        )

    def _why_missing(self, model: ModelInfo, *, has_download: bool) -> str:
        if has_download:
            return self.tr("The weights are not on this machine yet.")
        advice = next((weight.advice for weight in model.weights if weight.advice), "")
        if advice:
            none_here = self.tr("The weights of this network are not on this machine.")
            return f"{none_here} {advice}"
        if model.can_be_trained:
            return self.tr(
                "This network has no weights. Import a file that you have, or train it on your "
                "own photographs."
            )
        return self.tr("This network has no weights. Import a file that you have.")

    @Slot()
    def _on_download(self) -> None:
        self.download_wanted.emit(str(self.download_button.property("weightId")))


class _NetworkBox(QComboBox):
    """Looks and opens like any box of choices, but its list is not its own.

    Signals:
        opening: the list is wanted.
    """

    opening = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.addItem("")
        self.setMinimumContentsLength(12)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def show_text(self, text: str) -> None:
        self.setItemText(0, text)
        self.setToolTip(text)

    @override
    def showPopup(self) -> None:
        self.opening.emit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.showPopup()
        else:
            super().keyPressEvent(event)


def _dim_label() -> QLabel:
    label = QLabel()
    label.setObjectName("dimText")
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
