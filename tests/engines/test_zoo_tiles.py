"""Every network of the zoo gives in tiles what it gives in one pass."""

from __future__ import annotations

import pytest
import torch

from sr_studio.jobs.progress import silent_context
from sr_studio.models._registry import all_models
from sr_studio.models._spec import ModelSpec
from sr_studio.tensors.tile_geometry import TileGeometry
from sr_studio.tensors.tiled_inference import TileCounter, infer_tiles

_LOCAL = [spec for spec in all_models().values() if not spec.has_global_context]


@pytest.mark.parametrize("model", _LOCAL, ids=lambda spec: spec.id)
def test_tiled_equals_untiled(model: ModelSpec) -> None:
    scale = model.scales[0]
    zoom = scale if model.upsampling == "bicubic" else 1
    torch.manual_seed(0)
    network = model.build(scale).eval().requires_grad_(requires_grad=False)
    context_px = model.context_px(scale) * zoom
    tile_px = 17
    if context_px <= 10 * zoom:
        width, height = (2 * context_px + 13) * zoom, 19 * zoom
    elif context_px <= 30 * zoom:  # one row of tiles, of which the first does not see the last
        width, height, tile_px = 2 * context_px + 13 * zoom, 5 * zoom, context_px
    else:  # every tile reads the whole little picture: two suffice
        width, height = 20 * zoom, 8 * zoom
    channels = 1 if model.channels == "y" else 3
    picture = torch.rand(1, channels, height, width) * model.value_range
    geometry = TileGeometry(width, height, scale // zoom, context_px, model.size_multiple)

    def compute(tile_px: int) -> torch.Tensor:
        result = torch.zeros(1, picture.shape[1], height * scale // zoom, width * scale // zoom)
        tiles = infer_tiles(
            network,
            lambda region: picture[:, :, region.slices[0], region.slices[1]],
            lambda _region, output: output,
            geometry,
            geometry.picture,
            TileCounter(geometry.tile_side(tile_px)),
            may_shrink=False,
            context=silent_context(),
        )
        for region, output in tiles:
            rows, columns = region.scale(geometry.factor).slices
            result[:, :, rows, columns] = output
        return result

    atol = 1e-5 * model.value_range
    torch.testing.assert_close(compute(tile_px), compute(width), atol=atol, rtol=0)
