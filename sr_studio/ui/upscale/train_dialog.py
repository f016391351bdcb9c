"""Asks how to train a network: on which photographs, for which scale, for how long."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from sr_studio.tasks.train import TrainRequest
from sr_studio.ui.forms.form_rows import FormRows
from sr_studio.ui.saving.dialog_buttons import dialog_buttons
from sr_studio.ui.upscale.network_table import count_in_words

if TYPE_CHECKING:
    from sr_studio.settings import FormValues
    from sr_studio.tasks.models import ModelInfo

_LARGE = 1_000_000  # parameters from which on a processor alone teaches little


class TrainDialog(QDialog):
    """Makes the request of a training.

    Args:
        model: the network.
        scale: proposed.
        runs: the folder in which the folders of trainings lie.
        stored: what was chosen last time.
    """

    def __init__(
        self,
        model: ModelInfo,
        scale: int,
        runs: Path,
        stored: FormValues,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._runs = runs
        self.setWindowTitle(self.tr("Train %1").replace("%1", model.title))
        self.photos_line = QLineEdit(str(stored.get("photos", "")))
        self.photos_line.setPlaceholderText(self.tr("A folder of sharp photographs"))
        self.photos_line.setAccessibleName(self.tr("Folder of photographs"))
        self.scale_box = QComboBox()
        self.scale_box.setAccessibleName(self.tr("Scale"))
        for each in model.scales:
            self.scale_box.addItem(f"×{each}", each)
        self.scale_box.setCurrentIndex(max(0, self.scale_box.findData(scale)))
        self.time_spin = QSpinBox()
        self.time_spin.setRange(1, 999)
        self.time_spin.setAccessibleName(self.tr("Time"))
        self.unit_box = QComboBox()
        self.unit_box.setAccessibleName(self.tr("Unit of the time"))
        self.unit_box.addItem(self.tr("minutes"), "m")
        self.unit_box.addItem(self.tr("hours"), "h")
        self.precision_box = QComboBox()
        self.precision_box.setAccessibleName(self.tr("Precision"))
        self.precision_box.addItem(self.tr("32 bit: exact"), "fp32")
        self.precision_box.addItem(self.tr("bfloat16: faster on newer GPUs"), "bf16")
        self.run_line = QLineEdit()
        self.run_line.setAccessibleName(self.tr("Folder of the training"))
        self._restore(stored)
        self._propose_run_folder()
        self._start = QPushButton(self.tr("Start training"))
        self._lay_out()
        self.scale_box.currentIndexChanged.connect(self._propose_run_folder)
        for line in (self.photos_line, self.run_line):
            line.textChanged.connect(self._judge)
        self._judge()

    @property
    def scale(self) -> int:
        return int(self.scale_box.currentData())

    def request(self) -> TrainRequest:
        return TrainRequest(
            data=_path(self.photos_line),
            output=_path(self.run_line),
            model=self._model.id,
            scale=self.scale,
            precision=self.precision_box.currentData(),
            time_budget=f"{self.time_spin.value()}{self.unit_box.currentData()}",
            keep=True,
        )

    def stored(self) -> dict[str, Any]:
        """Return what the next dialog should propose."""
        return {
            "photos": self.photos_line.text(),
            "time": self.time_spin.value(),
            "unit": self.unit_box.currentData(),
            "precision": self.precision_box.currentData(),
        }

    def _restore(self, stored: FormValues) -> None:
        time = stored.get("time")
        self.time_spin.setValue(time if isinstance(time, int) else 1)
        for box, name, proposed in (
            (self.unit_box, "unit", "h"),
            (self.precision_box, "precision", "fp32"),
        ):
            box.setCurrentIndex(max(0, box.findData(stored.get(name, proposed))))

    def _lay_out(self) -> None:
        rows = FormRows()
        rows.add(
            self.tr("&Photographs"), _with_browse(self.photos_line, self), buddy=self.photos_line
        )
        rows.add(self.tr("&Scale"), self.scale_box)
        time_row = QHBoxLayout()
        time_row.setSpacing(8)
        time_row.addWidget(self.time_spin)
        time_row.addWidget(self.unit_box)
        time_row.addStretch(1)
        rows.add(self.tr("&Time"), time_row, buddy=self.time_spin)
        rows.add(self.tr("P&recision"), self.precision_box)
        rows.add(self.tr("Stored &in"), _with_browse(self.run_line, self), buddy=self.run_line)
        self._problem = _words("lossText", "")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 20, 22, 18)
        layout.setSpacing(14)
        layout.addWidget(_words("", self._introduction()))
        layout.addLayout(rows)
        layout.addWidget(_words("dimText", self._outlook()))
        layout.addWidget(self._problem)
        layout.addStretch(1)
        layout.addWidget(dialog_buttons(self, self._start))
        self.setMinimumWidth(560)
        self.photos_line.setFocus()

    def _introduction(self) -> str:
        return self.tr(
            "The network learns to turn small copies of your photographs back into the "
            "originals. A few of them are kept back to measure on."
        )

    def _outlook(self) -> str:
        if self._model.parameters >= _LARGE:
            words = self.tr(
                "With %1 parameters this network is large: papers train such ones for days on a "
                "GPU, and hours on a processor teach it little."
            )
            outlook = words.replace("%1", count_in_words(self._model.parameters))
        else:
            outlook = self.tr(
                "Minutes give a first impression, a night comes nearer to what the paper reports."
            )
        ending = self.tr("It can be finished early in the list of jobs and keeps the best so far.")
        return f"{outlook} {ending}"

    @Slot()
    def _propose_run_folder(self) -> None:
        """Name a folder in which no training lies."""
        name = f"{self._model.id}-x{self.scale}"
        names = itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))
        self.run_line.setText(
            str(next(path for each in names if not (path := self._runs / each).exists()))
        )

    @Slot()
    def _judge(self) -> None:
        """Say what is wrong as soon as it is; what is only missing needs no words."""
        problem = ""
        if self.photos_line.text().strip() and not _path(self.photos_line).is_dir():
            problem = self.tr("There is no such folder of photographs.")
        elif (_path(self.run_line) / "checkpoint.pt").exists():
            problem = self.tr("In the folder to store it in lies another training already.")
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        is_complete = all(line.text().strip() for line in (self.photos_line, self.run_line))
        self._start.setEnabled(is_complete and not problem)


def _with_browse(line: QLineEdit, dialog: QDialog) -> QHBoxLayout:
    """Return the line with a button that fills it with a folder."""
    button = QPushButton(dialog.tr("Browse…"))
    button.setAccessibleName(f"{button.text()} {line.accessibleName()}")
    button.setAutoDefault(False)

    def browse() -> None:
        folder = QFileDialog.getExistingDirectory(dialog, line.accessibleName(), line.text())
        if folder:
            line.setText(folder)

    button.clicked.connect(browse)
    row = QHBoxLayout()
    row.setSpacing(8)
    row.addWidget(line, 1)
    row.addWidget(button)
    return row


def _path(line: QLineEdit) -> Path:
    return Path(line.text().strip()).expanduser()


def _words(name: str, text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
