"""ESRGAN and RRDB-PSNR: RRDBNet trained against a relativistic discriminator, and for PSNR."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from torch import nn
from torch.nn import functional as F
from typing_extensions import override

from sr_studio.models._spec import ModelSpec, WeightSource
from sr_studio.models.rrdbnet import RRDBNet, rename_older_layouts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

_PAPER = (
    "Xintao Wang, Ke Yu, Shixiang Wu, Jinjin Gu, Yihao Liu, Chao Dong, Chen Change Loy, Yu Qiao, "
    "Xiaoou Tang: ESRGAN: Enhanced Super-Resolution Generative Adversarial Networks, ECCV "
    "Workshops 2018, https://arxiv.org/abs/1809.00219"
)

CROP_PX = 128  # what the discriminator is trained on


class Discriminator(nn.Module):
    """Rates crops of 128 x 128; trains ESRGAN, enlarges nothing itself.

    The VGG-style network of "ESRGAN: Enhanced Super-Resolution Generative Adversarial Networks"
    (section 3.2, https://arxiv.org/abs/1809.00219), in the state-dict layout of
    https://github.com/XPixelGroup/BasicSR (discriminator_arch.py). Relativistic is the loss: it
    compares the logits of real crops with the mean logit of enlarged ones, and the other way
    round. No deviation.

    Args:
        num_feat: channels of the first convolutions.
    """

    def __init__(self, num_feat: int = 64) -> None:
        super().__init__()
        self.conv0_0 = nn.Conv2d(3, num_feat, 3, padding=1)
        self.conv0_1 = nn.Conv2d(num_feat, num_feat, 4, stride=2, padding=1, bias=False)
        self.bn0_1 = nn.BatchNorm2d(num_feat)
        channels = num_feat
        for stage, factor in enumerate((2, 4, 8, 8), start=1):
            wider = num_feat * factor
            self.add_module(f"conv{stage}_0", nn.Conv2d(channels, wider, 3, padding=1, bias=False))
            self.add_module(f"bn{stage}_0", nn.BatchNorm2d(wider))
            self.add_module(
                f"conv{stage}_1", nn.Conv2d(wider, wider, 4, stride=2, padding=1, bias=False)
            )
            self.add_module(f"bn{stage}_1", nn.BatchNorm2d(wider))
            channels = wider
        self.linear1 = nn.Linear(channels * 4 * 4, 100)
        self.linear2 = nn.Linear(100, 1)

    @override
    def forward(self, crop: Tensor) -> Tensor:
        """crop: (B, 3, 128, 128), RGB in [0, 1]. Returns: (B, 1), logits."""
        first, *convolutions = (each for each in self.children() if isinstance(each, nn.Conv2d))
        norms = (each for each in self.children() if isinstance(each, nn.BatchNorm2d))
        features = _activate(first(crop))
        for conv, norm in zip(convolutions, norms, strict=True):
            features = _activate(norm(conv(features)))
        logits: Tensor = self.linear2(_activate(self.linear1(features.flatten(1))))
        return logits


def _activate(features: Tensor) -> Tensor:
    return F.leaky_relu(features, 0.2)


def _spec(
    model_id: str,
    title: str,
    *,
    loss: str,
    look: Literal["faithful", "perceptual"],
    published_psnr: Mapping[str, Mapping[int, float]],
    weights: tuple[WeightSource, ...],
) -> ModelSpec:
    return ModelSpec(
        id=model_id,
        title=title,
        year=2018,
        paper=_PAPER,
        build=lambda _scale: RRDBNet(),
        scales=(4,),
        channels="rgb",
        upsampling="direct",
        # first, 23 blocks of fifteen, body, and what lies above
        context_px=lambda _scale: 1 + 23 * 3 * 5 + 1 + 2,
        loss=loss,
        look=look,
        published_parameters={4: 16_700_000},
        published_psnr=published_psnr,
        converts=(rename_older_layouts,),
        weights=weights,
    )


MODEL = (
    _spec(
        "esrgan",
        "ESRGAN",
        loss="gan",
        look="perceptual",
        published_psnr={},
        weights=(
            WeightSource(
                id="esrgan-x4",
                scales=(4,),
                origin="downloadable",
                licence="Apache-2.0",
                trained_on="DIV2K, Flickr2K, OutdoorSceneTraining",
                file="realesrgan_xinntao/ESRGAN_SRx4_DF2KOST_official-ff704c30.pth",
                url="https://github.com/xinntao/Real-ESRGAN/releases/download/v0.1.1/"
                "ESRGAN_SRx4_DF2KOST_official-ff704c30.pth",
                sha256="ff704c30",
            ),
        ),
    ),
    _spec(
        "rrdb-psnr",
        "RRDB, PSNR-oriented",
        loss="l1",
        look="faithful",
        published_psnr={"Set5": {4: 32.73}, "Set14": {4: 28.99}, "BSD100": {4: 27.85}},
        weights=(),
    ),
)
