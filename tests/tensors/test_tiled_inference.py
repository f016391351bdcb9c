"""Tiled inference equals one pass over the whole picture, whatever is cut and whatever fails."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from sr_studio.errors import OutOfMemory
from sr_studio.imaging.region import Region
from sr_studio.jobs.control import CancelToken, JobCancelled
from sr_studio.jobs.progress import ReportingContext, silent_context
from sr_studio.tensors.tile_geometry import TileGeometry
from sr_studio.tensors.tiled_inference import TileCounter, infer_tiles


class LocalNet(nn.Module):
    """Three padded convolutions and a pixel shuffle; optionally through a coarser grid."""

    def __init__(self, scale: int, multiple: int = 1) -> None:
        super().__init__()
        self.multiple = multiple
        self.first = nn.Conv2d(2, 6, 3, padding=1)
        self.middle = nn.Conv2d(6, 6, 5, padding=2)
        self.last = nn.Conv2d(6, 2 * scale**2, 3, padding=1)
        self.shuffle = nn.PixelShuffle(scale)

    def forward(self, low_res: Tensor) -> Tensor:
        features = torch.relu(self.first(low_res))
        if self.multiple > 1:
            assert low_res.shape[2] % self.multiple == 0
            assert low_res.shape[3] % self.multiple == 0
            coarse = F.avg_pool2d(features, self.multiple)
            features = F.interpolate(self.middle(coarse), scale_factor=float(self.multiple))
        else:
            features = self.middle(features)
        return self.shuffle(self.last(features))

    @property
    def context_px(self) -> int:
        return 4 if self.multiple == 1 else 2 + 3 * self.multiple


@dataclass
class Case:
    """A network, a picture and how they are cut."""

    net: LocalNet
    picture: Tensor
    geometry: TileGeometry

    @classmethod
    def make(cls, height: int, width: int, scale: int, multiple: int = 1) -> Case:
        torch.manual_seed(height * 1000 + width)
        net = LocalNet(scale, multiple).eval()
        geometry = TileGeometry(width, height, scale, net.context_px, multiple)
        return cls(net, torch.rand(1, 2, height, width), geometry)

    def untiled(self) -> Tensor:
        padded = self.geometry.padded
        rows = np.pad(np.arange(self.geometry.height), (0, padded.height), "reflect")
        columns = np.pad(np.arange(self.geometry.width), (0, padded.width), "reflect")
        picture = self.picture[:, :, rows[: padded.height]][..., columns[: padded.width]]
        factor = self.geometry.factor
        with torch.inference_mode():
            output: Tensor = self.net(picture)
        return output[..., : self.geometry.height * factor, : self.geometry.width * factor]

    def tiled(self, counter: TileCounter, **changes: object) -> Tensor:
        geometry, factor = self.geometry, self.geometry.factor
        area = changes.get("area", geometry.picture)
        assert isinstance(area, Region)
        result = torch.full((1, 2, geometry.height * factor, geometry.width * factor), torch.nan)
        tiles = infer_tiles(
            changes.get("network", self.net),  # type: ignore[arg-type]  # tests pass fakes
            self.read,
            lambda _region, output: output,
            geometry,
            area,
            counter,
            may_shrink=bool(changes.get("may_shrink", True)),
            context=changes.get("context", silent_context()),  # type: ignore[arg-type]  # same
        )
        for region, output in tiles:
            rows, columns = region.scale(factor).slices
            assert torch.isnan(result[:, :, rows, columns]).all(), "tiles overlap"
            result[:, :, rows, columns] = output
        return result

    def read(self, region: Region) -> Tensor:
        assert region.intersect(self.geometry.picture) == region
        rows, columns = region.slices
        return self.picture[:, :, rows, columns]


@settings(deadline=None, max_examples=30)
@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    scale=st.integers(1, 8),
    tile_px=st.integers(5, 50),
)
def test_tiled_equals_untiled(height: int, width: int, scale: int, tile_px: int) -> None:
    case = Case.make(height, width, scale)
    torch.testing.assert_close(case.tiled(TileCounter(tile_px)), case.untiled(), atol=1e-5, rtol=0)


@settings(deadline=None, max_examples=30)
@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    multiple=st.sampled_from([2, 3, 4, 8]),
    tiles=st.integers(2, 6),
)
def test_tiled_equals_untiled_on_a_coarser_grid(
    height: int, width: int, multiple: int, tiles: int
) -> None:
    case = Case.make(height, width, 2, multiple)
    torch.testing.assert_close(
        case.tiled(TileCounter(tiles * multiple)), case.untiled(), atol=1e-5, rtol=0
    )


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_region_equals_the_same_part_of_the_whole(data: st.DataObject) -> None:
    case = Case.make(37, 29, 3, data.draw(st.sampled_from([1, 4])))
    x, y = data.draw(st.integers(0, 28)), data.draw(st.integers(0, 36))
    width, height = data.draw(st.integers(1, 29 - x)), data.draw(st.integers(1, 37 - y))
    area = Region(x, y, width, height)
    rows, columns = area.scale(3).slices
    found = case.tiled(TileCounter(8), area=area)
    torch.testing.assert_close(
        found[:, :, rows, columns], case.untiled()[:, :, rows, columns], atol=1e-5, rtol=0
    )
    assert torch.isnan(found).sum() == found.numel() - 2 * 9 * width * height


class FailingAt:
    """Runs out of memory at given calls."""

    def __init__(self, net: nn.Module, calls: set[int], error: type[BaseException]) -> None:
        self.net, self.calls, self.error = net, calls, error
        self.call = -1
        self.sides: list[int] = []

    def __call__(self, tile: Tensor) -> Tensor:
        self.call += 1
        self.sides.append(tile.shape[3])
        if self.call in self.calls:
            raise self.error("no memory")
        result: Tensor = self.net(tile)
        return result


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, MemoryError])
@pytest.mark.parametrize("calls", [{0}, {2}, {1, 2}, {0, 5}])
def test_out_of_memory_halves_the_tiles_and_goes_on(
    calls: set[int], error: type[BaseException]
) -> None:
    case = Case.make(200, 150, 2)
    failing = FailingAt(case.net, calls, error)
    counter = TileCounter(128)
    found = case.tiled(counter, network=failing)
    torch.testing.assert_close(found, case.untiled(), atol=1e-5, rtol=0)
    assert counter.tile_px == 128 >> len(calls)


def test_finished_tiles_are_not_computed_again() -> None:
    case = Case.make(64, 256, 1)
    failing = FailingAt(case.net, {2}, MemoryError)
    counter = TileCounter(64)
    case.tiled(counter, network=failing)
    assert counter.done == 2 + 2 * 4  # two of 64 px, then each of the two others in four


def test_below_the_smallest_tile_the_user_gets_advice() -> None:
    case = Case.make(64, 64, 1)
    failing = FailingAt(case.net, set(range(99)), torch.OutOfMemoryError)
    with pytest.raises(OutOfMemory) as caught:
        case.tiled(TileCounter(64), network=failing)
    assert caught.value.advice
    assert failing.call == 1  # 64, then 32 px


def test_a_chosen_tile_is_never_changed() -> None:
    case = Case.make(64, 64, 1)
    counter = TileCounter(64)
    failing = FailingAt(case.net, {0}, torch.OutOfMemoryError)
    with pytest.raises(OutOfMemory, match="64 px"):
        case.tiled(counter, network=failing, may_shrink=False)
    assert counter.tile_px == 64


def test_other_errors_pass() -> None:
    case = Case.make(64, 64, 1)
    with pytest.raises(RuntimeError, match="no memory"):
        case.tiled(TileCounter(64), network=FailingAt(case.net, {0}, RuntimeError))


def test_cancel_ends_before_the_next_tile() -> None:
    case = Case.make(64, 64, 1)
    token = CancelToken()
    calls = []

    def network(tile: Tensor) -> Tensor:
        calls.append(tile.shape)
        token.cancel()
        result: Tensor = case.net(tile)
        return result

    context = ReportingContext(token, lambda _fraction, _note, _eta_s: None)
    with pytest.raises(JobCancelled):
        case.tiled(TileCounter(16), network=network, context=context)
    assert len(calls) == 1


def test_a_network_of_another_scale_is_refused() -> None:
    case = Case.make(20, 20, 2)
    with pytest.raises(ValueError, match="returned"):
        case.tiled(TileCounter(16), network=lambda tile: tile)
