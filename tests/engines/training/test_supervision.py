from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from sr_studio.engines.training.supervision import Supervised, supervised_loss
from sr_studio.models._registry import all_models
from sr_studio.tensors.bicubic import reduce_bicubic


def test_a_level_of_a_pyramid_is_compared_with_the_reduced_truth() -> None:
    truth = torch.rand(2, 1, 16, 12)
    level = reduce_bicubic(truth, 2)
    assert supervised_loss((level, truth), truth, F.l1_loss, progress=0.5) < 1e-6
    off = supervised_loss((level + 0.25, truth), truth, F.l1_loss, progress=0.5)
    assert float(off) == pytest.approx(0.25, abs=1e-5)


def test_predictions_count_less_and_less() -> None:
    truth = torch.zeros(1, 1, 4, 4)
    pictures = (truth + 1, truth + 3, truth + 10)
    for progress, expected in ((0.0, 2.0), (0.75, 0.25 * 2 + 0.75 * 10), (1.0, 10.0)):
        loss = supervised_loss(pictures, truth, F.l1_loss, progress=progress)
        assert float(loss) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("model_id", "scale", "count"),
    [("lapsrn", 4, 2), ("lapsrn", 3, 2), ("ms-lapsrn", 2, 1), ("drcn", 2, 17), ("espcn", 2, 1)],
)
def test_every_picture_on_the_way_is_supervised_and_the_last_is_the_result(
    model_id: str, scale: int, count: int
) -> None:
    torch.manual_seed(0)
    network = all_models()[model_id].build(scale).eval()
    low_res = torch.rand(1, 1, 12, 12)
    with torch.inference_mode():
        pictures = Supervised(network)(low_res, scale)
        assert len(pictures) == count
        torch.testing.assert_close(pictures[-1], network(low_res))
        truth = torch.rand_like(pictures[-1])
        assert torch.isfinite(supervised_loss(pictures, truth, F.l1_loss, progress=0.3))
