"""Laws that every network of the program obeys."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import pytest
import torch
from torch import Tensor, nn

from sr_studio.models._registry import all_models
from sr_studio.models._spec import ModelSpec

ALL_SPECS = tuple(all_models().values())
SPECS = tuple(spec for spec in ALL_SPECS if spec.task != "colorize")  # see test_colorizers.py
EACH = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.id)
EACH_SCALE = pytest.mark.parametrize(
    ("spec", "scale"),
    [
        pytest.param(spec, scale, id=f"{spec.id}-x{scale}")
        for spec in SPECS
        for scale in spec.scales
    ],
)


def is_large(spec: ModelSpec) -> bool:
    return max(spec.published_parameters.values(), default=0) > 1e7


def each_scale_run(*, can_wait: Callable[[ModelSpec, int], bool]) -> pytest.MarkDecorator:
    """Every network at every scale; those that can wait are left to the slow suite.

    The scope lets all tests of one network follow each other, so that it is built once.
    """
    return pytest.mark.parametrize(
        ("spec", "scale"),
        [
            pytest.param(
                spec,
                scale,
                id=f"{spec.id}-x{scale}",
                marks=[pytest.mark.slow] if can_wait(spec, scale) else [],
            )
            for spec in SPECS
            for scale in spec.scales
        ],
        scope="module",
    )


def is_large_beyond_first_scale(spec: ModelSpec, scale: int) -> bool:
    return is_large(spec) and scale != spec.scales[0]


def is_large_and_far_sighted(spec: ModelSpec, scale: int) -> bool:
    """Its gradient takes more than five seconds."""
    return is_large_beyond_first_scale(spec, scale) or (
        is_large(spec) and spec.context_px(scale) > 200
    )


EACH_SCALE_RUN = each_scale_run(can_wait=is_large_beyond_first_scale)


@lru_cache(maxsize=2)
def built(model_id: str, scale: int) -> nn.Module:
    """The large ones take their time: tests of one network follow each other."""
    return all_models()[model_id].build(scale).eval().requires_grad_(requires_grad=False)


def picture(spec: ModelSpec, height: int, width: int) -> Tensor:
    channels = 1 if spec.channels == "y" else 3
    noise = torch.rand(1, channels, height, width, generator=torch.Generator().manual_seed(7))
    return noise * spec.value_range


@EACH_SCALE_RUN
@pytest.mark.parametrize(("height", "width"), [(5, 7), (1, 9), (9, 1), (1, 1)])
def test_every_size_is_enlarged_by_the_scale(
    spec: ModelSpec, scale: int, height: int, width: int
) -> None:
    low_res = picture(spec, height, width)
    result = built(spec.id, scale)(low_res)
    grow = 1 if spec.upsampling == "bicubic" else scale
    assert result.shape == (1, low_res.shape[1], height * grow, width * grow)
    assert result.isfinite().all()


@EACH_SCALE_RUN
def test_a_batch_is_its_pictures(spec: ModelSpec, scale: int) -> None:
    network = built(spec.id, scale)
    batch = torch.cat([picture(spec, 4, 6), spec.value_range - picture(spec, 4, 6)])
    together = network(batch)
    apart = torch.cat([network(batch[:1]), network(batch[1:])])
    assert (together - apart).abs().max() < 1e-5 * spec.value_range


@EACH_SCALE_RUN
def test_the_state_dict_is_the_whole_network(spec: ModelSpec, scale: int) -> None:
    network = built(spec.id, scale)
    again = spec.build(scale).eval()
    again.load_state_dict(network.state_dict())
    low_res = picture(spec, 3, 4)
    assert torch.equal(again(low_res), network(low_res))


@EACH_SCALE
def test_parameters_are_as_many_as_published(spec: ModelSpec, scale: int) -> None:
    published = spec.published_parameters.get(scale)
    if published is None:
        pytest.skip("no count is published")
    with torch.device("meta"):
        count = spec.count_parameters(spec.build(scale))
    assert count == pytest.approx(published, rel=0.03)


@each_scale_run(can_wait=is_large_and_far_sighted)
def test_no_pixel_depends_on_more_than_the_declared_context(spec: ModelSpec, scale: int) -> None:
    """And the declared context is not larger than need be: tiles pay for every pixel of it."""
    if spec.has_global_context:
        pytest.skip("depends on the whole picture")
    assert spec.context_px(scale) == measured_context_px(spec, scale)


@EACH
def test_global_networks_depend_on_the_whole_picture(spec: ModelSpec) -> None:
    if not spec.has_global_context:
        pytest.skip("a local network")
    scale = spec.scales[0]
    width = 2 * spec.context_px(scale) + 9
    low_res = picture(spec, 2, width).requires_grad_()
    built(spec.id, scale)(low_res)[..., : spec.size_multiple].sum().backward()
    assert low_res.grad is not None
    assert low_res.grad[..., -1].abs().max() > 0


@pytest.mark.parametrize("spec", ALL_SPECS, ids=lambda spec: spec.id)
def test_a_spec_says_all_that_a_user_needs(spec: ModelSpec) -> None:
    assert "http" in spec.paper
    assert spec.year >= 2014
    assert spec.scales == tuple(sorted(spec.scales))
    assert (spec.scales == (1,)) == (spec.task != "upscale")
    assert set(spec.published_parameters) <= set(spec.scales)
    for benchmark, figures in spec.published_psnr.items():
        assert benchmark in ("Set5", "Set14", "BSD100")
        assert set(figures) <= set(spec.scales)
    for source in spec.weights:
        assert set(source.scales) <= set(spec.scales)
        assert set(source.set5_psnr) <= set(source.scales)
        assert source.licence
        assert source.trained_on
        if source.origin == "downloadable":
            assert source.url.startswith("https://")
            assert len(source.sha256) == 64 or source.sha256 in source.url
            # where the author states a prefix of the hash only, the size is stated nowhere
            assert source.bytes > 0 or len(source.sha256) < 64
        if source.origin == "installed":
            assert source.package
            assert source.extra


def test_weight_ids_are_unique() -> None:
    ids = [source.id for spec in ALL_SPECS for source in spec.weights]
    assert len(ids) == len(set(ids))


def measured_context_px(spec: ModelSpec, scale: int) -> int:
    """How far, in low-resolution pixels, an output pixel sees, by its gradient.

    All weights are made positive, so that no path through the network cancels another; one row is
    enough, as every kernel is square. Batch normalisation lets all through as it is. Tiny values
    keep tanh in its straight part, double precision keeps the far ends of deep networks above zero.
    """
    network = spec.build(scale).double().eval().requires_grad_(requires_grad=False)
    for parameter in network.parameters():
        parameter.fill_(1 / 32 if parameter.ndim > 1 else 0.0)
    for buffer in network.buffers():
        buffer.zero_()
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.reset_parameters()  # passes everything on, as before training
    is_enlarged = spec.upsampling == "bicubic"
    side = 2 * spec.context_px(scale) * (scale if is_enlarged else 1) + 7
    centre = side // 2
    channels = 1 if spec.channels == "y" else 3
    row = torch.full((1, channels, 1, side), 1e-100, dtype=torch.float64, requires_grad=True)
    grow = 1 if is_enlarged else scale
    network(row)[..., centre * grow : (centre + 1) * grow].sum().backward()
    assert row.grad is not None
    seen = row.grad.abs().sum((0, 1, 2)).nonzero().flatten()
    reach = int((seen - centre).abs().max())
    assert reach < centre, "the row is too short to tell"
    return -(-reach // scale) + 2 if is_enlarged else reach
