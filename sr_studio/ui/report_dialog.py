"""An unexpected error, with a report to copy; the program goes on."""

from __future__ import annotations

import platform
import traceback

import PySide6
from PySide6.QtCore import Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

import sr_studio


def report_of(error: BaseException, doing: str) -> str:
    """Return all that helps to find the cause; it holds no picture."""
    lines = [
        f"SR Studio {sr_studio.__version__}, Python {platform.python_version()}, "
        f"PySide {PySide6.__version__}, {platform.platform()}",
        f"While: {doing}",
        "",
        "".join(traceback.format_exception(error)).rstrip(),
    ]
    return "\n".join(lines)


class ReportDialog(QDialog):
    """Says that something went wrong that nobody foresaw."""

    def __init__(self, error: BaseException, doing: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Something went wrong"))
        self.report = report_of(error, doing)
        title = QLabel(self.tr("“%1” ended with an error.").replace("%1", doing))
        title.setObjectName("bigText")
        title.setWordWrap(True)
        words = QLabel(
            self.tr(
                "Your pictures are unharmed and the program goes on. This is a fault of the "
                "program: please copy the report and send it to its makers. It names files, "
                "but holds no picture, and nothing is sent by itself."
            )
        )
        words.setWordWrap(True)
        report = QPlainTextEdit(self.report)
        report.setReadOnly(True)
        report.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        report.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        report.setAccessibleName(self.tr("Report"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self._copy = QPushButton(self.tr("Copy the report"))
        buttons.addButton(self._copy, QDialogButtonBox.ButtonRole.ActionRole)
        self._copy.clicked.connect(self._on_copy)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(12)
        for widget in (title, words, report, buttons):
            layout.addWidget(widget)
        self.resize(720, 460)

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.report)
        self._copy.setText(self.tr("Copied"))
