"""Icons in the colours of the theme, drawn again when it changes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QGuiApplication, QIcon, QPalette
from PySide6.QtWidgets import QAbstractButton, QLabel

from sr_studio.resource_files import resource_folder

os.environ.setdefault("QT_API", "pyside6")  # qtawesome takes whichever Qt it finds otherwise

import qtawesome

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

_NAME = "iconName"
_ROLE = "iconRole"


def set_icon(
    target: QAction | QAbstractButton,
    name: str,
    role: QPalette.ColorRole = QPalette.ColorRole.ButtonText,
) -> None:
    """Give `target` the qtawesome icon `name`; `refresh_icons` draws it again."""
    target.setProperty(_NAME, name)
    target.setProperty(_ROLE, role.value)
    target.setIcon(_draw(name, role))


def set_label_icon(label: QLabel, name: str, colour: str, edge_px: int = 16) -> None:
    """Show an icon in place of the label's text, crisp on any screen."""
    icon: QIcon = qtawesome.icon(name, color=colour)
    label.setPixmap(icon.pixmap(edge_px, edge_px))


def refresh_icons(root: QObject) -> None:
    """Draw all icons under `root` in the palette of now."""
    targets: list[QAction | QAbstractButton] = [
        *root.findChildren(QAction),
        *root.findChildren(QAbstractButton),
    ]
    for target in targets:
        if name := target.property(_NAME):
            target.setIcon(_draw(str(name), QPalette.ColorRole(target.property(_ROLE))))


def application_icon() -> QIcon:
    return QIcon(str(resource_folder() / "icons" / "sr-studio.svg"))


def _draw(name: str, role: QPalette.ColorRole) -> QIcon:
    palette = QGuiApplication.palette()
    icon: QIcon = qtawesome.icon(
        name,
        color=palette.color(role),
        color_disabled=palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText),
    )
    return icon
