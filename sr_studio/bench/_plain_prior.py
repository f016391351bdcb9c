"""Deep Image Prior as its authors published it, written plainly: what `bench dip` compares with.

Dmitry Ulyanov, Andrea Vedaldi, Victor Lempitsky: "Deep Image Prior", CVPR 2018,
https://arxiv.org/abs/1711.10925, the denoising configuration: five scales of 128 channels, skip
connections of 4, reflection padding, a bias in every convolution, Adam at 0.01, noise of 1/30 on the
input, an average of the outputs; in fp32, every layer a pass of its own, the PSNR read back in each
iteration.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import torch
from torch import nn
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

_SCALES, _CHANNELS, _SKIP, _INPUT = 5, 128, 4, 32


def fit_plainly(
    noisy: Tensor,
    truth: Tensor,
    *,
    iterations: int,
    reached_db: float,
    checkpoint: Callable[[], None],
) -> tuple[int, float, float | None]:
    """Fit until the average or the output reaches a PSNR, or the iterations are over.

    Args:
        noisy: (1, 3, H, W), sides multiples of 32, where to run.
        truth: the same without noise.
        iterations: at most.
        reached_db: PSNR that ends it.
        checkpoint: called in each iteration.

    Returns:
        (iterations, seconds, seconds until it was reached or None).
    """
    torch.manual_seed(0)
    device = noisy.device
    network = nn.Sequential(_level(_INPUT, 0), nn.Conv2d(_CHANNELS, 3, 1), nn.Sigmoid()).to(device)
    saved = torch.rand(1, _INPUT, *noisy.shape[2:], device=device) / 10
    noise = saved.clone()
    optimiser = torch.optim.Adam(network.parameters(), lr=0.01)
    average: Tensor | None = None
    started_s = time.perf_counter()
    for iteration in range(1, iterations + 1):
        checkpoint()
        optimiser.zero_grad()
        restored = network(saved + noise.normal_() / 30)
        shown = restored.detach()
        average = shown if average is None else average * 0.99 + shown * 0.01
        loss = nn.functional.mse_loss(restored, noisy)
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        optimiser.step()
        psnr = max(_psnr(shown, truth), _psnr(average, truth))
        if psnr >= reached_db:
            seconds = time.perf_counter() - started_s
            return iteration, seconds, seconds
    return iterations, time.perf_counter() - started_s, None


def _psnr(restored: Tensor, truth: Tensor) -> float:
    return float(-10 * torch.log10((restored.clamp(0, 1) - truth).square().mean()))


class _Concatenated(nn.Module):
    def __init__(self, *parts: nn.Module) -> None:
        super().__init__()
        self.parts = nn.ModuleList(parts)

    @override
    def forward(self, features: Tensor) -> Tensor:
        return torch.cat([part(features) for part in self.parts], dim=1)


def _level(channels_in: int, level: int) -> nn.Module:
    is_last = level == _SCALES - 1
    skip = nn.Sequential(nn.Conv2d(channels_in, _SKIP, 1), nn.BatchNorm2d(_SKIP), _leaky())
    deeper = nn.Sequential(
        *_block(channels_in, 3, stride=2),
        *_block(_CHANNELS, 3),
        *([] if is_last else [_level(_CHANNELS, level + 1)]),
        nn.Upsample(scale_factor=2, mode="bilinear"),
    )
    joined = _SKIP + _CHANNELS
    return nn.Sequential(
        _Concatenated(skip, deeper),
        nn.BatchNorm2d(joined),
        *_block(joined, 3),
        *_block(_CHANNELS, 1),
    )


def _block(channels_in: int, kernel_px: int, *, stride: int = 1) -> list[nn.Module]:
    return [
        nn.ReflectionPad2d(kernel_px // 2),
        nn.Conv2d(channels_in, _CHANNELS, kernel_px, stride=stride),
        nn.BatchNorm2d(_CHANNELS),
        _leaky(),
    ]


def _leaky() -> nn.Module:
    return nn.LeakyReLU(0.2, inplace=True)
