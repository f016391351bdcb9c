"""The moment at which the outputs vary least."""

from __future__ import annotations

import torch

from sr_studio.engines.prior.variance_stop import VarianceStop, sample_output


def _walk(count: int, calm_at: int) -> list[torch.Tensor]:
    """Outputs that move less the nearer they are to `calm_at`."""
    generator = torch.Generator().manual_seed(0)
    return [
        0.5 + (0.01 + abs(index - calm_at) / count) * torch.randn(200, generator=generator)
        for index in range(count)
    ]


def test_variance_is_that_of_the_window() -> None:
    outputs = [torch.rand(50, generator=torch.Generator().manual_seed(seed)) for seed in range(30)]
    stop = VarianceStop(window=8, patience=5)
    for count, output in enumerate(outputs, 1):
        variance, _ = stop.add(output)
        if count < 8:
            assert variance.isnan()
        else:
            window = torch.stack(outputs[count - 8 : count])
            expected = window.var(dim=0, correction=0).mean()
            torch.testing.assert_close(variance, expected, rtol=1e-5, atol=0)


def test_least_variance_is_found_and_waited_for() -> None:
    stop = VarianceStop(window=10, patience=30)
    ended_at = 0
    for count, output in enumerate(_walk(200, calm_at=100), 1):
        stop.add(output)
        if stop.is_over:
            ended_at = count
            break
    assert 95 <= stop.best_count <= 115
    assert ended_at == stop.best_count + 30


def test_state_goes_on_as_if_never_left() -> None:
    outputs = _walk(60, calm_at=20)
    whole, first, second = (VarianceStop(window=10, patience=30) for _ in range(3))
    for output in outputs[:25]:
        first.add(output)
    second.load_state(first.state(), torch.device("cpu"))
    expected = [whole.add(output)[0] for output in outputs]
    found = [second.add(output)[0] for output in outputs[25:]]
    assert torch.equal(torch.stack(found), torch.stack(expected[25:]))
    assert second.best_count == whole.best_count


def test_outputs_of_any_size_are_sampled_small() -> None:
    assert sample_output(torch.rand(1, 3, 512, 768)).numel() == 3 * 64 * 64
    assert sample_output(torch.rand(1, 1, 1, 7)).numel() == 7
