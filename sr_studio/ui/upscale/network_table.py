"""The networks as a table in groups, and what a search leaves of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import (
    QT_TRANSLATE_NOOP,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Slot,
)
from PySide6.QtGui import QStandardItem, QStandardItemModel
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sr_studio.tasks.models import Group, ModelInfo

_T = cast("Callable[[str, str], str]", QT_TRANSLATE_NOOP)
_GROUPS: tuple[tuple[Group, str], ...] = (
    ("fast", _T("Networks", "Fast: at low resolution, under a million parameters")),
    ("faithful", _T("Networks", "Faithful: nearest to the truth")),
    ("perceptual", _T("Networks", "Perceptual: sharp, but textures are invented")),
    ("historical", _T("Networks", "Historical: before 2017")),
    ("denoise", _T("Networks", "Denoise: the size stays")),
)
COLUMNS = (
    _T("Networks", "Network"),
    _T("Networks", "Year"),
    _T("Networks", "Paper"),
    _T("Networks", "Parameters"),
    _T("Networks", "Scales"),
    _T("Networks", "Set5, dB"),
    _T("Networks", "Weights"),
)
COLUMN_CHARACTERS = (26, 5, 36, 12, 15, 26, 24)
"""How wide each column is, in characters of its font."""
PAPER_COLUMN = 2
"""Gives way where the screen is narrow."""
_TO_THE_RIGHT = (3,)

ID_ROLE = Qt.ItemDataRole.UserRole
"""The network's id; None in the row of a group."""
IS_READY_ROLE = Qt.ItemDataRole.UserRole + 1
"""Whether the network can run on this machine now."""
REFERENCE_ROLE = Qt.ItemDataRole.UserRole + 2
"""The whole paper, and how to get missing weights."""
_SEARCHED_ROLE = Qt.ItemDataRole.UserRole + 3


def network_table(models: Sequence[ModelInfo], parent: QObject) -> QStandardItemModel:
    """Return a tree of two levels: groups, and in each what can run first, the newest of each."""
    table = QStandardItemModel(0, len(COLUMNS), parent)
    table.setHorizontalHeaderLabels([_tr(title) for title in COLUMNS])
    for group, title in _GROUPS:
        members = sorted((m for m in models if m.group == group), key=_how_far_away)
        if not members:
            continue
        head = QStandardItem(_tr(title))
        head.setFlags(Qt.ItemFlag.NoItemFlags)  # arrow keys pass over it
        for model in members:
            head.appendRow(_row(model))
        table.appendRow(head)
    return table


class NetworkFilter(QSortFilterProxyModel):
    """Leaves the networks in which every word of the search occurs, and their groups."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words: list[str] = []
        self.setRecursiveFilteringEnabled(True)

    @Slot(str)
    def search(self, text: str) -> None:
        """Words of name, year, authors or venue, in any order and case."""
        self._words = text.casefold().split()
        self.invalidate()

    @override
    def filterAcceptsRow(
        self, source_row: int, source_parent: QModelIndex | QPersistentModelIndex
    ) -> bool:
        index = self.sourceModel().index(source_row, 0, source_parent)
        searched = str(index.data(_SEARCHED_ROLE) or "")
        return bool(searched) and all(word in searched for word in self._words)


def count_in_words(count: int) -> str:
    """Return "57 k" or "16.7 M"."""
    if count < 1_000_000:
        return f"{round(count / 1000)}\N{NO-BREAK SPACE}k"
    return f"{count / 1_000_000:.1f}\N{NO-BREAK SPACE}M"


def bytes_in_words(count: int) -> str:
    """Return "2.7 MB"; "" where the size is not known."""
    if not count:
        return ""
    megabytes = count / 1e6
    shown = f"{megabytes:.1f}" if megabytes < 10 else f"{megabytes:.0f}"
    return f"{shown}\N{NO-BREAK SPACE}MB"


def weights_in_words(model: ModelInfo) -> str:
    """Say where the weights are, in a few words."""
    if model.learns_from == "picture":
        return _tr(_T("Networks", "learns from the picture"))
    here = [weight for weight in model.weights if weight.is_here]
    if here:
        words = {
            "shipped": _T("Networks", "shipped"),
            "installed": _T("Networks", "installed"),
            "local": _T("Networks", "on this machine"),
        }
        return _tr(words[here[0].origin])
    missing = {weight.id: weight for weight in model.weights if weight.origin == "downloadable"}
    if missing:
        size = bytes_in_words(sum(weight.bytes for weight in missing.values()))
        words_of_it = _tr(_T("Networks", "to download"))
        return f"{words_of_it}, {size}" if size else words_of_it
    if any(weight.advice for weight in model.weights):
        return _tr(_T("Networks", "to install"))
    if model.can_be_trained:
        return _tr(_T("Networks", "none: import or train"))
    return _tr(_T("Networks", "none: import"))


def _row(model: ModelInfo) -> list[QStandardItem]:
    advice = "" if model.can_run else next((w.advice for w in model.weights if w.advice), "")
    reference = f"{model.title} ({model.year}). {model.paper}"
    cells = (
        model.title,
        str(model.year),
        model.citation,
        count_in_words(model.parameters),
        " ".join(f"×{scale}" for scale in model.scales),
        _reached(model),
        weights_in_words(model),
    )
    data: dict[int, Any] = {
        ID_ROLE: model.id,
        IS_READY_ROLE: model.can_run,
        REFERENCE_ROLE: f"{reference}\n{advice}" if advice else reference,
        _SEARCHED_ROLE: " ".join(
            (model.id, model.title, str(model.year), model.authors, model.citation)
        ).casefold(),
    }
    items = []
    for column, cell in enumerate(cells):
        item = QStandardItem(cell)
        for role, value in data.items():
            item.setData(value, role)
        item.setToolTip(f"<p>{_escaped(reference)}</p>")  # rich text is wrapped
        if column in _TO_THE_RIGHT:
            item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        items.append(item)
    return items


def _reached(model: ModelInfo) -> str:
    """Return the best dB of each scale, in their order, a dash where it was not measured."""
    best: dict[int, float] = {}
    for weight in model.weights:
        if weight.set5_psnr is not None:
            best[weight.scale] = max(weight.set5_psnr, best.get(weight.scale, 0.0))
    if not best:
        return "–"
    return "  ".join(f"{best[scale]:.2f}" if scale in best else "–" for scale in model.scales)


def _how_far_away(model: ModelInfo) -> tuple[int, int, str]:
    """Sort what runs at once first, then what can be had, the newest of each first."""
    if model.can_run:
        return 0, -model.year, model.title
    is_loadable = any(weight.origin == "downloadable" for weight in model.weights)
    return (1 if is_loadable else 2), -model.year, model.title


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Networks", text)
