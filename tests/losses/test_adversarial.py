from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from sr_studio.losses._adversarial import ADVERSARIAL_KINDS, adversarial_loss


def sigmoid(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values))


def logits() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    real, fake = torch.randn(2, 6, 1, 3, 3, generator=generator, dtype=torch.float64)
    return real + 0.5, fake


def test_the_standard_game_is_that_of_its_equations() -> None:
    real, fake = logits()
    loss = adversarial_loss("standard")
    d_real, d_fake = sigmoid(real.numpy()), sigmoid(fake.numpy())
    assert float(loss.generator(real, fake)) == pytest.approx(-np.log(d_fake).mean())
    expected = -(np.log(d_real).mean() + np.log(1 - d_fake).mean()) / 2
    assert float(loss.discriminator(real, fake)) == pytest.approx(expected)


def test_the_relativistic_game_is_that_of_its_equations() -> None:
    real, fake = logits()
    loss = adversarial_loss("relativistic")
    r, f = real.numpy(), fake.numpy()
    d_real, d_fake = sigmoid(r - f.mean()), sigmoid(f - r.mean())
    judge = -(np.log(d_real).mean() + np.log(1 - d_fake).mean()) / 2
    assert float(loss.discriminator(real, fake)) == pytest.approx(judge)
    network = -(np.log(1 - d_real).mean() + np.log(d_fake).mean()) / 2
    assert float(loss.generator(real, fake)) == pytest.approx(network)


@pytest.mark.parametrize("kind", ADVERSARIAL_KINDS)
def test_who_cannot_tell_starts_at_log_2_and_who_is_sure_stays_finite(kind: str) -> None:
    loss = adversarial_loss(kind)
    nothing = torch.zeros(4, 1)
    for side in loss:
        assert float(side(nothing, nothing)) == pytest.approx(math.log(2))
        assert math.isfinite(float(side(nothing - 500, nothing + 500)))
