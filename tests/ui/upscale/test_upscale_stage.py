"""What the canvas asks for by itself, and what it waits for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from sr_studio.ui.application import Studio, build_studio
from sr_studio.ui.upscale.preview_maker import PreviewMaker
from sr_studio.ui.upscale.upscale_stage import Wish

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from sr_studio.ui.upscale.preview_maker import PreviewWanted

_TIMEOUT_MS = 20_000  # the networks are imported first


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
    panel = studio.window.active_panel
    stage = panel.stage

    def is_ready() -> bool:
        is_idle = not studio.place.desk.unfinished()
        return is_idle and panel.form.picker.model is not None and not stage._view.is_empty

    qtbot.waitUntil(is_ready, timeout=_TIMEOUT_MS)
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
