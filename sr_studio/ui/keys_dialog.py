"""The keys, as the menus hold them: made from the actions, so that it cannot be wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction

    from sr_studio.ui.actions import Actions

KeyGroup = tuple[str, "Sequence[QAction | tuple[str, str]]"]
"""A heading and what stands under it: actions, or (gesture, words) where no action is."""

_SIZE = QSize(1080, 640)
_COLUMN_PX = 330


class KeysDialog(QDialog):
    """Lists every key and gesture."""

    def __init__(self, groups: Sequence[KeyGroup], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keys and gestures"))
        size = _SIZE.boundedTo(self.screen().availableSize() * 0.9)  # 2x scale on a laptop
        columns = [QVBoxLayout() for _ in range(max(1, size.width() // _COLUMN_PX))]
        heights = [0] * len(columns)
        for title, entries in groups:
            shortest = heights.index(min(heights))
            columns[shortest].addWidget(_group_of(title, entries))
            heights[shortest] += len(entries) + 2
        page = QWidget()
        page.setObjectName("settingsPage")
        row = QHBoxLayout(page)
        row.setContentsMargins(20, 12, 20, 12)
        row.setSpacing(36)
        for column in columns:
            column.addStretch(1)
            row.addLayout(column, 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(page)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 12)
        layout.addWidget(scroll)
        foot = QHBoxLayout()
        foot.setContentsMargins(20, 0, 20, 0)
        foot.addWidget(buttons)
        layout.addLayout(foot)
        self.resize(size)


def key_groups(actions: Actions) -> list[KeyGroup]:
    """Return all keys by what they are for."""

    def tr(words: str) -> str:
        return QCoreApplication.translate("KeysDialog", words)

    return [
        (tr("Files"), actions.named(("open", "open_folder", "paste", "save", "save_all", "sheet",
                                     "close", "quit"))),
        (tr("Work"), actions.named(("run", "run_all", "cancel"))),
        (tr("Film strip"), actions.named(("previous", "next", "remove"))),
        (tr("Compare"), [
            *actions.named(("before", "side", "split", "stacked", "flicker", "difference",
                            "loupe")),
            ("Shift+\\", tr("flicker by itself")),
            (",  .", tr("weaker, stronger difference")),
            ("Shift+D", tr("difference with its sign")),
            (tr("Shift + arrows"), tr("move and turn the split line")),
        ]),
        (tr("Zoom and move"), [
            (tr("Wheel"), tr("zoom about the pointer")),
            (tr("Space + drag"), tr("move the picture; the middle button does too")),
            (tr("Double click"), tr("fit / 1:1")),
            *actions.named(("toggle_fit", "smooth")),
            ("+  −", tr("zoom in and out")),
            ("Home", tr("fit")),
            (tr("Arrows"), tr("move a picture that is larger than the view")),
            ("4 … 9", tr("25 % to 800 %; unsmoothed above 1:1")),
        ]),
        (tr("Window"), [
            *actions.named(("hide_panels", "full_screen", "surround", "next_area", "keys")),
            (tr("Tab"), tr("elsewhere: next control")),
        ]),
        (tr("Mask (Inpaint)"), [
            ("B  E  X", tr("brush, eraser, the other of both")),
            ("O  P  M", tr("lasso, polygon, rectangle; Shift+M: ellipse")),
            ("W  C", tr("similar pixels beside, or everywhere")),
            ("[  ]", tr("size; with Shift: hardness")),
            ("V", tr("picture and mask, mask, picture")),
        ]),
        (tr("Colour hints (Colorize)"), [
            ("P  B", tr("point, scribble")),
            (tr("Ctrl + click"), tr("remove; Del: the selected one")),
            (tr("Alt + click"), tr("take the colour of that place")),
            ("[  ]", tr("size")),
            ("S  H", tr("suggest a place; select the next")),
            ("V", tr("show or hide the hints")),
        ]),
        (tr("Settings"), [(tr("Double click"), tr("on a label sets it back"))]),
    ]  # fmt: skip


def _group_of(title: str, entries: Sequence[QAction | tuple[str, str]]) -> QWidget:
    box = QWidget()
    box.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
    grid = QGridLayout(box)
    grid.setContentsMargins(0, 8, 0, 8)
    grid.setHorizontalSpacing(14)
    grid.setVerticalSpacing(7)
    grid.setColumnStretch(1, 1)
    grid.setColumnMinimumWidth(0, 128)
    heading = QLabel(title)
    heading.setObjectName("sectionTitle")
    grid.addWidget(heading, 0, 0, 1, 2)
    for row, entry in enumerate(entries, 1):
        if isinstance(entry, tuple):
            keys, words = entry
        else:
            keys, words = _keys_of(entry), entry.text().replace("&", "").rstrip("…")
        cap = QLabel(keys)
        cap.setObjectName("keyCap")
        cap.setAlignment(Qt.AlignmentFlag.AlignCenter)
        grid.addWidget(cap, row, 0)
        text = QLabel(words)
        text.setWordWrap(True)
        grid.addWidget(text, row, 1)
    return box


def _keys_of(action: QAction) -> str:
    form = QKeySequence.SequenceFormat.NativeText
    return action.shortcut().toString(form)
