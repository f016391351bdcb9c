from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from sr_studio.ui.upscale.network_popup import NetworkPopup
from sr_studio.ui.upscale.network_table import COLUMNS, bytes_in_words, weights_in_words
from tests.helpers.model_infos import make_info

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

KIM = "Jiwon Kim, Jung Kwon Lee: Very Deep Networks, CVPR 2016, https://example.org/vdsr"
MODELS = (
    make_info("old", year=2014),
    make_info("vdsr", "downloadable", year=2016, paper=KIM),
    make_info("later", "local", year=2015),
    make_info("quick"),
    make_info("quicker", "shipped", year=2017),
    make_info("sharp", "installed", look="perceptual"),
    make_info("clean", scales=(1,), task="denoise"),
)


@pytest.fixture
def popup(qtbot: QtBot) -> Iterator[NetworkPopup]:
    box = QWidget()
    box.resize(300, 30)
    qtbot.addWidget(box)
    popup = NetworkPopup(box)
    popup.set_models(MODELS)
    popup.drop_down(box, "later")
    yield popup
    box.close()  # keeps it alive until here


def marked(popup: NetworkPopup) -> str:
    return str(popup.table.currentIndex().data())


def test_groups_come_in_order_and_in_each_what_can_run_first(popup: NetworkPopup) -> None:
    assert popup.listed_ids() == ["quicker", "quick", "sharp", "later", "vdsr", "old", "clean"]


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("VDSR", ["vdsr"]),
        ("2016", ["vdsr"]),
        ("kim", ["vdsr"]),
        ("cvpr 2016 lee", ["vdsr"]),
        ("quick", ["quicker", "quick"]),
        ("fast", []),  # a group's title is no network's name
        ("zebra", []),
    ],
)
def test_a_search_leaves_what_has_every_word(
    popup: NetworkPopup, qtbot: QtBot, words: str, left: list[str]
) -> None:
    qtbot.keyClicks(popup.search, words)
    assert popup.listed_ids() == left
    popup.search.clear()
    assert len(popup.listed_ids()) == len(MODELS)


def test_arrows_walk_past_the_groups_and_enter_chooses(popup: NetworkPopup, qtbot: QtBot) -> None:
    assert marked(popup) == "LATER"
    qtbot.keyClick(popup.search, Qt.Key.Key_Up)
    assert marked(popup) == "SHARP"
    qtbot.keyClick(popup.search, Qt.Key.Key_Up)
    assert marked(popup) == "QUICK"
    with qtbot.waitSignal(popup.chosen, timeout=1000) as chosen:
        qtbot.keyClick(popup.search, Qt.Key.Key_Return)
    assert chosen.args == ["quick"]
    assert not popup.isVisible()


def test_enter_takes_the_first_match(popup: NetworkPopup, qtbot: QtBot) -> None:
    qtbot.keyClicks(popup.search, "old")
    with qtbot.waitSignal(popup.chosen, timeout=1000) as chosen:
        qtbot.keyClick(popup.search, Qt.Key.Key_Enter)
    assert chosen.args == ["old"]


def test_enter_without_a_match_chooses_nothing(popup: NetworkPopup, qtbot: QtBot) -> None:
    qtbot.keyClicks(popup.search, "zebra")
    with qtbot.assertNotEmitted(popup.chosen):
        qtbot.keyClick(popup.search, Qt.Key.Key_Return)
    assert popup.isVisible()


def test_escape_closes_and_chooses_nothing(popup: NetworkPopup, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(popup.chosen):
        qtbot.keyClick(popup.search, Qt.Key.Key_Escape)
    assert not popup.isVisible()


def test_letters_typed_on_the_table_are_searched(popup: NetworkPopup, qtbot: QtBot) -> None:
    popup.table.setFocus()
    qtbot.keyClick(popup.table, Qt.Key.Key_S)
    qtbot.keyClicks(popup.search, "harp")
    assert popup.search.text() == "sharp"
    assert popup.listed_ids() == ["sharp"]


def test_a_click_chooses_but_not_on_the_title_of_a_group(popup: NetworkPopup, qtbot: QtBot) -> None:
    table = popup.table
    group = table.model().index(0, 0)
    with qtbot.assertNotEmitted(popup.chosen):
        qtbot.mouseClick(
            table.viewport(),
            Qt.MouseButton.LeftButton,
            pos=table.visualRect(group).center(),
        )
    row = table.model().index(1, 0, group)
    with qtbot.waitSignal(popup.chosen, timeout=1000) as chosen:
        qtbot.mouseClick(
            table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualRect(row).center()
        )
    assert chosen.args == ["quick"]


def test_the_whole_reference_is_shown_and_in_the_tooltip(popup: NetworkPopup, qtbot: QtBot) -> None:
    qtbot.keyClicks(popup.search, "vdsr")
    assert KIM in popup.reference
    assert "Very Deep Networks" in str(popup.table.currentIndex().data(Qt.ItemDataRole.ToolTipRole))


def test_what_cannot_run_is_dimmed(popup: NetworkPopup) -> None:
    model = popup.table.model()
    delegate = popup.table.itemDelegate()
    colours = []
    for row in (0, 1):  # quicker runs, quick does not
        option = QStyleOptionViewItem()
        option.palette = popup.palette()
        delegate.initStyleOption(option, model.index(row, 0, model.index(0, 0)))
        colours.append(option.palette.color(QPalette.ColorRole.Text))
    palette = popup.palette()
    assert colours == [
        palette.color(QPalette.ColorRole.Text),
        palette.color(QPalette.ColorRole.PlaceholderText),
    ]


def test_it_stays_on_the_screen(popup: NetworkPopup) -> None:
    room = popup.screen().availableGeometry()
    assert room.contains(popup.geometry())
    box = popup.parentWidget()
    box.move(room.bottomLeft() - QPoint(0, 10))
    popup.drop_down(box, "")
    assert room.contains(popup.geometry())


def test_every_column_is_in_sight_on_a_small_laptop(popup: NetworkPopup) -> None:
    popup.resize(944, 500)  # 1920 pixels at double scale, less the margins
    header = popup.table.header()
    assert header.count() == len(COLUMNS)
    assert header.length() <= popup.table.viewport().width()


def test_the_state_of_the_weights_in_words() -> None:
    assert weights_in_words(make_info("n", "shipped")) == "shipped"
    assert weights_in_words(make_info("n", "local")) == "on this machine"
    assert (
        weights_in_words(make_info("n", "downloadable")) == "to download, 5.4\N{NO-BREAK SPACE}MB"
    )
    assert weights_in_words(make_info("n")) == "none: import or train"
    assert weights_in_words(make_info("n", task="denoise")) == "none: import"
    assert weights_in_words(make_info("n", learns_from="picture")) == "learns from the picture"
    assert bytes_in_words(0) == ""
