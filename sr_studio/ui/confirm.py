"""Asks before something is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMessageBox

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


def confirm(parent: QWidget, title: str, words: str, *, go_on: str, stay: str) -> bool:
    """Ask, with buttons that say what they do; Escape and Return leave all as it is.

    Args:
        parent: of the dialog.
        title: the question.
        words: what would be lost.
        go_on: the button that goes on, such as "Leave".
        stay: the other, which is the default.
    """
    box = QMessageBox(QMessageBox.Icon.Question, title, words, parent=parent)
    yes = box.addButton(go_on, QMessageBox.ButtonRole.DestructiveRole)
    no = box.addButton(stay, QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(no)
    box.setEscapeButton(no)
    box.exec()
    return box.clickedButton() is yes
