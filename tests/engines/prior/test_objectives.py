"""What a fit minimises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch import nn
from typing_extensions import override

from sr_studio.degradations.linear.mask import Mask
from sr_studio.engines.prior.objectives import (
    ActivationMaximisation,
    FeatureInversion,
    Observation,
)
from sr_studio.models.features._spec import FeatureNetwork

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor


class _Features(FeatureNetwork):
    """Two fixed layers."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Conv2d(3, 4, 3)
        self.second = nn.Conv2d(4, 5, 3)
        self.requires_grad_(requires_grad=False)

    @override
    def each_layer(self, image: Tensor) -> Iterator[tuple[str, Tensor]]:
        features = self.first(image)
        yield "first", features
        yield "second", self.second(features)


def _picture(seed: int) -> Tensor:
    return torch.rand(1, 3, 12, 12, generator=torch.Generator().manual_seed(seed))


def test_missing_pixels_do_not_count() -> None:
    missing = torch.zeros(12, 12, dtype=torch.bool)
    missing[:, :6] = True
    mask = Mask(missing)
    truth = _picture(0)
    other = truth.clone()
    other[..., :6] = 0.5
    objective = Observation(mask, mask(truth))
    assert objective(other) == 0
    assert objective(_picture(1)) > 0


def test_picture_itself_has_no_features_to_mend() -> None:
    objective = FeatureInversion(_Features(), ("first", "second"), _picture(0))
    assert objective(_picture(0)) == 0
    other = _picture(1).requires_grad_()
    loss = objective(other)
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    assert loss > 0
    assert other.grad is not None
    assert other.grad.any()


def test_activation_is_the_mean_of_its_channel() -> None:
    network = _Features()
    objective = ActivationMaximisation(network, "second", 3)
    expected = -network(_picture(0), ("second",))["second"][0, 3].mean().item()
    assert objective(_picture(0)).item() == pytest.approx(expected)
