"""Chooses a network: what it is, what it reaches, whether its weights are here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sr_studio.tasks.models import ModelInfo, WeightInfo

_COLUMN_WIDTHS = (210, 54, 84, 150, 92, 130)


class NetworkPicker(QWidget):
    """A combo box whose list is a table.

    Signals:
        changed: another network was chosen, or the list came.
        download_wanted: (weight id) the user asks for the weights.
    """

    changed = Signal()
    download_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models: dict[str, ModelInfo] = {}
        self._scale = 4
        self._wanted = ""
        self._box = QComboBox()
        self._box.setAccessibleName(self.tr("Network"))
        self._box.setEnabled(False)
        self._box.addItem(self.tr("Looking for networks…"))
        self._about = _dim_label()
        self._weights = _dim_label()
        self._download = QPushButton()
        self._download.setAccessibleName(self.tr("Download the weights"))
        self._download.hide()
        self._download.clicked.connect(self._on_download)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for widget in (self._box, self._about, self._weights, self._download):
            layout.addWidget(widget)
        self._box.currentIndexChanged.connect(self._on_chosen)
        self.setFocusProxy(self._box)

    @property
    def model(self) -> ModelInfo | None:
        return self._models.get(str(self._box.currentData() or ""))

    @property
    def has_weights(self) -> bool:
        """Whether the chosen network can run at this scale, on this machine, now."""
        model = self.model
        return model is not None and self._best_weight(model) is not None

    def prefer(self, model_id: str) -> None:
        """Choose this network, now or when the list comes."""
        self._wanted = model_id
        index = self._box.findData(model_id)
        if index >= 0:
            self._box.setCurrentIndex(index)

    def set_scale(self, scale: int) -> None:
        """The scale decides which weights are meant."""
        if scale != self._scale:
            self._scale = scale
            self._describe()

    def set_models(self, models: Sequence[ModelInfo]) -> None:
        """Fill the list; the choice stays."""
        chosen = str(self._box.currentData() or self._wanted)
        listed = [model for model in models if model.task == "upscale"]
        listed.sort(key=_how_far_away)
        self._models = {model.id: model for model in listed}
        table = QStandardItemModel(len(self._models), len(_COLUMN_WIDTHS), self)
        table.setHorizontalHeaderLabels(
            [
                self.tr("Network"),
                self.tr("Year"),
                self.tr("Scales"),
                self.tr("Set5, dB"),
                self.tr("Look"),
                self.tr("Weights"),
            ]
        )
        for row, model in enumerate(self._models.values()):
            for column, text in enumerate(self._cells(model)):
                item = QStandardItem(text)
                item.setData(model.id, Qt.ItemDataRole.UserRole)
                table.setItem(row, column, item)
        with QSignalBlocker(self._box):
            self._box.setModel(table)
            self._box.setView(self._make_table())
            self._box.setModelColumn(0)
            self._box.setEnabled(bool(self._models))
            self._box.setCurrentIndex(max(0, self._box.findData(chosen)))
        self._on_chosen()

    def _make_table(self) -> QTreeView:
        view = QTreeView()
        view.setRootIsDecorated(False)
        view.setAllColumnsShowFocus(True)
        view.setUniformRowHeights(True)
        view.setAlternatingRowColors(True)
        view.setMinimumWidth(sum(_COLUMN_WIDTHS) + 24)
        view.setModel(self._box.model())
        header = view.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, width in enumerate(_COLUMN_WIDTHS):
            header.resizeSection(column, width)
        return view

    def _cells(self, model: ModelInfo) -> list[str]:
        if model.ready_scales:
            status = self.tr("on this machine")
        elif any(weight.origin == "downloadable" for weight in model.weights):
            status = self.tr("to download")
        else:
            status = self.tr("not here")
        return [
            model.title,
            str(model.year),
            " ".join(f"×{scale}" for scale in model.scales),
            self._reached(model),
            self._look(model),
            status,
        ]

    def _reached(self, model: ModelInfo) -> str:
        best: dict[int, float] = {}
        for weight in model.weights:
            if weight.set5_psnr is not None:
                best[weight.scale] = max(weight.set5_psnr, best.get(weight.scale, 0.0))
        return "  ".join(f"{best[scale]:.2f}" for scale in sorted(best)) or "–"

    def _look(self, model: ModelInfo) -> str:
        return self.tr("perceptual") if model.look == "perceptual" else self.tr("faithful")

    def _best_weight(self, model: ModelInfo) -> WeightInfo | None:
        """Return the weights that would run: those of this scale, else any that are here."""
        here = [weight for weight in model.weights if weight.is_here]
        fitting = [weight for weight in here if weight.scale == self._scale]
        return next(iter(fitting or here), None)

    @Slot()
    def _on_chosen(self) -> None:
        self._describe()
        self.changed.emit()

    def _describe(self) -> None:
        model = self.model
        self._download.hide()
        if model is None:
            return
        parts = [str(model.year), self._look(model), f"{_in_words(model.parameters)} parameters"]
        self._about.setText(" · ".join(parts))
        self._about.setToolTip(model.paper)
        weight = self._best_weight(model)
        if weight is not None:
            self._describe_weight(weight)
        else:
            self._describe_missing(model)

    def _describe_weight(self, weight: WeightInfo) -> None:
        psnr = weight.set5_psnr
        reached = (
            f" · Set5 ×{weight.scale}: {psnr:.2f}\N{NO-BREAK SPACE}dB" if psnr is not None else ""
        )
        words = {
            "shipped": self.tr("Weights come with the program"),
            "installed": self.tr("Weights installed"),
            "local": self.tr("Weights in your data folder"),
        }
        self._weights.setText(words.get(weight.origin, weight.origin) + reached)
        self._weights.setToolTip(
            self.tr("%1, trained on %2, licence: %3")
            .replace("%1", str(weight.id))
            .replace("%2", weight.trained_on)
            .replace("%3", weight.licence)
        )

    def _describe_missing(self, model: ModelInfo) -> None:
        missing = [weight for weight in model.weights if weight.origin == "downloadable"]
        missing.sort(key=lambda weight: weight.scale != self._scale)
        self._weights.setToolTip("")
        if missing:
            self._weights.setText(self.tr("The weights are not on this machine yet."))
            self._download.setText(
                self.tr("Download the weights (×%1)").replace("%1", str(missing[0].scale))
            )
            self._download.setProperty("weightId", missing[0].id)
            self._download.setToolTip(str(missing[0].id))
            self._download.show()
            return
        advice = next((weight.advice for weight in model.weights if weight.advice), "")
        none_here = self.tr("No weights of this network are on this machine.")
        self._weights.setText(f"{none_here} {advice}".strip())

    @Slot()
    def _on_download(self) -> None:
        self.download_wanted.emit(str(self._download.property("weightId")))


def _how_far_away(model: ModelInfo) -> tuple[int, int]:
    """Sort what runs at once first, then what can be had, the newest of each first."""
    if model.ready_scales:
        return 0, -model.year
    is_loadable = any(weight.origin == "downloadable" for weight in model.weights)
    return (1 if is_loadable else 2), -model.year


def _in_words(count: int) -> str:
    if count < 1_000_000:
        return f"{round(count / 1000)} k"
    return f"{count / 1_000_000:.1f} M"


def _dim_label() -> QLabel:
    label = QLabel()
    label.setObjectName("dimText")
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
