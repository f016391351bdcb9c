"""Networks that learn what bicubic enlargement lacks add it as MATLAB has it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sr_studio.imaging.resize import imresize
from sr_studio.models._registry import all_models


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("model_id", ["btsrn", "selnet"])
def test_without_a_residual_the_result_is_bicubic(model_id: str, scale: int) -> None:
    network = all_models()[model_id].build(scale).requires_grad_(requires_grad=False)
    for parameter in network.parameters():
        parameter.zero_()
    low_res = torch.rand(1, 3, 9, 7, generator=torch.Generator().manual_seed(2))
    enlarged = network(low_res)[0].permute(1, 2, 0).numpy()
    expected = imresize(low_res[0].permute(1, 2, 0).numpy(), size=(7 * scale, 9 * scale))
    inner = (slice(2 * scale, -2 * scale),) * 2  # beyond the border it mirrors, torch cuts
    np.testing.assert_allclose(enlarged[inner], expected[inner], atol=1e-5)
