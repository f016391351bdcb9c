"""Several networks on one picture and mask."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from typing_extensions import override

from sr_studio.engines.prior.compare_networks import compare_networks
from sr_studio.engines.prior.network_grid import NetworkGrid
from sr_studio.engines.prior.problems import Damage
from sr_studio.engines.prior.settings import PriorSettings
from sr_studio.imaging.image_buffer import ImageBuffer, to_float
from sr_studio.jobs.control import CancelToken, JobCancelled
from sr_studio.jobs.progress import ReportingContext, silent_context
from sr_studio.models.priors._registry import find_prior
from sr_studio.models.priors._spec import PriorSpec

_SETTINGS = PriorSettings(iterations=12, learning_rate=0.01, stop="never")


def _damage() -> Damage:
    y, x = np.mgrid[0:32, 0:48].astype(np.float32)
    values = 0.5 + 0.4 * np.stack([np.sin(x / 9), np.cos(y / 7), np.sin((x + y) / 11)], axis=-1)
    truth = ImageBuffer((values * 255).astype(np.uint8))
    missing = np.zeros((32, 48), np.bool_)
    missing[8:20, 12:30] = True
    holed = truth.pixels.copy()
    holed[missing] = 255
    return Damage(ImageBuffer(holed), "inpaint", missing=missing, truth=truth)


def _compare(*ids: str, settings: PriorSettings = _SETTINGS, **more: object) -> NetworkGrid:
    context = more.pop("context", silent_context())
    assert isinstance(context, ReportingContext)
    seconds = more.pop("seconds", float("inf"))
    assert isinstance(seconds, float)
    return compare_networks(
        _damage(), [(find_prior(each), settings) for each in ids],
        device=torch.device("cpu"), precision="fp32", context=context, seconds=seconds,
    )  # fmt: skip


class _Broken(nn.Module):
    """Runs out of memory after a few iterations."""

    def __init__(self, fails_at: int) -> None:
        super().__init__()
        self._layer = nn.Conv2d(32, 3, 1)
        self._left = fails_at

    @override
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self._left -= 1
        if self._left < 0:
            raise torch.OutOfMemoryError
        made: torch.Tensor = self._layer(x).sigmoid()
        return made


def test_each_network_gets_the_same_iterations_and_fills_the_hole_only() -> None:
    damage = _damage()
    grid = _compare("skip-32", "encoder-2")
    assert [cell.network for cell in grid.cells] == ["skip-32", "encoder-2"]
    for cell in grid.cells:
        assert cell.iteration == len(cell.losses) == 12
        assert cell.losses[-1] < cell.losses[0]
        spec = find_prior(cell.network)
        network = spec.build(spec.input_channels, 3)
        assert cell.parameters == sum(each.numel() for each in network.parameters())
        assert cell.image is not None
        assert damage.missing is not None
        assert damage.truth is not None
        known = ~damage.missing
        np.testing.assert_array_equal(cell.image.pixels[known], damage.image.pixels[known])
        error = to_float(cell.image.pixels)[~known] - to_float(damage.truth.pixels)[~known]
        assert cell.psnr == pytest.approx(-10 * np.log10(np.mean(error**2)), abs=0.05)
    assert (grid.observed.pixels[10, 15] == 128).all()


def test_failure_of_one_does_not_end_the_others() -> None:
    def build(_channels_in: int, _channels_out: int) -> nn.Module:
        return _Broken(7)

    broken = PriorSpec("broken", "Broken", "of no paper", build, size_multiple=1)
    grid = compare_networks(
        _damage(), [(broken, _SETTINGS), (find_prior("encoder-2"), _SETTINGS)],
        device=torch.device("cpu"), precision="fp32", context=silent_context(),
    )  # fmt: skip
    assert "memory" in grid.cells[0].problem
    assert grid.cells[0].image is None
    assert grid.cells[0].iteration == len(grid.cells[0].losses) == 7
    assert grid.cells[1].iteration == 12
    assert not grid.cells[1].problem


def test_networks_take_turns_and_end_early() -> None:
    token, seen = CancelToken(), list[str]()

    def tell(_share: float, note: str, _eta_s: float | None) -> None:
        seen.append(note)
        if len(seen) == 4:
            token.finish_early()

    class _Eager(ReportingContext):
        @override
        def report(self, done: float, total: float, note: str = "") -> None:
            tell(done / total, note, None)

    context = _Eager(token, tell)
    long = replace(_SETTINGS, iterations=5000)
    grid = _compare("encoder-2", "projector-16", settings=long, context=context)
    assert [cell.iteration for cell in grid.cells] == [10, 10]
    assert all(cell.image is not None for cell in grid.cells)
    assert [note.split(",")[0] for note in seen[:2]] == [
        find_prior(each).title.split(",")[0] for each in ("encoder-2", "projector-16")
    ]


def test_each_gets_the_same_time() -> None:
    long = replace(_SETTINGS, iterations=5000)
    grid = _compare("encoder-2", "skip-32", settings=long, seconds=0.4)
    for cell in grid.cells:
        assert 0.4 <= cell.seconds < 1.5
        assert 0 < cell.iteration < 5000


def test_cancel_ends_within_one_iteration() -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(JobCancelled):
        _compare("encoder-2", context=ReportingContext(token, lambda _share, _note, _eta_s: None))
