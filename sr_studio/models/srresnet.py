"""SRResNet and SRGAN: the first network of residual blocks, and the first trained against another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import torch
from torch import nn
from typing_extensions import override

from sr_studio.models._layouts import rename_tensors
from sr_studio.models._spec import ModelSpec, WeightSource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

_PAPER = (
    "Christian Ledig, Lucas Theis, Ferenc Huszár, Jose Caballero, Andrew Cunningham, Alejandro "
    "Acosta, Andrew Aitken, Alykhan Tejani, Johannes Totz, Zehan Wang, Wenzhe Shi: "
    "Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network, CVPR "
    "2017, https://arxiv.org/abs/1609.04802"
)
_BLOCKS = 16
CROP_PX = 96  # what the discriminator of the paper is trained on
_SCALES = (2, 4, 8)


class SRResNet(nn.Module):
    """Residual blocks with batch normalisation, then pixel shuffles by two.

    Christian Ledig et al.: "Photo-Realistic Single Image Super-Resolution Using a Generative
    Adversarial Network", CVPR 2017, https://arxiv.org/abs/1609.04802 (figure 4). State-dict
    layout of https://github.com/leftthomas/SRGAN. Deviations: white is 1 and black 0 in the
    output, for which the paper uses 1 and -1; convolutions before a normalisation have no bias,
    which it would take away again. The 1,500 k of the survey (the paper gives no count) are 1,543 k
    without the normalisation, which folds into the convolutions, and 1,547 k with it.

    With `is_first_release`, the generator whose weights that repository published: five blocks,
    biases everywhere, PReLU instead of normalisation behind the blocks, and tanh at the end.

    Args:
        scale: 2, 4 or 8.
        num_block: residual blocks.
        num_feat: channels.
        is_first_release: see above.
    """

    def __init__(
        self,
        scale: int,
        num_block: int = _BLOCKS,
        num_feat: int = 64,
        *,
        is_first_release: bool = False,
    ) -> None:
        super().__init__()
        self.has_tanh = is_first_release
        has_bias = is_first_release
        head = nn.Sequential(nn.Conv2d(3, num_feat, 9, padding=4), nn.PReLU())
        blocks = [_Block(num_feat, has_bias=has_bias) for _ in range(num_block)]
        trunk = nn.Sequential(
            nn.Conv2d(num_feat, num_feat, 3, padding=1, bias=has_bias),
            nn.PReLU() if is_first_release else nn.BatchNorm2d(num_feat),
        )
        tail = nn.Sequential(
            *(_Upsampler(num_feat) for _ in range(scale.bit_length() - 1)),
            nn.Conv2d(num_feat, 3, 9, padding=4),
        )
        for number, block in enumerate((head, *blocks, trunk, tail), start=1):
            self.add_module(f"block{number}", block)

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, 3, H, W), RGB in [0, 1]. Returns: (B, 3, H*scale, W*scale), not clamped."""
        head, *blocks, tail = self.children()
        features = shallow = head(low_res)
        for block in blocks:
            features = block(features)
        high_res: Tensor = tail(features + shallow)
        return (torch.tanh(high_res) + 1) / 2 if self.has_tanh else high_res


class _Block(nn.Module):
    """Two normalised convolutions around a shortcut."""

    def __init__(self, num_feat: int, *, has_bias: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(num_feat, num_feat, 3, padding=1, bias=has_bias)
        self.bn1 = nn.BatchNorm2d(num_feat)
        self.prelu = nn.PReLU()
        self.conv2 = nn.Conv2d(num_feat, num_feat, 3, padding=1, bias=has_bias)
        self.bn2 = nn.BatchNorm2d(num_feat)

    @override
    def forward(self, features: Tensor) -> Tensor:
        residual = self.prelu(self.bn1(self.conv1(features)))
        normalised: Tensor = self.bn2(self.conv2(residual))
        return features + normalised


class _Upsampler(nn.Module):
    """A convolution and a pixel shuffle by two."""

    def __init__(self, num_feat: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(num_feat, 4 * num_feat, 3, padding=1)
        self.pixel_shuffle = nn.PixelShuffle(2)
        self.prelu = nn.PReLU()

    @override
    def forward(self, features: Tensor) -> Tensor:
        enlarged: Tensor = self.prelu(self.pixel_shuffle(self.conv(features)))
        return enlarged


class Discriminator(nn.Module):
    """Tells enlarged crops from real ones; trains SRGAN, enlarges nothing itself.

    Figure 4 of the paper: eight convolutions, of which every second halves the size, and two
    dense layers. Deviation: returns the logit; the paper's sigmoid belongs to the loss here, where
    it is computed without overflow.
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(3, 64, 3, padding=1), nn.LeakyReLU(0.2)]
        channels = 64
        for out_channels, stride in zip(
            (64, 128, 128, 256, 256, 512, 512), (2, 1) * 4, strict=False
        ):
            layers += [
                nn.Conv2d(channels, out_channels, 3, stride=stride, padding=1, bias=False),
                nn.BatchNorm2d(out_channels),
                nn.LeakyReLU(0.2),
            ]
            channels = out_channels
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Linear(channels * (CROP_PX // 16) ** 2, 1024), nn.LeakyReLU(0.2), nn.Linear(1024, 1)
        )

    @override
    def forward(self, crop: Tensor) -> Tensor:
        """crop: (B, 3, 96, 96), RGB in [0, 1]. Returns: (B, 1), logits; above 0 means real."""
        features = self.features(crop)  # (B, 512, 6, 6)
        logits: Tensor = self.classifier(features.flatten(1))
        return logits


def from_lornatang(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return Lornatang/SRGAN-PyTorch's generator under leftthomas' names; leaves others alone."""
    if "trunk.0.rcb.0.weight" not in tensors:
        return tensors
    num_block = sum(
        re.fullmatch(r"trunk\.\d+\.rcb\.0\.weight", name) is not None for name in tensors
    )
    steps = sum(name.endswith(".upsample_block.0.weight") for name in tensors)
    tail = num_block + 3
    parts = enumerate(("conv1", "bn1", "prelu", "conv2", "bn2"))
    names = (
        (r"^conv_block1\.", "block1."),
        *(
            (rf"^trunk\.{block}\.rcb\.{number}\.", f"block{block + 2}.{part}.")
            for number, part in parts
            for block in range(num_block)
        ),
        (r"^conv_block2\.", f"block{num_block + 2}."),
        (r"^upsampling\.(\d)\.upsample_block\.0\.", rf"block{tail}.\1.conv."),
        (r"^upsampling\.(\d)\.upsample_block\.2\.", rf"block{tail}.\1.prelu."),
        (r"^conv_block3\.", f"block{tail}.{steps}."),
    )
    return rename_tensors(tensors, names)


def _without_normalisation(network: nn.Module) -> nn.Module:
    counted = (nn.Conv2d, nn.PReLU)
    return nn.ModuleList(each for each in network.modules() if isinstance(each, counted))


def _context_px(num_block: int) -> Callable[[int], int]:
    return lambda _scale: 4 + num_block * 2 + 1 + 3  # 9x9 at both ends; the last at high resolution


def _published(
    scale: int, psnr: dict[int, float], size: int, file: str, sha256: str
) -> WeightSource:
    return WeightSource(
        id=f"srgan-5-blocks-x{scale}",
        scales=(scale,),
        origin="downloadable",
        licence="MIT",
        trained_on="PASCAL VOC 2012 (16,700 images)",
        set5_psnr=psnr,
        file=f"srgan_leftthomas/{file}",
        url="https://raw.githubusercontent.com/leftthomas/SRGAN/"
        f"b0323c6ca4ca920f7daa41ba05f44bd220557cd9/epochs/netG_epoch_{scale}_100.pth",
        sha256=sha256,
        bytes=size,
    )


def _of_the_paper(
    model_id: str,
    title: str,
    loss: str,
    look: Literal["faithful", "perceptual"],
    psnr: Mapping[str, Mapping[int, float]],
) -> ModelSpec:
    return ModelSpec(
        id=model_id,
        title=title,
        year=2017,
        paper=_PAPER,
        build=SRResNet,
        scales=_SCALES,
        channels="rgb",
        upsampling="direct",
        context_px=_context_px(_BLOCKS),
        loss=loss,
        look=look,
        published_parameters={4: 1_500_000},
        published_psnr=psnr,
        counted=_without_normalisation,
        converts=(from_lornatang,),
    )


MODEL = (
    _of_the_paper(
        "srresnet",
        "SRResNet",
        "l2",
        "faithful",
        {"Set5": {4: 32.05}, "Set14": {4: 28.49}, "BSD100": {4: 27.58}},
    ),
    _of_the_paper(
        "srgan",
        "SRGAN",
        "gan",
        "perceptual",
        {"Set5": {4: 29.40}, "Set14": {4: 26.02}, "BSD100": {4: 25.16}},
    ),
    ModelSpec(
        id="srgan-5-blocks",
        title="SRGAN, five blocks",
        year=2017,
        paper=_PAPER,
        build=lambda scale: SRResNet(scale, 5, is_first_release=True),
        scales=_SCALES,
        channels="rgb",
        upsampling="direct",
        context_px=_context_px(5),
        loss="gan",
        look="perceptual",
        weights=(
            _published(
                2,
                {2: 35.47},
                2_361_404,
                "netG_x2_6c6642a.pth",
                "a7ddfb8d2109ea7360ca7a6913c3acbb7128deef16c2868476e2bb1e2cf9ec3b",
            ),
            _published(
                4,
                {4: 30.65},
                2_952_717,
                "netG_x4_b816dc6.pth",
                "f4c381640826a48d2440583e4920c6bb4041804f4e285c3c6d585f03961fe87c",
            ),
            _published(
                8,
                {},
                3_544_030,
                "netG_x8_a5d84b0.pth",
                "91bc47a807f09ebb9c40a69ff2fd3b598e7e618d91f506b71a9c3ec2cbb94355",
            ),
        ),
    ),
)
