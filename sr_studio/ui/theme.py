"""Fusion with own palettes: a neutral dark surround and a light one, following the system."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from string import Template
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QStyleFactory

from sr_studio.resource_files import resource_folder

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from sr_studio.settings import Theme


@dataclass(frozen=True, slots=True)
class Colours:
    """All colours of one theme; the grays have no hue, so that they tint no picture."""

    name: str
    window: str
    panel: str
    field: str
    button: str
    hover: str
    border: str
    text: str
    dim: str
    disabled: str
    accent: str
    on_accent: str
    accent_hover: str
    good: str
    warning: str
    bad: str
    bar: str


DARK = Colours(
    name="dark",
    window="#232323",
    panel="#2b2b2b",
    field="#1c1c1c",
    button="#3a3a3a",
    hover="#464646",
    border="#454545",
    text="#e8e8e8",
    dim="#a8a8a8",
    disabled="#757575",
    accent="#5caeff",
    on_accent="#0c1a28",
    accent_hover="#84c2ff",
    good="#6cc887",
    warning="#f0b44c",
    bad="#ff8579",
    bar="#333333",
)
LIGHT = Colours(
    name="light",
    window="#ececec",
    panel="#f7f7f7",
    field="#ffffff",
    button="#ffffff",
    hover="#e4e4e4",
    border="#bdbdbd",
    text="#1c1c1c",
    dim="#5c5c5c",
    disabled="#9b9b9b",
    accent="#0b63ce",
    on_accent="#ffffff",
    accent_hover="#084fa6",
    good="#1c7a3a",
    warning="#8a5a00",
    bad="#b3261e",
    bar="#ffffff",
)


class ThemeSwitch(QObject):
    """Paints the application dark or light, as the user or the system wants it.

    Signals:
        changed: the colours are others now; icons have to be drawn again.
    """

    changed = Signal()

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._theme: Theme = "system"
        application.setStyle(QStyleFactory.create("Fusion"))
        application.styleHints().colorSchemeChanged.connect(self._follow_system)

    @property
    def theme(self) -> Theme:
        return self._theme

    @property
    def colours(self) -> Colours:
        # where the system has no opinion a photographer's tool is dark
        is_light = self._application.styleHints().colorScheme() == Qt.ColorScheme.Light
        if self._theme == "system":
            return LIGHT if is_light else DARK
        return LIGHT if self._theme == "light" else DARK

    def use(self, theme: Theme) -> None:
        self._theme = theme
        schemes = {"dark": Qt.ColorScheme.Dark, "light": Qt.ColorScheme.Light}
        scheme = schemes.get(theme, Qt.ColorScheme.Unknown)
        self._application.styleHints().setColorScheme(scheme)  # title bars and file dialogs too
        self._apply()

    @Slot(Qt.ColorScheme)
    def _follow_system(self, _scheme: Qt.ColorScheme) -> None:
        self._apply()

    def _apply(self) -> None:
        colours = self.colours
        self._application.setPalette(palette_of(colours))
        self._application.setStyleSheet(style_sheet_of(colours))
        self.changed.emit()


def palette_of(colours: Colours) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    plain = {
        role.Window: colours.window,
        role.WindowText: colours.text,
        role.Base: colours.field,
        role.AlternateBase: colours.panel,
        role.Text: colours.text,
        role.PlaceholderText: colours.dim,
        role.Button: colours.button,
        role.ButtonText: colours.text,
        role.BrightText: colours.bad,
        role.ToolTipBase: colours.panel,
        role.ToolTipText: colours.text,
        role.Highlight: colours.accent,
        role.HighlightedText: colours.on_accent,
        role.Accent: colours.accent,
        role.Link: colours.accent,
        role.LinkVisited: colours.accent,
        role.Light: colours.hover,
        role.Midlight: colours.hover,
        role.Mid: colours.border,
        role.Dark: colours.border,
        role.Shadow: "#000000",
    }
    for which, colour in plain.items():
        palette.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(colours.disabled))
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(colours.border))
    return palette


def style_sheet_of(colours: Colours) -> str:
    template = (resource_folder() / "style.qss").read_text(encoding="utf-8")
    icons = (resource_folder() / "icons").as_posix()
    return Template(template).substitute(asdict(colours), icons=icons)
