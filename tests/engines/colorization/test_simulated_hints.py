from __future__ import annotations

import numpy as np

from sr_studio.engines.colorization.simulated_hints import HintChances, show_hints, simulate_hints

AB = np.random.default_rng(0).normal(0, 20, (60, 80, 2)).astype(np.float32)


def counts(chances: HintChances, rounds: int = 300) -> list[int]:
    """How many pixels each round shows."""
    random = np.random.default_rng(1)
    return [int(simulate_hints(AB, random, chances)[..., 2].sum()) for _ in range(rounds)]


def test_a_hint_shows_the_mean_of_its_square() -> None:
    planes = show_hints(AB, np.array([[0.5, 0.25]]), np.array([4]))
    assert planes[..., 2].sum() == 16
    assert np.allclose(planes[28:32, 18:22, :2], AB[28:32, 18:22].mean((0, 1)), atol=1e-5)
    assert not planes[planes[..., 2] == 0].any()


def test_hints_beyond_the_border_come_to_it() -> None:
    planes = show_hints(AB, np.array([[-3.0, 9.0]]), np.array([2]))
    assert planes[:2, -2:, 2].all()
    assert planes[..., 2].sum() == 4


def test_without_chances_the_paper_is_followed() -> None:
    """A geometric distribution of mean 8 that begins at 0."""
    shown = counts(HintChances(none=0.0, many=0.0))
    empty = shown.count(0) / len(shown)
    assert 0.06 < empty < 0.2
    assert max(shown) < 80 * 81


def test_chances_are_kept() -> None:
    assert set(counts(HintChances(none=1.0, many=0.0), 20)) == {0}
    assert min(counts(HintChances(none=0.0, many=1.0), 20)) > 0
