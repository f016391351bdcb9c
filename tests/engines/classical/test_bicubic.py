from __future__ import annotations

import numpy as np
import pytest

from sr_studio.engines.classical import bicubic
from sr_studio.engines.classical.bicubic import FILTER
from sr_studio.imaging.resize import imresize
from sr_studio.jobs.progress import silent_context
from tests.helpers.pictures import make_samples


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_equals_the_projects_resize_whatever_the_tiles(
    scale: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bicubic, "_TILE_PX", 17)
    picture = make_samples(23, 31, 3, np.float32)
    result = FILTER.run(picture, scale=scale, context=silent_context())
    assert np.array_equal(result, imresize(picture, scale=scale))
