"""The buttons of the dialogs that save: the one that does it stands out, Cancel is beside it."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPushButton


def dialog_buttons(dialog: QDialog, accept: QPushButton) -> QDialogButtonBox:
    """Return Cancel and `accept`, which becomes the default button, wired to `dialog`."""
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    accept.setProperty("primary", "true")
    accept.setDefault(True)
    buttons.addButton(accept, QDialogButtonBox.ButtonRole.AcceptRole)
    buttons.accepted.connect(dialog.accept)
    buttons.rejected.connect(dialog.reject)
    return buttons
