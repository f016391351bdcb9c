"""Networks side by side on one picture."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from sr_studio.engines.deep_image_prior import PriorFit
from sr_studio.engines.prior.fits_compared import FitsCompared
from sr_studio.engines.prior.network_comparison import compare_networks
from sr_studio.engines.prior.problems import Damage
from sr_studio.engines.prior.settings import PriorSettings
from sr_studio.errors import BadResult
from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.jobs.control import CancelToken, JobCancelled
from sr_studio.jobs.progress import ReportingContext, silent_context
from sr_studio.models.priors._registry import find_prior

if TYPE_CHECKING:
    from sr_studio.jobs.control import JobContext

_NAMES = ("projector-16", "encoder-2", "skip-32")
_SETTINGS = PriorSettings(iterations=12, average=0.0, stop="never")


def _damage() -> Damage:
    y, x = np.mgrid[0:48, 0:40].astype(float)
    values = 128 + 90 * np.stack([np.sin(x / 9), np.cos(y / 7), np.sin((x + y) / 11)], axis=-1)
    truth = ImageBuffer(values.round().astype(np.uint8))
    missing = np.zeros((48, 40), np.bool_)
    missing[18:30, 14:26] = True
    holed = truth.pixels.copy()
    holed[missing] = 0
    return Damage(ImageBuffer(holed), "inpaint", missing=missing, truth=truth)


def _compare(
    settings: PriorSettings = _SETTINGS, context: JobContext | None = None
) -> FitsCompared:
    return compare_networks(
        _damage(), [find_prior(name) for name in _NAMES], settings,
        device=torch.device("cpu"), precision="fp32", context=context or silent_context(),
    )  # fmt: skip


def test_each_network_fills_the_hole_and_is_measured() -> None:
    found = _compare(replace(_SETTINGS, iterations=60))
    damage = _damage()
    assert damage.missing is not None
    assert damage.truth is not None
    assert found.names == _NAMES
    assert found.losses.shape == (3, 60)
    assert found.problems == ("", "", "")
    for picture, psnr in zip(found.pictures, found.psnrs, strict=True):
        np.testing.assert_array_equal(
            picture.pixels[~damage.missing], damage.truth.pixels[~damage.missing]
        )
        errors = (picture.pixels.astype(float) - damage.truth.pixels)[damage.missing]
        assert psnr == pytest.approx(10 * np.log10(255**2 / np.mean(errors**2)), abs=1e-3)
    assert max(psnr for psnr in found.psnrs if psnr is not None) > 15


def test_in_turns_is_as_alone() -> None:
    together = _compare()
    alone = compare_networks(
        _damage(), [find_prior(_NAMES[1])], _SETTINGS,
        device=torch.device("cpu"), precision="fp32", context=silent_context(),
    )  # fmt: skip
    np.testing.assert_array_equal(together.losses[1], alone.losses[0])


def test_one_that_fails_does_not_end_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    advance = PriorFit.advance
    bad: list[PriorFit] = []

    def fail(fit: PriorFit) -> None:
        if not bad:
            bad.append(fit)
        if fit is bad[0] and len(fit.curves().values) == 3:
            raise BadResult("It never settled.", advice="Lower the learning rate.")
        advance(fit)

    monkeypatch.setattr(PriorFit, "advance", fail)
    found = _compare()
    assert found.problems == ("It never settled.", "", "")
    assert np.isnan(found.losses[0, 3:]).all()
    assert not np.isnan(found.losses[1:]).any()
    assert found.last_losses()[0] == found.losses[0, 2]


def test_cancel_ends_within_one_iteration() -> None:
    token = CancelToken()
    seen: list[float] = []

    def tell(share: float, _note: str, _eta_s: float | None) -> None:
        seen.append(share)
        token.cancel()

    with pytest.raises(JobCancelled):
        _compare(context=ReportingContext(token, tell))
    assert len(seen) == 1
