"""The settings of a restoration: what is wrong, how much time, and every number for experts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from sr_studio.tasks._restore_settings import RestoreSettings
from sr_studio.tasks._spec import Range
from sr_studio.ui.forms.request_form import RequestForm
from sr_studio.ui.section import Section, panel_title
from sr_studio.ui.train.path_field import PathField

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sr_studio.settings import FormValues

_NUMBERS = (
    "iterations",
    "learning_rate",
    "input_noise",
    "average",
    "tv",
    "window",
    "patience",
    "optimiser",
    "seed",
    "tile",
    "precision",
    "device",
)
_DIALS = ("learning_rate", "input_noise")
_SIZED = ("denoise", "jpeg", "inpaint", "enlarge")  # what can be done at a working size


class RestoreForm(QScrollArea):
    """Turns widgets into RestoreSettings and the files that go with them.

    Signals:
        changed: the settings are others now.
        dialled: learning rate or input noise was changed, which counts in a running fit too.
    """

    changed = Signal()
    dialled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        pictures = f"{self.tr('Pictures')} (*.png *.jpg *.jpeg *.tif *.tiff *.webp)"
        self.task = _choice(
            self.tr("What is wrong"),
            (
                ("denoise", self.tr("Grainy photo")),
                ("jpeg", self.tr("Blocky JPEG")),
                ("inpaint", self.tr("Missing spots")),
                ("enlarge", self.tr("Too small")),
                ("flash", self.tr("Dark, with a flash twin")),
                ("invert", self.tr("Study: what a classifier keeps")),
                ("maximise", self.tr("Study: what a channel looks for")),
            ),
        )
        self.note = QLabel()
        self.note.setObjectName("dimText")
        self.note.setWordWrap(True)
        self.mask_field = PathField(
            self.tr("Mask"), self.tr("White where pixels are missing"), wants=("file",),
            patterns=pictures,
        )  # fmt: skip
        self.guide_field = PathField(
            self.tr("Flash picture"), self.tr("The same view with flash"), wants=("file",),
            patterns=pictures,
        )  # fmt: skip
        self.size_form = RequestForm(
            RestoreSettings,
            ("scale", "downsampler"),
            titles={
                "scale": self.tr("Enlarge the sides by"),
                "downsampler": self.tr("Made small by"),
            },
            words={"downsampler": {"lanczos2": "Lanczos", "bicubic": self.tr("Bicubic")}},
        )
        self.features = RequestForm(
            RestoreSettings,
            ("backbone", "layer", "channel"),
            titles={"backbone": self.tr("Classifier")},
        )
        self.quality = _choice(
            self.tr("Quality"),
            (
                ("quick", self.tr("Quick: seconds to minutes")),
                ("best", self.tr("Best: minutes to hours")),
                ("paper", self.tr("As published: hours")),
            ),
        )
        self.stop = QCheckBox(self.tr("Stop by itself at the best moment"))
        self.stop.setChecked(True)
        self.working = RequestForm(
            RestoreSettings,
            ("working_px",),
            titles={"working_px": self.tr("Work at, longest side")},
            ranges={"working_px": Range(0, 8000)},
        )
        self.cost = QLabel()
        self.cost.setObjectName("dimText")
        self.cost.setWordWrap(True)
        self.truth_field = PathField(
            self.tr("Ground truth"), self.tr("As it should be, to measure PSNR"), wants=("file",),
            patterns=pictures,
        )  # fmt: skip
        self.network = _choice(self.tr("Network"), (("", self.tr("Automatic")),))
        self._wanted_network = ""
        self.numbers = RequestForm(
            RestoreSettings,
            _NUMBERS,
            titles={
                "tv": self.tr("Total variation"),
                "tile": self.tr("Windows: auto, off or pixels"),
                "window": self.tr("Variance over"),
            },
            words={
                "optimiser": {"adam": "Adam", "sgld": "SGLD"},
                "precision": {
                    "auto": self.tr("Automatic"),
                    "fp32": self.tr("32 bit"),
                    "bf16": "bfloat16",
                },
            },
        )
        self._page = QWidget()
        self._page.setObjectName("settingsPage")
        self._lay_out()
        self._wire()
        self._on_task()

    def settings(self) -> RestoreSettings:
        """Return what the widgets say.

        Raises:
            InvalidRequest: a number that is written as a text is none.
        """
        values: dict[str, Any] = {**self.numbers.values()}
        values |= self.size_form.values() if self._task == "enlarge" else {}
        values |= self.working.values() if self._task in _SIZED else {}
        values |= self.features.values() if self._task in ("invert", "maximise") else {}
        return RestoreSettings(
            task=self.task.currentData(),
            quality=self.quality.currentData(),
            stop="auto" if self.stop.isChecked() else "never",
            network=self.network.currentData() or None,
            **values,
        )

    @property
    def mask_path(self) -> Path | None:
        return self.mask_field.path if self._task == "inpaint" else None

    @property
    def guide_path(self) -> Path | None:
        return self.guide_field.path if self._task == "flash" else None

    def set_networks(self, networks: Sequence[tuple[str, str]]) -> None:
        """Offer these (id, title) beside the automatic choice."""
        for prior_id, title in networks:
            self.network.addItem(title, prior_id)
        index = self.network.findData(self._wanted_network)
        self.network.setCurrentIndex(max(index, 0))

    def set_running(self, *, is_running: bool) -> None:
        """Lock all but what may be turned in a running fit."""
        for part in (
            self.task, self.mask_field, self.guide_field, self.size_form, self.features,
            self.quality, self.stop, self.working, self.truth_field, self.network,
        ):  # fmt: skip
            part.setEnabled(not is_running)
        for name in _NUMBERS:
            self.numbers.widget(name).setEnabled(not is_running or name in _DIALS)

    def stored(self) -> dict[str, Any]:
        numbers = {name: self.numbers.values()[name] for name in ("device", "precision", "tile")}
        return {
            "task": self._task,
            "quality": self.quality.currentData(),
            "stop": self.stop.isChecked(),
            **numbers,
        }

    def restore(self, values: FormValues) -> None:
        """Take what was stored; the numbers of one run are no habit, so they are not."""
        for box, name in ((self.task, "task"), (self.quality, "quality")):
            box.setCurrentIndex(max(box.findData(values.get(name)), 0))
        if isinstance(values.get("stop"), bool):
            self.stop.setChecked(bool(values["stop"]))
        self.numbers.set_values(values)

    def show_settings(self, settings: RestoreSettings) -> None:
        """Set every widget to what an earlier run was started with."""
        self.task.setCurrentIndex(max(self.task.findData(settings.task), 0))
        self.quality.setCurrentIndex(max(self.quality.findData(settings.quality), 0))
        self.stop.setChecked(settings.stop == "auto")
        self._wanted_network = settings.network or ""
        self.network.setCurrentIndex(max(self.network.findData(self._wanted_network), 0))
        values = {name: getattr(settings, name) for name in RestoreSettings.__dataclass_fields__}
        for form in (self.size_form, self.features, self.working, self.numbers):
            form.set_values(values)

    @property
    def _task(self) -> str:
        return str(self.task.currentData())

    def _lay_out(self) -> None:
        wrong = Section(self.tr("What is wrong"))
        for widget in (
            self.task,
            self.note,
            self.mask_field,
            self.guide_field,
            self.size_form,
            self.features,
        ):
            wrong.add(widget)
        how = Section(self.tr("How thoroughly"))
        for each in (self.quality, self.stop, self.working, self.cost):
            how.add(each)
        truth = Section(self.tr("Ground truth"), is_folded=True)
        truth.add(self.truth_field)
        expert = Section(self.tr("Expert"), is_folded=True)
        label = QLabel(self.tr("&Network"))
        label.setBuddy(self.network)
        expert.add(label)
        expert.add(self.network)
        expert.add(self.numbers)
        column = QVBoxLayout(self._page)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(12)
        column.addWidget(panel_title(self.tr("Restore")))
        for section in (wrong, how, truth, expert):
            column.addWidget(section)
        column.addStretch(1)
        self.setWidget(self._page)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def _wire(self) -> None:
        self.task.currentIndexChanged.connect(self._on_task)
        for box in (self.quality, self.network):
            box.currentIndexChanged.connect(self.changed)
        self.stop.toggled.connect(self.changed)
        for part in (
            self.mask_field,
            self.guide_field,
            self.size_form,
            self.features,
            self.working,
            self.truth_field,
            self.numbers,
        ):
            part.changed.connect(self.changed)
        for name in _DIALS:
            self.numbers.widget(name).changed.connect(self.dialled)

    @Slot()
    def _on_task(self) -> None:
        task = self._task
        self.note.setText(
            {
                "denoise": self.tr("A network is fitted to this one picture. It learns the picture "
                                   "before it learns the noise, and is stopped in between."),
                "jpeg": self.tr("Removes blocks and halos of strong compression."),
                "inpaint": self.tr("Fills what is white in the mask; without a mask, what is "
                                   "transparent. Nothing else changes."),
                "enlarge": self.tr("Looks for a larger picture that gives this one when it is "
                                   "made small."),
                "flash": self.tr("Takes the detail of the flash picture and the light of this one."),
                "invert": self.tr("Looks for a picture whose features are those of this one."),
                "maximise": self.tr("Looks for a picture, of this one's size, that one channel of "
                                    "a classifier answers to most."),
            }[task]
        )  # fmt: skip
        self.mask_field.setVisible(task == "inpaint")
        self.guide_field.setVisible(task == "flash")
        self.size_form.setVisible(task == "enlarge")
        self.working.setVisible(task in _SIZED)
        self.features.setVisible(task in ("invert", "maximise"))
        self.changed.emit()


def _choice(name: str, items: Sequence[tuple[str, str]]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    for data, words in items:
        box.addItem(words, data)
    # long titles must not widen the panel
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return box
