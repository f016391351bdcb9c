"""Blur and noise are asked for where the network can be told, and only there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sr_studio.jobs.progress import silent_context
from sr_studio.tasks.models import ListModelsRequest
from sr_studio.tasks.upscale import UpscaleSettings
from sr_studio.ui.upscale.told_form import ToldForm
from sr_studio.ui.upscale.upscale_form import UpscaleForm

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def form(qtbot: QtBot) -> UpscaleForm:
    form = UpscaleForm()
    qtbot.addWidget(form)
    form.picker.set_models(ListModelsRequest().run(silent_context()))
    form.show()
    return form


def test_a_network_that_cannot_be_told_is_not_asked_for(form: UpscaleForm) -> None:
    form.picker.prefer("compact")
    assert not form.told.isVisible()
    assert form.settings() == UpscaleSettings(model="compact", scale=form.size_controls.scale)


def test_what_is_told_becomes_the_settings(form: UpscaleForm, qtbot: QtBot) -> None:
    form.picker.prefer("srmd")
    assert form.told.isVisible()
    assert (form.settings().blur_sigma, form.settings().noise_sigma) == (None, None)
    with qtbot.waitSignal(form.changed):
        form.told.restore({"blur_sigma": 1.6, "noise_sigma": 15.0})
    assert (form.settings().blur_sigma, form.settings().noise_sigma) == (1.6, 15.0)


def test_a_network_is_told_only_what_it_can_be_told(form: UpscaleForm) -> None:
    form.told.restore({"blur_sigma": 1.6, "noise_sigma": 15.0})
    form.picker.prefer("srmdnf")
    assert (form.settings().blur_sigma, form.settings().noise_sigma) == (1.6, None)
    form.picker.prefer("compact")
    assert (form.settings().blur_sigma, form.settings().noise_sigma) == (None, None)


def test_values_outlive_the_program_while_hidden(form: UpscaleForm, qtbot: QtBot) -> None:
    form.told.restore({"blur_sigma": 1.6, "noise_sigma": 15.0})
    form.picker.prefer("compact")
    again = ToldForm("again")
    qtbot.addWidget(again)
    again.restore(form.stored())
    again.offer(("blur_sigma", "noise_sigma"))
    assert again.values() == {"blur_sigma": 1.6, "noise_sigma": 15.0}
