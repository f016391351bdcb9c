"""What the canvas asks for by itself, and what it waits for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QWidget

from sr_studio.ui.application import Studio, build_studio
from sr_studio.ui.upscale.preview_maker import PreviewMaker
from sr_studio.ui.upscale.run_bar import RunBar
from sr_studio.ui.upscale.upscale_stage import Wish

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from sr_studio.ui.upscale.preview_maker import PreviewWanted

_TIMEOUT_MS = 8_000


@pytest.fixture
def studio(qtbot: QtBot, tmp_path: Path) -> Iterator[Studio]:
    studio = build_studio(tmp_path / "settings.json")
    studio.window.show()
    yield studio
    studio.close()
    studio.window.hide()
    studio.window.deleteLater()
    studio.deleteLater()


def test_what_must_learn_first_has_no_preview(
    studio: Studio, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "photo.png"
    Image.fromarray(np.arange(24 * 20 * 3, dtype=np.uint8).reshape(20, 24, 3)).save(path)
    studio.loader.open_paths([path])
    stage = studio.window.active_panel.stage
    qtbot.waitUntil(lambda: bool(studio.place.view.panes), timeout=_TIMEOUT_MS)
    qtbot.waitUntil(lambda: not studio.place.desk.unfinished(), timeout=_TIMEOUT_MS)
    qtbot.waitUntil(lambda: not stage._view.is_empty, timeout=_TIMEOUT_MS)
    wanted: list[str] = []

    def take_note(_maker: PreviewMaker, asked: PreviewWanted) -> None:
        wanted.append(asked.settings.model)

    monkeypatch.setattr(PreviewMaker, "want", take_note)
    settings = replace(stage._wish.settings, model="selfexsr", scale=3)
    stage.set_wish(Wish(settings, "SelfExSR", None, can_run=True, has_preview=False))
    assert wanted == []
    assert not stage.is_previewing
    stage.set_wish(Wish(replace(settings, model="compact"), "Compact", None, can_run=True))
    assert wanted == ["compact"]


def test_at_the_same_size_the_original_is_called_so(
    studio: Studio, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "photo.png"
    Image.fromarray(np.arange(24 * 20 * 3, dtype=np.uint8).reshape(20, 24, 3)).save(path)
    studio.loader.open_paths([path])
    view = studio.place.view
    qtbot.waitUntil(lambda: bool(view.panes), timeout=_TIMEOUT_MS)
    qtbot.waitUntil(lambda: not studio.place.desk.unfinished(), timeout=_TIMEOUT_MS)
    stage = studio.window.active_panel.stage
    for scale, titles in ((1, ["Original", "A denoiser"]), (2, ["Bicubic", "A denoiser ×2"])):
        settings = replace(stage._wish.settings, model="dncnn-25", scale=scale)
        stage.set_wish(Wish(settings, "A denoiser", None, can_run=True, has_preview=False))
        assert [pane.title for pane in view.panes] == titles


def test_the_buttons_say_what_a_denoiser_does(qtbot: QtBot) -> None:
    bar = RunBar(QWidget())
    qtbot.addWidget(bar)
    bar.name_work(removes_noise=True)
    assert (bar.run_button.text(), bar.run_all_button.text()) == ("Denoise", "Denoise all")
    bar.name_work(removes_noise=False)
    assert (bar.run_button.text(), bar.run_all_button.text()) == ("Upscale", "Upscale all")
