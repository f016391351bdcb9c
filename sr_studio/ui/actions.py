"""Every command of the window with its words, its key and its icon, in one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence

from sr_studio.ui.icons import set_icon

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtWidgets import QWidget


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One command.

    Attributes:
        id: how the window calls it.
        text: for the menu, with the mnemonic.
        keys: the first is shown.
        icon: a qtawesome name.
        is_switch: it can be on or off.
        near_picture: the key counts only while the canvas or film strip has the focus: elsewhere
            it moves a slider or walks to the next control.
    """

    id: str
    text: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    is_switch: bool = False
    near_picture: bool = False


# for lupdate: -tr-function-alias QT_TRANSLATE_NOOP+=_T
_T = cast("Callable[[str, str], str]", QT_TRANSLATE_NOOP)
_SPECS = (
    ActionSpec("open", _T("Actions", "&Open…"), ("Ctrl+O",), "mdi6.folder-open-outline"),
    ActionSpec("open_folder", _T("Actions", "Open a &folder…"), ("Ctrl+Shift+O",)),
    ActionSpec("sample", _T("Actions", "Open the sa&mple photo")),
    ActionSpec("undo", _T("Actions", "&Undo"), ("Ctrl+Z",), "mdi6.undo"),
    ActionSpec("redo", _T("Actions", "&Redo"), ("Ctrl+Shift+Z", "Ctrl+Y"), "mdi6.redo"),
    ActionSpec("paste", _T("Actions", "&Paste"), ("Ctrl+V",), "mdi6.content-paste"),
    ActionSpec("save", _T("Actions", "&Save…"), ("Ctrl+S",), "mdi6.content-save-outline"),
    ActionSpec("save_all", _T("Actions", "Save &all…"), ("Ctrl+Shift+S",)),
    ActionSpec("sheet", _T("Actions", "&Export a comparison sheet…"), ("Ctrl+Shift+E",)),
    ActionSpec("close", _T("Actions", "&Close the picture"), ("Ctrl+W",)),
    ActionSpec("quit", _T("Actions", "&Quit"), ("Ctrl+Q",)),
    ActionSpec("run", _T("Actions", "&Upscale"), ("Ctrl+Return", "Ctrl+Enter")),
    ActionSpec("run_all", _T("Actions", "Upscale &all"), ("Ctrl+Shift+Return",)),
    ActionSpec("cancel", _T("Actions", "&Cancel"), ("Esc",)),
    ActionSpec("retry", _T("Actions", "&Try again what failed")),
    ActionSpec("previous", _T("Actions", "&Previous picture"), ("Left",), near_picture=True),
    ActionSpec("next", _T("Actions", "&Next picture"), ("Right",), near_picture=True),
    ActionSpec("remove", _T("Actions", "Remo&ve from the film strip"), ("Del",), near_picture=True),
    ActionSpec(
        "before", _T("Actions", "&Before / after"), ("\\",), "mdi6.eye-outline", is_switch=True
    ),
    ActionSpec(
        "side", _T("Actions", "&Side by side"), ("Y",), "mdi6.view-column-outline", is_switch=True
    ),
    ActionSpec("split", _T("Actions", "S&plit line"), ("Shift+Y",), "mdi6.compare", is_switch=True),
    ActionSpec(
        "stacked",
        _T("Actions", "&Above and below"),
        ("Alt+Y",),
        "mdi6.view-agenda-outline",
        is_switch=True,
    ),
    ActionSpec(
        "flicker", _T("Actions", "&Flicker"), ("A",), "mdi6.animation-outline", is_switch=True
    ),
    ActionSpec(
        "difference", _T("Actions", "&Difference"), ("D",), "mdi6.circle-half-full", is_switch=True
    ),
    ActionSpec("loupe", _T("Actions", "&Loupe"), ("L",), "mdi6.magnify", is_switch=True),
    ActionSpec("toggle_fit", _T("Actions", "Fit / &1:1"), ("Z",), "mdi6.fit-to-screen-outline"),
    ActionSpec("smooth", _T("Actions", "Smooth above 1:&1"), ("N",), "", is_switch=True),
    ActionSpec("surround", _T("Actions", "Next s&urround"), ("Ctrl+B",), "mdi6.invert-colors"),
    ActionSpec(
        "hide_panels",
        _T("Actions", "&Hide the panels"),
        ("Tab",),
        "",
        is_switch=True,
        near_picture=True,
    ),
    ActionSpec("full_screen", _T("Actions", "F&ull screen"), ("F", "F11"), "", is_switch=True),
    ActionSpec("next_area", _T("Actions", "Next area of the &window"), ("F6",)),
    ActionSpec("theme_system", _T("Actions", "As the &system"), is_switch=True),
    ActionSpec("theme_dark", _T("Actions", "&Dark"), is_switch=True),
    ActionSpec("theme_light", _T("Actions", "&Light"), is_switch=True),
    ActionSpec(
        "keys", _T("Actions", "&Keys and gestures"), ("?", "Shift+?", "F1"), "mdi6.keyboard-outline"
    ),
    ActionSpec("about", _T("Actions", "&About SR Studio")),
)
ZOOM_KEYS = {4: 0.25, 5: 0.5, 6: 1.0, 7: 2.0, 8: 4.0, 9: 8.0}
"""The digit and the zoom that it sets."""


class Actions:
    """The commands as Qt knows them.

    Args:
        window: keys count anywhere in it.
        picture_area: keys of `near_picture` count only in it.
    """

    def __init__(self, window: QWidget, picture_area: QWidget) -> None:
        self._actions: dict[str, QAction] = {}
        for spec in _SPECS:
            text = QCoreApplication.translate("Actions", spec.text)
            action = self._add(window, picture_area, spec, text)
            self._actions[spec.id] = action
        for digit, zoom in ZOOM_KEYS.items():
            spec = ActionSpec(f"zoom_{digit}", "", (str(digit),))
            self._actions[spec.id] = self._add(window, picture_area, spec, f"{zoom * 100:.0f} %")
        for names in (
            ("side", "split", "stacked", "flicker", "difference"),
            ("theme_system", "theme_dark", "theme_light"),
        ):
            group = QActionGroup(window)
            for name in names:
                group.addAction(self._actions[name])

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def named(self, names: Iterable[str]) -> list[QAction]:
        return [self._actions[name] for name in names]

    @staticmethod
    def _add(window: QWidget, picture_area: QWidget, spec: ActionSpec, text: str) -> QAction:
        action = QAction(text, window)
        action.setObjectName(spec.id)
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
        action.setCheckable(spec.is_switch)
        if spec.icon:
            set_icon(action, spec.icon)
        owner = picture_area if spec.near_picture else window
        if spec.near_picture:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        owner.addAction(action)
        return action
