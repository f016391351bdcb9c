"""Networks that the zoo lacks, from spandrel: https://github.com/chaiNNer-org/spandrel.

spandrel is the optional extra "community" and is imported only when such a network is imported or
run. It gets tensors, never a file: what is read from files is read by this program.
"""

from __future__ import annotations

import sys
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from types import ModuleType
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional as F
from typing_extensions import override

from sr_studio.errors import WeightsError
from sr_studio.models._model_card import CommunityFacts
from sr_studio.models._spec import ModelSpec
from sr_studio.models._weight_files import check_finite, read_tensors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from torch import Tensor

    from sr_studio.models._model_card import ModelCard

COMMUNITY_PREFIX = "community-"
_MISSING = "Run: pip install --no-deps spandrel einops"  # without: also torchvision, for nothing
_PURPOSES = ("SR", "Restoration", "Inpainting")  # not faces alone
# what spandrel raises on tensors that look like an architecture's and are not
_MISFITS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    RuntimeError,
    TypeError,
    ValueError,
)
# MATLAB's luma, in which gray networks of this program run, against the full range of spandrel's
_Y_BLACK, _Y_WHITE = 16 / 255, 235 / 255
_YEARS = {
    "ATD": 2024,
    "Compact": 2021,
    "CRAFT": 2023,
    "DAT": 2023,
    "DITN": 2023,
    "DnCNN": 2017,
    "DRCT": 2024,
    "DRUNet": 2021,
    "ESRGAN": 2018,
    "FBCNN": 2021,
    "GRL": 2023,
    "HAT": 2023,
    "IPT": 2021,
    "NAFNet": 2022,
    "OmniSR": 2023,
    "PLKSR": 2024,
    "RCAN": 2018,
    "RGT": 2024,
    "SAFMN": 2023,
    "SCUNet": 2022,
    "SPAN": 2024,
    "Swin2SR": 2022,
    "SwinIR": 2021,
    "Uformer": 2022,
}  # of the papers; 0 where there is none


@dataclass(frozen=True, slots=True)
class CommunityNetwork:
    """A network that spandrel built from tensors.

    Attributes:
        module: (B, C, H, W) to (B, C, H*scale, W*scale), any size; C and the range are those of a
            `ModelSpec` with the channels of `facts`. One that fills holes takes a mask as well,
            (B, 1, H, W), 1 where pixels are missing.
        scale: that it enlarges by.
        facts: what its card keeps.
    """

    module: nn.Module
    scale: int
    facts: CommunityFacts


def build_community_network(tensors: Mapping[str, Tensor], label: str) -> CommunityNetwork:
    """Let spandrel find the architecture of `tensors` and fill it.

    Args:
        tensors: of one network, under the names of its authors.
        label: what the error calls them.

    Raises:
        WeightsError: spandrel is not installed, knows no such network, or it is of a kind that does
            not enlarge, restore or fill pictures in gray or RGB.
    """
    check_finite(tensors, label)
    spandrel = _import_spandrel(label)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its authors' code is of many ages of torch
        try:
            descriptor = spandrel.MAIN_REGISTRY.load(dict(tensors))
        except (spandrel.UnsupportedModelError, *_MISFITS):
            raise WeightsError(
                f"The tensors of {label} are those of no network that is known here.",
                advice="See the networks of SR Studio: sr-studio models; and those of the "
                "community: https://github.com/chaiNNer-org/spandrel",
            ) from None
    name = descriptor.architecture.name
    channels = descriptor.input_channels
    if descriptor.purpose not in _PURPOSES or channels not in (1, 3):
        raise WeightsError(
            f"{label} is a network of the kind {name} for {descriptor.purpose} in {channels} "
            "channels, which cannot be run here.",
            advice="Choose a network that enlarges, restores or fills pictures in gray or RGB.",
        )
    if descriptor.output_channels != channels:
        raise WeightsError(
            f"{label} makes {descriptor.output_channels} channels of {channels}.",
            advice="Choose a network that returns what it is given.",
        )
    facts = CommunityFacts(
        architecture=name,
        channels="y" if channels == 1 else "rgb",
        size_multiple=descriptor.size_requirements.multiple_of,
        parameters=sum(each.numel() for each in descriptor.model.parameters()),
        fills_holes=descriptor.purpose == "Inpainting",
    )
    module: nn.Module = (_HoleFiller if facts.fills_holes else _AnySize)(descriptor)
    return CommunityNetwork(
        module.eval().requires_grad_(requires_grad=False), descriptor.scale, facts
    )


def community_spec(card: ModelCard, facts: CommunityFacts, path: Path) -> ModelSpec:
    """Describe a network by its card, without spandrel.

    How far it looks is not known: it counts as one that uses the whole picture, whose tiles overlap
    widely and agree only nearly.

    Args:
        card: of its weights.
        facts: on the card.
        path: of its weights, which `build` reads: the network comes filled.
    """
    scale = card.scales[0]

    def build(_scale: int) -> nn.Module:
        return build_community_network(read_tensors(path), card.id).module

    return ModelSpec(
        id=card.model,
        title=f"{facts.architecture} ({card.id})",
        year=_YEARS.get(facts.architecture, 0),
        paper=f"{facts.architecture}, as implemented by spandrel, "
        "https://github.com/chaiNNer-org/spandrel",
        build=build,
        scales=card.scales,
        channels=facts.channels,
        upsampling="direct",
        context_px=lambda _scale: 0,
        has_global_context=True,
        loss="not stated",
        size_multiple=facts.size_multiple,
        published_parameters={scale: facts.parameters},
        task="inpaint" if facts.fills_holes else "upscale" if scale > 1 else "denoise",
    )


class _AnySize(nn.Module):
    """Runs what spandrel built on pictures of any size, in the ranges of this program."""

    def __init__(self, descriptor: Any) -> None:
        super().__init__()
        self.network: nn.Module = descriptor.model  # so that its layers are found, moved and copied
        self._descriptor = descriptor
        self._is_gray = descriptor.input_channels == 1

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, C, H, W), RGB in [0, 1] or MATLAB's Y. Returns: the same, enlarged."""
        height, width = low_res.shape[-2:]
        right, bottom = self._descriptor.size_requirements.get_padding(width, height)
        image = F.pad(low_res, (0, right, 0, bottom), mode="replicate")
        if self._is_gray:
            image = (image - _Y_BLACK) / (_Y_WHITE - _Y_BLACK)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            high_res: Tensor = self._descriptor(image)
        if self._is_gray:
            high_res = high_res * (_Y_WHITE - _Y_BLACK) + _Y_BLACK
        scale = self._descriptor.scale
        return high_res[..., : height * scale, : width * scale]


class _HoleFiller(nn.Module):
    """Runs what spandrel built on pictures with holes, of any size."""

    def __init__(self, descriptor: Any) -> None:
        super().__init__()
        self.network: nn.Module = descriptor.model
        self._descriptor = descriptor

    @override
    def forward(self, picture: Tensor, missing: Tensor) -> Tensor:
        """Fill the holes.

        Args:
            picture: (B, C, H, W) in [0, 1].
            missing: (B, 1, H, W), 1 where pixels are missing, else 0.

        Returns:
            (B, C, H, W) in [0, 1]; what was known may be another.
        """
        height, width = picture.shape[-2:]
        right, bottom = self._descriptor.size_requirements.get_padding(width, height)
        around = (0, right, 0, bottom)
        picture = F.pad(picture, around, mode="replicate")
        missing = F.pad(missing, around, mode="replicate")
        filled = [
            self._descriptor(each[None], hole[None])
            for each, hole in zip(picture, missing, strict=True)
        ]
        return torch.cat(filled)[..., :height, :width]


def _import_spandrel(label: str) -> Any:
    try:
        with _torchvision_stand_in(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import spandrel
    except ImportError as error:
        raise WeightsError(
            f"{label} is for none of the networks of SR Studio; those of the community need a "
            f"package that is missing here: {error.name or 'spandrel'}.",
            advice=_MISSING,
        ) from error
    return spandrel


@contextmanager
def _torchvision_stand_in() -> Iterator[None]:
    """Provide the three names that spandrel takes from torchvision while it is imported.

    torchvision itself is large, and its import fails beside a torch that it was not built for. Two
    architectures use the names: one for faces, which is not run here, and LaMa, for a rotation of
    features that none of its published networks has.
    """
    names = ("torchvision", "torchvision.transforms", "torchvision.transforms.functional")
    found = {name: sys.modules.get(name) for name in names}
    for name in names:
        sys.modules[name] = ModuleType(name)
    functional = sys.modules[names[-1]]
    vars(functional).update(
        normalize=_normalize, rotate=_rotate, InterpolationMode=_InterpolationMode
    )
    try:
        yield
    finally:
        for name, module in found.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


class _InterpolationMode(Enum):
    """How to rotate."""

    NEAREST = "nearest"
    BILINEAR = "bilinear"


def _normalize(image: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """image: (..., C, H, W). Returns: the same, less the mean and over the deviation of each C."""
    shift = torch.as_tensor(mean, dtype=image.dtype, device=image.device).view(-1, 1, 1)
    spread = torch.as_tensor(std, dtype=image.dtype, device=image.device).view(-1, 1, 1)
    return (image - shift) / spread


def _rotate(_image: Tensor, _angle: float, *_rest: object) -> Tensor:
    raise NotImplementedError("LaMa that rotates features is not run here")
