"""IRCNN: twenty-five denoisers, and enlarging by denoising again and again."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import torch
from torch import nn
from typing_extensions import override

from sr_studio.models._spec import ModelSpec
from sr_studio.tensors.bicubic import enlarge_bicubic, reduce_bicubic

if TYPE_CHECKING:
    from typing import Literal

    from torch import Tensor

    from sr_studio.models._conditions import Conditions

_PAPER = (
    "Kai Zhang, Wangmeng Zuo, Shuhang Gu, Lei Zhang: Learning Deep CNN Denoiser Prior for Image "
    "Restoration, CVPR 2017, https://arxiv.org/abs/1704.03264"
)
_DILATIONS = (1, 2, 3, 4, 3, 2, 1)
_DENOISERS = 25
_SIGMA_STEP = 2  # denoiser k is trained for a noise of 2 k, of 255
_DEFAULT_SIGMA = 25.0
_ITERATIONS = 30
_BACK_PROJECTIONS = 5
_STEP_SIZE = 1.75
_BLACK_Y, _SWING_Y = 16 / 255, 219 / 255


class IRCNNDenoiser(nn.Module):
    """Seven dilated 3x3 convolutions whose output, the noise, is subtracted from the input.

    The denoiser of the paper; batch normalisation is merged into the convolutions, as in
    https://github.com/cszn/KAIR, whose layout it has.

    Args:
        channels: of the picture.
        num_feat: channels in between.
    """

    def __init__(self, channels: int, num_feat: int = 64) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for index, dilation in enumerate(_DILATIONS):
            read = num_feat if index else channels
            made = num_feat if index < len(_DILATIONS) - 1 else channels
            layers += [nn.Conv2d(read, made, 3, padding=dilation, dilation=dilation), nn.ReLU()]
        self.model = nn.Sequential(*layers[:-1])

    @override
    def forward(self, noisy: Tensor) -> Tensor:
        """noisy: (B, C, H, W), white at 1. Returns: the same shape, not clamped."""
        noise: Tensor = self.model(noisy)
        return noisy - noise


class _DenoiserSet(nn.Module):
    """All denoisers, the weakest first."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.denoisers = nn.ModuleList(IRCNNDenoiser(channels) for _ in range(_DENOISERS))

    def denoiser(self, sigma: float) -> nn.Module:
        """Return the weakest that removes a noise of `sigma`, else the strongest."""
        level = math.ceil(sigma / _SIGMA_STEP - 1e-9)  # the schedule's last is rounded
        return self.denoisers[min(max(level, 1), _DENOISERS) - 1]


class IRCNN(_DenoiserSet):
    """Half-quadratic splitting: fits the small picture, then denoises, in turn and ever weaker.

    Kai Zhang, Wangmeng Zuo, Shuhang Gu, Lei Zhang: "Learning Deep CNN Denoiser Prior for Image
    Restoration", CVPR 2017, https://arxiv.org/abs/1704.03264, with the settings of
    `Demo_SISR_RGB.m` and `Demo_SISR_YCbCr.m` of https://github.com/cszn/IRCNN. Thirty times: five
    steps x + 1.75 up(y - down(x)), both bicubic, then the denoiser for a noise that falls
    exponentially from 12 s to s at scale s. The parameters that the survey of Anwar, Khan and
    Barnes counts, 188 k, are those of one of the 25 denoisers for colour. No deviation but that of
    the denoisers.

    Args:
        scale: the scale.
        channels: 3 for RGB; 1 for luma from 16/255 to 235/255, as the demo has it.
        iterations: how often to denoise.
    """

    def __init__(self, scale: int, channels: int, iterations: int = _ITERATIONS) -> None:
        super().__init__(channels)
        self.scale = scale
        last = max(iterations - 1, 1)
        self.sigmas = tuple(12 * scale * 12 ** (-step / last) for step in range(iterations))

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, C, H, W), [0, 1]. Returns: (B, C, H*scale, W*scale), not clamped."""
        high_res = enlarge_bicubic(low_res, self.scale)
        for sigma in self.sigmas:
            for _ in range(_BACK_PROJECTIONS):
                lacking = low_res - reduce_bicubic(high_res, self.scale)
                high_res = high_res + _STEP_SIZE * enlarge_bicubic(lacking, self.scale)
            high_res = self.denoiser(sigma)(high_res)
        return high_res


class IRCNNDenoise(_DenoiserSet):
    """One of the 25 denoisers, chosen by the noise.

    The paper as above, its denoising of Gaussian noise. Where nothing is told, the noise is 25. The
    published network for gray is trained on gray from 0 to 1: luma from 16/255 to 235/255 is
    converted.

    Args:
        channels: 3 for RGB, 1 for luma.
    """

    black: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__(channels)
        is_luma = channels == 1
        self.swing = _SWING_Y if is_luma else 1.0
        self.register_buffer("black", torch.tensor(_BLACK_Y * is_luma), persistent=False)
        self.sigma = _DEFAULT_SIGMA

    def condition(self, conditions: Conditions) -> None:
        """Remove a noise of `noise_sigma`, of 255; beyond 50 the strongest denoiser is used."""
        sigma = conditions.noise_sigma
        self.sigma = _DEFAULT_SIGMA if sigma is None else sigma

    @override
    def forward(self, noisy: Tensor) -> Tensor:
        """noisy: (B, C, H, W), [0, 1]. Returns: the same shape, not clamped."""
        clean: Tensor = self.denoiser(self.sigma)((noisy - self.black) / self.swing)
        return clean * self.swing + self.black


def flatten_denoisers(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Bring KAIR's `ircnn_*.pth`, one state dict for each of "0" to "24", to names in one."""
    if all(re.match(r"\d+\.model\.", name) for name in tensors):
        return {f"denoisers.{name}": tensor for name, tensor in tensors.items()}
    return tensors


def reach_px(scale: int, iterations: int = _ITERATIONS) -> int:
    """Return how far an output pixel sees, in pixels of the small picture."""
    low = high = 0  # of the small picture; what lies between is needed of the present large one
    left, right = 0, scale - 1  # of the large picture
    for _ in range(iterations):
        left, right = left - sum(_DILATIONS), right + sum(_DILATIONS)
        for _ in range(_BACK_PROJECTIONS):
            low, high = _enlarged_from(left, right, scale)
            # reducing reads what is less than two small pixels from the centre of the block
            left = math.floor(low * scale + (scale - 1) / 2 - 2 * scale) + 1
            right = math.ceil(high * scale + (scale - 1) / 2 + 2 * scale) - 1
    low, high = _enlarged_from(left, right, scale)
    return max(-low, high)


def _enlarged_from(left: int, right: int, scale: int) -> tuple[int, int]:
    """Return the first and the last pixel of the small picture that enlarging reads."""
    ends = (*range(left, left + scale), *range(right - scale + 1, right + 1))
    centres = [(pixel + 0.5) / scale - 0.5 for pixel in ends]
    # less than two from the centre; at a whole number the cubic kernel is zero but for its middle
    reads = [(c, c) if c.is_integer() else (math.floor(c) - 1, math.ceil(c) + 1) for c in centres]
    return int(min(first for first, _ in reads)), int(max(last for _, last in reads))


def _enlarging(model_id: str, title: str, channels: Literal["y", "rgb"]) -> ModelSpec:
    count = 1 if channels == "y" else 3
    return ModelSpec(
        id=model_id,
        title=title,
        year=2017,
        paper=_PAPER,
        build=lambda scale: IRCNN(scale, count),
        scales=(2, 3, 4),
        channels=channels,
        upsampling="direct",
        # of one iteration: thirty see some 600 px, so that only the whole picture is exact
        context_px=lambda scale: reach_px(scale, iterations=1),
        has_global_context=True,
        loss="l2",
        published_parameters={2: 188_000, 3: 188_000, 4: 188_000},
        counted=_one_denoiser,
        converts=(flatten_denoisers,),
        trained_as="parts",
    )


def _denoising(model_id: str, title: str, channels: Literal["y", "rgb"]) -> ModelSpec:
    count = 1 if channels == "y" else 3
    return ModelSpec(
        id=model_id,
        title=title,
        year=2017,
        paper=_PAPER,
        build=lambda _scale: IRCNNDenoise(count),
        scales=(1,),
        channels=channels,
        upsampling="direct",
        context_px=lambda _scale: sum(_DILATIONS),
        loss="l2",
        published_parameters={1: 188_000},
        counted=_one_denoiser,
        converts=(flatten_denoisers,),
        task="denoise",
        conditions=("noise_sigma",),
    )


def _one_denoiser(network: nn.Module) -> nn.Module:
    return network.get_submodule("denoisers.0")


MODEL = (
    _enlarging("ircnn", "IRCNN", "rgb"),
    _enlarging("ircnn-gray", "IRCNN, luma", "y"),
    _denoising("ircnn-denoise", "IRCNN denoiser", "rgb"),
    _denoising("ircnn-denoise-gray", "IRCNN denoiser, luma", "y"),
)
