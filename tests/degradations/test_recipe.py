from __future__ import annotations

import pytest

from sr_studio.degradations.recipe import Degradation
from sr_studio.errors import InvalidRequest


@pytest.mark.parametrize(
    "wrong",
    [{"scale": 0}, {"sigma_blur": -1.0}, {"noise": float("nan")}, {"jpeg": 0}, {"jpeg": 101}],
)
def test_impossible_recipes_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidRequest):
        Degradation(**wrong)
