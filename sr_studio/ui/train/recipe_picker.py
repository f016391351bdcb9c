"""Chooses what a training follows: a recipe, or any network by the clock."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from sr_studio.errors import SrStudioError
from sr_studio.ui.icons import set_icon
from sr_studio.ui.train.recipe_file import RecipeFile, read_recipe_file, shipped_recipes
from sr_studio.ui.upscale.network_table import count_in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sr_studio.settings import FormValues
    from sr_studio.tasks.models import ModelInfo

_FIRST = "fsrcnn"  # shows something within minutes on any machine
_LARGE = 1_000_000  # parameters from which on a processor alone teaches little


class RecipePicker(QWidget):
    """A recipe, and the network and the scale where it names none.

    Signals:
        changed: another recipe, network or scale is chosen.
        refused: (SrStudioError) the user's file is no recipe.
    """

    changed = Signal()
    refused = Signal(Exception)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models: dict[str, ModelInfo] = {}
        self._wanted = _FIRST
        self.recipe_box = QComboBox()
        self.recipe_box.setAccessibleName(self.tr("Recipe"))
        self.recipe_box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.recipe_box.setMinimumContentsLength(12)
        self.recipe_box.addItem(self.tr("General: any network"), None)
        for recipe in shipped_recipes():
            self.recipe_box.addItem(recipe.title, recipe)
        self.file_button = QToolButton()
        self.file_button.setObjectName("flat")
        self.file_button.setToolTip(self.tr("Choose a recipe of your own"))
        self.file_button.setAccessibleName(self.file_button.toolTip())
        set_icon(self.file_button, "mdi6.file-outline")
        self.network_box = QComboBox()
        self.network_box.setAccessibleName(self.tr("Network"))
        self.network_box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.network_box.setMinimumContentsLength(12)
        self.scale_box = QComboBox()
        self.scale_box.setAccessibleName(self.tr("Scale"))
        self._choice = QWidget()
        self._about = QLabel()
        self._about.setObjectName("dimText")
        self._about.setWordWrap(True)
        self._about.setTextFormat(Qt.TextFormat.PlainText)
        self._lay_out()
        self.recipe_box.currentIndexChanged.connect(self._on_recipe)
        self.file_button.clicked.connect(self._ask_for_file)
        self.network_box.currentIndexChanged.connect(self._on_network)
        self.scale_box.currentIndexChanged.connect(self._on_scale)
        self._on_recipe()

    @property
    def recipe(self) -> RecipeFile | None:
        """The recipe; None where the general one is followed."""
        found: RecipeFile | None = self.recipe_box.currentData()
        return found

    @property
    def model(self) -> str:
        """The network's id; "" while none is known."""
        named = None if self.recipe is None else self.recipe.model
        return named or str(self.network_box.currentData() or "")

    @property
    def scale(self) -> int:
        named = None if self.recipe is None else self.recipe.scale
        return named or int(self.scale_box.currentData() or 0)

    @property
    def title(self) -> str:
        """What is trained, in words: "SRCNN (9-5-5) ×3"."""
        return f"{self.title_of(self.model)} ×{self.scale}"

    def title_of(self, model_id: str) -> str:
        """Return how the network is called, its id where it is not listed."""
        model = self.model_of(model_id)
        return model_id if model is None else model.title

    def model_of(self, model_id: str) -> ModelInfo | None:
        """Return the network of that id; None where it is not listed."""
        return self._models.get(model_id)

    def set_models(self, models: Sequence[ModelInfo]) -> None:
        """Offer the networks that can be trained; the choice stays."""
        wanted = self._wanted or self.network_box.currentData()
        trainable = sorted(
            (m for m in models if m.can_be_trained), key=lambda m: m.title.casefold()
        )
        self._models = {model.id: model for model in models}
        with QSignalBlocker(self.network_box):
            self.network_box.clear()
            for model in trainable:
                self.network_box.addItem(model.title, model.id)
            index = self.network_box.findData(wanted)
            self.network_box.setCurrentIndex(max(0, index))
            if index >= 0:
                self._wanted = ""
        self._on_network()

    def prefer(self, model: str, scale: int) -> None:
        """Choose the general recipe with this network, now or when the networks are listed."""
        self.recipe_box.setCurrentIndex(0)
        self._prefer_network(model, scale)

    def stored(self) -> dict[str, Any]:
        recipe = self.recipe
        return {
            "recipe": "" if recipe is None else str(recipe.path),
            "model": str(self.network_box.currentData() or self._wanted),
            "scale": self.scale_box.currentData(),
        }

    def restore(self, values: FormValues) -> None:
        model, scale = values.get("model"), values.get("scale")
        if isinstance(model, str) and isinstance(scale, int):
            self._prefer_network(model, scale)
        path = values.get("recipe")
        if isinstance(path, str) and path:
            try:
                self._choose(read_recipe_file(Path(path)))
            except SrStudioError:  # it was moved since: the general one will do
                self.recipe_box.setCurrentIndex(0)

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(4)
        first.addWidget(self.recipe_box, 1)
        first.addWidget(self.file_button)
        second = QHBoxLayout(self._choice)
        second.setContentsMargins(0, 0, 0, 0)
        second.setSpacing(8)
        second.addWidget(self.network_box, 1)
        second.addWidget(self.scale_box)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(first)
        column.addWidget(self._choice)
        column.addWidget(self._about)
        self.setFocusProxy(self.recipe_box)

    def _prefer_network(self, model: str, scale: int) -> None:
        self._wanted = model
        if self.scale_box.findData(scale) < 0:
            self.scale_box.addItem(f"×{scale}", scale)  # until the network's own are known
        self.scale_box.setCurrentIndex(self.scale_box.findData(scale))
        index = self.network_box.findData(model)
        if index >= 0:
            self._wanted = ""
            self.network_box.setCurrentIndex(index)
            self._on_network()

    def _choose(self, recipe: RecipeFile) -> None:
        paths = [None if r is None else r.path for r in self._recipes()]
        if recipe.path not in paths:
            self.recipe_box.addItem(recipe.title, recipe)
            paths.append(recipe.path)
        self.recipe_box.setCurrentIndex(paths.index(recipe.path))

    def _recipes(self) -> list[RecipeFile | None]:
        return [self.recipe_box.itemData(index) for index in range(self.recipe_box.count())]

    @Slot()
    def _ask_for_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self, self.file_button.toolTip(), "", f"{self.tr('Recipes')} (*.toml)"
        )
        if not name:
            return
        try:
            self._choose(read_recipe_file(Path(name)))
        except SrStudioError as error:
            self.refused.emit(error)

    @Slot()
    def _on_recipe(self) -> None:
        recipe = self.recipe
        self.network_box.setVisible(recipe is None or recipe.model is None)
        self.scale_box.setVisible(recipe is None or recipe.scale is None)
        self._choice.setVisible(recipe is None or None in (recipe.model, recipe.scale))
        self._on_scale()

    @Slot()
    def _on_network(self) -> None:
        """Offer the scales of the network; the chosen one stays if it can."""
        self.network_box.setEnabled(self.network_box.count() > 0)
        model = self._models.get(str(self.network_box.currentData() or ""))
        if model is not None:
            chosen = self.scale_box.currentData()
            with QSignalBlocker(self.scale_box):
                self.scale_box.clear()
                for scale in model.scales:
                    self.scale_box.addItem(f"×{scale}", scale)
                self.scale_box.setCurrentIndex(max(0, self.scale_box.findData(chosen)))
        self._on_scale()

    @Slot()
    def _on_scale(self) -> None:
        self._about.setText(self._outlook())
        self.changed.emit()

    def _outlook(self) -> str:
        """Return what is to be expected of it."""
        recipe = self.recipe
        words = []
        if recipe is not None and recipe.model and recipe.scale:
            words.append(f"{self.title}.")
        if recipe is not None and recipe.steps is not None:
            steps = self.tr("Done after %1 steps.").replace("%1", f"{recipe.steps:,}")
            return " ".join([*words, steps])
        model = self._models.get(self.model)
        if model is None:
            return " ".join(words) or self.tr("The networks are not listed yet.")
        count = count_in_words(model.parameters)
        outlook = self.tr(
            "%1 parameters. Minutes give a first impression, a night comes nearer to what the "
            "paper reports."
        )
        if model.parameters >= _LARGE:
            outlook = self.tr(
                "%1 parameters, a large network: papers train such ones for days on a GPU, and "
                "hours on a processor teach it little."
            )
        return " ".join([*words, outlook.replace("%1", count)])
