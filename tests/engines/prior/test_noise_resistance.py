"""A network learns pictures sooner than noise."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sr_studio.engines.prior.noise_resistance import make_targets, measure_resistance
from sr_studio.engines.prior.resistance import TARGETS, Resistance
from sr_studio.engines.prior.settings import PriorSettings
from sr_studio.jobs.control import CancelToken, JobCancelled
from sr_studio.jobs.progress import ReportingContext, silent_context
from sr_studio.models.priors._registry import find_prior

_SETTINGS = PriorSettings(iterations=60, input_noise=0.0, average=0.0, stop="never")


def _picture() -> torch.Tensor:
    y, x = torch.meshgrid(torch.linspace(0, 6, 64), torch.linspace(0, 6, 64), indexing="ij")
    return (0.5 + 0.4 * torch.stack([x.sin(), y.cos(), (x + y).sin()]))[None]


def test_targets_are_what_they_are_called() -> None:
    picture = _picture()
    targets = make_targets(picture, 0)
    assert tuple(targets) == TARGETS
    assert all(each.shape == picture.shape for each in targets.values())
    assert targets["picture"] is picture
    assert 20 < -10 * torch.log10((targets["noisy"] - picture).square().mean()) < 22
    shuffled = targets["shuffled"]
    assert not torch.equal(shuffled, picture)
    for channel in range(3):
        expected = picture[0, channel].flatten().sort().values
        torch.testing.assert_close(shuffled[0, channel].flatten().sort().values, expected)
    noise = targets["noise"]
    assert noise.mean() == pytest.approx(0.5, abs=0.02)
    assert noise.std() == pytest.approx(1 / 12**0.5, abs=0.01)


def test_picture_is_learned_before_noise() -> None:
    found = measure_resistance(
        make_targets(_picture(), 0), find_prior("skip-32"), _SETTINGS,
        device=torch.device("cpu"), precision="fp32", context=silent_context(),
    )  # fmt: skip
    assert found.losses.shape == (4, 60)
    picture, noisy, shuffled, noise = found.losses[:, -1]
    assert picture < noisy < min(shuffled, noise)
    after = found.iterations_to(0.02)
    assert after[0] is not None
    assert after[2] is None
    assert after[3] is None
    assert len(found.pictures) == 4


def test_cancel_ends_within_one_iteration() -> None:
    token = CancelToken()
    token.cancel()
    context = ReportingContext(token, lambda _share, _note, _eta_s: None)
    with pytest.raises(JobCancelled):
        measure_resistance(
            make_targets(_picture(), 0), find_prior("skip-32"), _SETTINGS,
            device=torch.device("cpu"), precision="fp32", context=context,
        )  # fmt: skip


def test_moment_of_learning_is_the_first_below() -> None:
    losses = np.array([[0.3, 0.1, 0.2, 0.05], [0.3, 0.3, 0.3, 0.3]], np.float32)
    assert Resistance(losses, ()).iterations_to(0.1) == (2, None)
