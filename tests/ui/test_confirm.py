from __future__ import annotations

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from sr_studio.ui.confirm import confirm


@pytest.mark.parametrize(
    ("key", "button", "expected"),
    [(Qt.Key.Key_Escape, "", False), (Qt.Key.Key_Return, "", False), (None, "Leave", True)],
)
def test_only_its_own_button_goes_on(
    qtbot: QtBot, key: Qt.Key | None, button: str, expected: bool
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.show()

    def answer() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        if key is not None:
            qtbot.keyClick(box, key)
        else:
            next(each for each in box.buttons() if each.text() == button).click()

    QTimer.singleShot(0, parent, answer)
    assert confirm(parent, "Leave?", "It is lost.", go_on="Leave", stay="Stay") is expected
