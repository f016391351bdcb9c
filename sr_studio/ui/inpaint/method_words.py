"""The methods of filling in the words of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from sr_studio.tasks._inpaint_pictures import InpaintMethod


def method_titles() -> dict[InpaintMethod, str]:
    """Return the name of each method, short enough for the title of a pane."""

    def tr(words: str) -> str:
        return QCoreApplication.translate("InpaintMethods", words)

    return {
        "exemplar": tr("Texture"),
        "telea": tr("Telea"),
        "navier-stokes": tr("Navier-Stokes"),
        "biharmonic": tr("Biharmonic"),
        "network": tr("Network"),
        "deep": tr("Deep Image Prior"),
    }
