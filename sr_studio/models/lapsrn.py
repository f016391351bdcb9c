"""LapSRN: a Laplacian pyramid that doubles the picture level by level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from typing_extensions import override

from sr_studio.models._spec import ModelSpec, WeightSource
from sr_studio.tensors.bicubic import resize_bicubic

if TYPE_CHECKING:
    from torch import Tensor

_PAPER = (
    "Wei-Sheng Lai, Jia-Bin Huang, Narendra Ahuja, Ming-Hsuan Yang: Deep Laplacian Pyramid "
    "Networks for Fast and Accurate Super-Resolution, CVPR 2017, https://arxiv.org/abs/1704.03915"
)
_LAYERS = 10


class LaplacianPyramid(nn.Module):
    """A picture that is doubled level by level; what LapSRN and MS-LapSRN have in common.

    Args:
        scale: 2, 3, 4 or 8; 3 is x4, reduced to three quarters.
    """

    def __init__(self, scale: int) -> None:
        super().__init__()
        self.scale = scale
        self.num_levels = (scale - 1).bit_length()

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, 1, H, W), Y in [0, 1]. Returns: (B, 1, H*scale, W*scale), not clamped."""
        return self.pictures(low_res)[-1]

    def pictures(self, low_res: Tensor) -> tuple[Tensor, ...]:
        """Return the picture of every level, the last at `scale`, for a loss on each.

        Args:
            low_res: (B, 1, H, W), Y in [0, 1].

        Returns:
            (B, 1, H*2, W*2), ..., (B, 1, H*scale, W*scale); not clamped.
        """
        *levels, high_res = self.pyramid(low_res)
        return *levels, resize_bicubic(high_res, 3, 4) if self.scale == 3 else high_res

    def pyramid(self, low_res: Tensor) -> tuple[Tensor, ...]:
        """Return the picture of every level, for a loss on each (deep supervision).

        Args:
            low_res: (B, 1, H, W), Y in [0, 1].

        Returns:
            (B, 1, H*2, W*2), (B, 1, H*4, W*4), ... up to the scale, or to x4 for x3; not clamped.
        """
        raise NotImplementedError


class LapSRN(LaplacianPyramid):
    """At each level features are doubled, and a residual made of them is added to the picture.

    Wei-Sheng Lai, Jia-Bin Huang, Narendra Ahuja, Ming-Hsuan Yang: "Deep Laplacian Pyramid Networks
    for Fast and Accurate Super-Resolution", CVPR 2017, https://arxiv.org/abs/1704.03915
    (section 3.1, figure 1). State-dict layout of https://github.com/twtygqyy/pytorch-LapSRN.

    The paper's text has 4x4 deconvolutions throughout. The authors' code
    (https://github.com/phoenix104104/LapSRN) has 3x3 ones for the features, cut at the right and
    bottom, and biases; only so are there the 812 k parameters that they publish for x4, and that is
    the default here. twtygqyy's weights are of the text's form: 4x4, without biases, 870 k.

    x3 is the authors' own way: x4, reduced to three quarters by MATLAB's bicubic. No deviation.

    Args:
        scale: 2, 3, 4 or 8.
        deconvolution_px: kernel of the deconvolutions of features: 3, or 4 with padding 1.
        has_biases: of all layers but the deconvolutions of the picture.
        num_layers: convolutions per level, the deconvolution not counted.
        num_feat: channels.
    """

    def __init__(
        self,
        scale: int,
        *,
        deconvolution_px: int = 3,
        has_biases: bool = True,
        num_layers: int = _LAYERS,
        num_feat: int = 64,
    ) -> None:
        super().__init__(scale)
        self.conv_input = nn.Conv2d(1, num_feat, 3, padding=1, bias=has_biases)
        self.relu = nn.LeakyReLU(0.2)
        for number in range(1, self.num_levels + 1):
            level = _Level(num_feat, num_layers, deconvolution_px, has_biases=has_biases)
            enlarge = nn.ConvTranspose2d(1, 1, 4, stride=2, padding=1, bias=False)
            fill_bilinear(enlarge)
            self.add_module(f"convt_I{number}", enlarge)
            residual = nn.Conv2d(num_feat, 1, 3, padding=1, bias=has_biases)
            self.add_module(f"convt_R{number}", residual)
            self.add_module(f"convt_F{number}", nn.Sequential(level))

    @override
    def pyramid(self, low_res: Tensor) -> tuple[Tensor, ...]:
        picture, features = low_res, self.relu(self.conv_input(low_res))
        pictures = []
        for number in range(1, self.num_levels + 1):
            features = self.get_submodule(f"convt_F{number}")(features)
            residual = self.get_submodule(f"convt_R{number}")(features)
            picture = self.get_submodule(f"convt_I{number}")(picture) + residual
            pictures.append(picture)
        return tuple(pictures)


class _Level(nn.Module):
    """Convolutions, then a deconvolution that doubles the features; each with its activation."""

    def __init__(
        self, num_feat: int, num_layers: int, deconvolution_px: int, *, has_biases: bool
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for _ in range(num_layers):
            layers += [
                nn.Conv2d(num_feat, num_feat, 3, padding=1, bias=has_biases),
                nn.LeakyReLU(0.2, inplace=True),
            ]
        deconvolution = nn.ConvTranspose2d(
            num_feat,
            num_feat,
            deconvolution_px,
            stride=2,
            padding=deconvolution_px - 3,
            bias=has_biases,
        )
        layers += [deconvolution, nn.LeakyReLU(0.2, inplace=True)]
        self.cov_block = nn.Sequential(*layers)

    @override
    def forward(self, features: Tensor) -> Tensor:
        height, width = features.shape[2:]
        doubled: Tensor = self.cov_block(features)
        return doubled[..., : 2 * height, : 2 * width]  # a 3x3 kernel makes one row too many


def fill_bilinear(deconvolution: nn.ConvTranspose2d) -> None:
    """Let a 4x4 deconvolution of stride 2 start as bilinear enlargement, as the paper does."""
    ramp = (0.25, 0.75, 0.75, 0.25)
    kernel = torch.tensor([[y * x for x in ramp] for y in ramp], device=deconvolution.weight.device)
    with torch.no_grad():
        deconvolution.weight.copy_(kernel)


# eleven pixels at the first level, half as many at the second, a quarter at the third, and what
# the deconvolutions and the residual's convolution reach; x3 also has the reduction's
_CONTEXT_PX = {2: 12, 3: 18, 4: 17, 8: 20}


def _spec(model_id: str, title: str, *, is_4x4: bool) -> ModelSpec:
    return ModelSpec(
        id=model_id,
        title=title,
        year=2017,
        paper=_PAPER,
        build=lambda scale: LapSRN(
            scale, deconvolution_px=4 if is_4x4 else 3, has_biases=not is_4x4
        ),
        scales=(2, 3, 4, 8),
        channels="y",
        upsampling="progressive",
        context_px=_CONTEXT_PX.__getitem__,
        loss="charbonnier",
        published_parameters={4: 870_000 if is_4x4 else 812_000},  # 870 k: twtygqyy's file,
        published_psnr={
            "Set5": {2: 37.52, 3: 33.81, 4: 31.54},
            "Set14": {4: 28.19},
            "BSD100": {2: 31.80, 4: 27.32},
        },
        weights=(
            WeightSource(
                id="lapsrn-x4",
                scales=(4,),
                origin="downloadable",
                licence="MIT",
                trained_on="T91 and BSDS200 (291 images)",
                set5_psnr={4: 31.63},
                file="lapsrn_twtygqyy/model_epoch_100.pth",
                url="https://raw.githubusercontent.com/twtygqyy/pytorch-LapSRN/"
                "1b7737abe6ccaef2d14b673d301edbace3414c02/model/model_epoch_100.pth",
                sha256="acdd5bf5a2686bcb9e458d72ea811fb0b087adbd70225eb92aeb4793dfb8c7d0",
                bytes=3_509_722,
            ),
        )
        if is_4x4
        else (),
    )


MODEL = (
    _spec("lapsrn", "LapSRN", is_4x4=False),
    _spec("lapsrn-4x4", "LapSRN (4x4 deconvolutions)", is_4x4=True),
)
