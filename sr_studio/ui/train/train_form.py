"""The settings of a training: recipe, photographs, time, where it is stored, machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from sr_studio.tasks.train import TrainRequest
from sr_studio.ui.forms.request_form import RequestForm
from sr_studio.ui.section import Section, panel_title
from sr_studio.ui.train.path_field import PathField
from sr_studio.ui.train.photo_controls import PhotoControls
from sr_studio.ui.train.recipe_picker import RecipePicker
from sr_studio.ui.train.store_controls import StoreControls
from sr_studio.ui.train.time_field import TimeField

if TYPE_CHECKING:
    from pathlib import Path

    from sr_studio.settings import FormValues


class TrainForm(QScrollArea):
    """Turns widgets into the request of a training.

    Args:
        runs: the folder in which the folders of trainings lie, if the user says nothing else.

    Signals:
        changed: the settings are others now.
    """

    changed = Signal()

    def __init__(self, runs: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.recipes = RecipePicker()
        self.pictures = PhotoControls()
        self.time = TimeField()
        self.store = StoreControls(runs)
        self.start_from = PathField(
            self.tr("Start from another training"),
            self.tr("Its checkpoint.pt"),
            wants=("file",),
            patterns=f"{self.tr('Checkpoints')} (*.pt)",
        )
        self.machine = RequestForm(
            TrainRequest,
            ("precision", "device"),
            titles={"precision": self.tr("Precision"), "device": self.tr("Device")},
            words={
                "precision": {
                    "auto": self.tr("Automatic"),
                    "fp32": self.tr("32 bit: exact"),
                    "bf16": self.tr("bfloat16: faster on newer machines"),
                }
            },
        )
        self._page = QWidget()
        self._lay_out()
        self.recipes.changed.connect(self._on_recipe)
        for part in (self.pictures, self.time, self.store, self.start_from, self.machine):
            part.changed.connect(self.changed)
        self._on_recipe()

    def request(self) -> TrainRequest:
        """Return what the widgets say; only where `why_not` is empty."""
        recipe, photos, output = self.recipes.recipe, self.pictures.photos, self.store.folder
        if photos.path is None or output.path is None:
            raise ValueError("the folders are not named yet")
        values: dict[str, Any] = dict(self.machine.values())
        if recipe is None or recipe.model is None:
            values["model"] = self.recipes.model
        if recipe is None or recipe.scale is None:
            values["scale"] = self.recipes.scale
        return TrainRequest(
            data=photos.path,
            output=output.path,
            recipe=None if recipe is None else recipe.path,
            validation=self.pictures.validation.path,
            start_from=self.start_from.path,
            resume=self.store.goes_on,
            time_budget=self.time.budget,
            keep=self.store.keep_switch.isChecked(),
            **values,
        )

    def problem(self) -> str:
        """Return what is wrong, "" where nothing is or where something is only missing."""
        start_from = self.start_from.path
        if start_from is not None and not _is_file(start_from):
            return self.tr("There is no such training to start from.")
        return self.pictures.problem() or self.store.problem()

    def why_not(self) -> str:
        """Return why it cannot start, "" if it can."""
        if not self.recipes.model or not self.recipes.scale:
            return self.tr("The networks are not listed yet.")
        if self.pictures.photos.path is None:
            return self.tr("Choose a folder of photographs first.")
        if self.store.folder.path is None:
            return self.tr("Choose a folder to store it in first.")
        return self.problem()

    def stored(self) -> dict[str, Any]:
        """Return what the next start should find again."""
        parts = (self.recipes, self.pictures, self.time, self.store)
        return {k: v for part in parts for k, v in part.stored().items()} | self.machine.values()

    def restore(self, values: FormValues) -> None:
        """Take over what `stored` returned; an unfinished training is offered again."""
        self.recipes.restore(values)
        self.pictures.restore(values)
        self.time.restore(values)
        self.machine.set_values(values)
        model = self.recipes.model or str(values.get("model"))
        self.store.restore(values, model, self.recipes.scale)

    def set_locked(self, *, is_locked: bool) -> None:
        """While a training runs its settings can be read, not changed."""
        self._page.setEnabled(not is_locked)

    def _lay_out(self) -> None:
        self._page.setObjectName("settingsPage")
        column = QVBoxLayout(self._page)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(12)
        column.addWidget(panel_title(self.tr("Train")))
        origin = QLabel(self.tr("Start from another &training"))
        origin.setBuddy(self.start_from)
        parts: tuple[tuple[str, bool | None, tuple[QWidget, ...]], ...] = (
            (self.tr("Recipe"), None, (self.recipes,)),
            (self.tr("Photographs"), None, (self.pictures,)),
            (self.tr("Time"), None, (self.time,)),
            (self.tr("Stored in"), None, (self.store,)),
            (self.tr("Machine and start"), True, (self.machine, origin, self.start_from)),
        )
        for words, is_folded, widgets in parts:
            section = Section(words, is_folded=is_folded)
            for widget in widgets:
                section.add(widget)
            column.addWidget(section)
        column.addStretch(1)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(self._page)

    @Slot()
    def _on_recipe(self) -> None:
        recipe = self.recipes.recipe
        self.time.allow_no_limit(is_allowed=recipe is not None and recipe.steps is not None)
        self.pictures.set_folders(() if recipe is None else recipe.folders)
        self.store.set_network(self.recipes.model, self.recipes.scale)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name too long, a folder on the way that may not be entered
        return False
