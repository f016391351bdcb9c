"""SCN and its cascade CSCN: sparse coding unrolled into a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from typing_extensions import override

from sr_studio.models._spec import ModelSpec, bicubic_context

if TYPE_CHECKING:
    from torch import Tensor

_PAPER = (
    "Zhaowen Wang, Ding Liu, Jianchao Yang, Wei Han, Thomas Huang: Deep Networks for Image "
    "Super-Resolution with Sparse Prior, ICCV 2015, https://arxiv.org/abs/1507.08905"
)
_PATCH_PX = 5  # side of the patches that are put together, s_y of the paper
_WINDOW_PX = 9  # side of the windows that a patch is read from, s_x
_REACH_PX = (_WINDOW_PX + _PATCH_PX - 2) // 2
_CONTRAST = 1.1  # "scale_y" of the released code


class SCN(nn.Module):
    """Features of a window, two steps of LISTA, a patch from a dictionary, and its average.

    Zhaowen Wang, Ding Liu, Jianchao Yang, Wei Han, Thomas Huang: "Deep Networks for Image
    Super-Resolution with Sparse Prior", ICCV 2015, https://arxiv.org/abs/1507.08905 (section 3.1).
    Names and shapes follow the models of the authors' release, whose matrices `convert_release`
    reads; see https://github.com/huangzehao/SCN_Matlab. The release has x2 only; its first model
    gives 36.60 dB on Set5, the paper's 36.93.

    The thresholds are learned, as in the paper; the release has them merged into the matrices
    beside them, so that its own are 1. The number of parameters includes the filters of `mean2`
    (the mean of the patch's window, averaged over patches) and `diffms` (the patch without its
    mean), which the release stores too and which start at these values here. Deviations: features
    without any contrast are left at zero, where the release divides zero by zero; borders are
    mirrored with the edge pixel repeated, as in its Matlab version.

    Args:
        num_filters: features of a window, m_y.
        num_atoms: of the dictionary, n.
    """

    def __init__(self, num_filters: int = 100, num_atoms: int = 128) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, num_filters, _WINDOW_PX, bias=False)
        self.mean2 = nn.Conv2d(1, 1, 2 * _REACH_PX + 1, bias=False)
        self.diffms = nn.Conv2d(1, _PATCH_PX**2, _WINDOW_PX, bias=False)
        self.wd = nn.Conv2d(num_filters, num_atoms, 1, bias=False)
        self.usd1 = nn.Conv2d(num_atoms, num_atoms, 1, bias=False)
        self.ud = nn.Conv2d(num_atoms, _PATCH_PX**2, 1, bias=False)
        self.thresholds = nn.Parameter(torch.ones(num_atoms))
        self.addp = nn.Parameter(torch.full((_PATCH_PX**2,), 1 / _PATCH_PX**2))
        self._start_from_the_mean()

    @override
    def forward(self, enlarged: Tensor) -> Tensor:
        """enlarged: (B, 1, H, W), Y in [0, 1], bicubic. Returns: the same shape, not clamped."""
        height, width = enlarged.shape[2:]
        padded = _mirror(enlarged, _REACH_PX)  # (B, 1, H+12, W+12)
        mean: Tensor = self.mean2(padded)  # (B, 1, H, W)
        observed = self.wd(F.normalize(self.conv(padded)))  # (B, atoms, H+4, W+4)
        code = self._shrink(observed)
        code = self._shrink(observed + self.usd1(code))
        patches = F.normalize(self.ud(code))  # (B, 25, H+4, W+4)
        contrast = _CONTRAST * self.diffms(padded).norm(dim=1, keepdim=True)
        patches = patches * contrast * self.addp.view(1, -1, 1, 1)
        detail = F.fold(patches.flatten(2), (height, width), _PATCH_PX, padding=_PATCH_PX - 1)
        return mean + detail

    def _shrink(self, values: Tensor) -> Tensor:
        """Pull towards zero by the threshold of each atom."""
        thresholds = self.thresholds.view(1, -1, 1, 1)
        return values.sign() * torch.relu(values.abs() - thresholds)

    @torch.no_grad()
    def _start_from_the_mean(self) -> None:
        """Set the two filters that the release stores as numbers, and matrices of a useful size."""
        margin = (_WINDOW_PX - _PATCH_PX) // 2
        box = np.full(_PATCH_PX, 1 / _PATCH_PX)
        of_means = np.pad(np.convolve(box, box), margin)
        self.mean2.weight.copy_(torch.tensor(np.outer(of_means, of_means)))
        one = np.eye(_PATCH_PX**2).reshape(-1, _PATCH_PX, _PATCH_PX)  # each pixel of the patch
        from_mean = np.pad(one - 1 / _PATCH_PX**2, ((0, 0), (margin, margin), (margin, margin)))
        self.diffms.weight.copy_(torch.tensor(from_mean[:, None]))
        nn.init.normal_(self.wd.weight)  # of unit features: a third of the atoms pass 1
        nn.init.normal_(self.usd1.weight, std=0.01)


class CSCN(nn.Module):
    """Enlarges by two, twice, each time by bicubic and an SCN; x3 is shrunk from x4.

    Zhaowen Wang, Ding Liu, Jianchao Yang, Wei Han, Thomas Huang: "Deep Networks for Image
    Super-Resolution with Sparse Prior", ICCV 2015, https://arxiv.org/abs/1507.08905 (section 3.2).
    With the released x2 models it gives 32.77 and 30.59 dB on Set5 at x3 and x4, with the first of
    them in both stages 32.68 and 30.45, the paper's 33.10 and 30.86. Deviation: at the border the cubic weights within the picture are scaled to one,
    where Matlab mirrors.

    Args:
        scale: 3 or 4.
    """

    def __init__(self, scale: int) -> None:
        super().__init__()
        self.scale = scale
        self.stages = nn.ModuleList([SCN(), SCN()])

    @override
    def forward(self, low_res: Tensor) -> Tensor:
        """low_res: (B, 1, H, W), Y in [0, 1]. Returns: (B, 1, H*scale, W*scale), not clamped."""
        height, width = low_res.shape[2:]
        image = low_res
        for stage in self.stages:
            image = stage(_resize(image, (2 * image.shape[2], 2 * image.shape[3])))
        if self.scale != 2 ** len(self.stages):
            image = _resize(image, (height * self.scale, width * self.scale))
        return image


def _mirror(image: Tensor, border_px: int) -> Tensor:
    """Extend by mirroring with the edge repeated, as Matlab's "symmetric", from any size."""
    for axis in (2, 3):
        side = image.shape[axis]
        index = torch.arange(-border_px, side + border_px, device=image.device) % (2 * side)
        image = image.index_select(axis, torch.where(index < side, index, 2 * side - 1 - index))
    return image


def _resize(image: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize by the cubic of Matlab's imresize (a = -0.5), widened where it shrinks."""
    return F.interpolate(image, size, mode="bicubic", antialias=True)


def convert_release(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Bring the matrices of the authors' release into the layout of SCN.

    There a column of `conv`, `mean2` and `diffms` is a filter, row by row; what makes or weighs a
    patch lists its pixels column by column; thresholds are 1.
    """
    if tensors.get("wd", torch.empty(0)).ndim != 2:
        return tensors
    own = {}
    for name in ("conv", "mean2", "diffms"):
        side = round(tensors[name].shape[0] ** 0.5)
        own[f"{name}.weight"] = tensors[name].T.reshape(-1, 1, side, side)
    for name in ("wd", "usd1", "ud"):
        own[f"{name}.weight"] = tensors[name].T[:, :, None, None]
    row_by_row = torch.arange(_PATCH_PX**2).view(_PATCH_PX, _PATCH_PX).T.flatten()
    for name in ("diffms", "ud"):
        own[f"{name}.weight"] = own[f"{name}.weight"][row_by_row]
    own["addp"] = tensors["addp"].flatten()[row_by_row]
    own["thresholds"] = torch.ones(tensors["wd"].shape[1])
    return {name: tensor.float().contiguous() for name, tensor in own.items()}


def _both_stages(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    own = convert_release(tensors)
    if own is tensors:
        return tensors
    return {f"stages.{stage}.{name}": own[name] for stage in (0, 1) for name in own}


MODEL = (
    ModelSpec(
        id="scn",
        title="SCN",
        year=2015,
        paper=_PAPER,
        build=lambda _scale: SCN(),
        scales=(2, 3, 4),
        channels="y",
        upsampling="bicubic",
        context_px=bicubic_context(_REACH_PX),
        loss="l2",
        # as the survey of Anwar, Khan and Barnes counts them (https://arxiv.org/abs/1904.07523)
        published_parameters={2: 42_000, 3: 42_000, 4: 42_000},
        published_psnr={
            "Set5": {2: 36.93},
            "Set14": {2: 32.56},
            "BSD100": {2: 31.40},
        },
        converts=(convert_release,),
    ),
    ModelSpec(
        id="cscn",
        title="CSCN",
        year=2015,
        paper=_PAPER,
        build=CSCN,
        scales=(3, 4),
        channels="y",
        upsampling="direct",
        context_px=lambda scale: {3: 8, 4: 7}[scale],  # two stages, three resizings at x3
        loss="l2",
        published_psnr={
            "Set5": {3: 33.10, 4: 30.86},
            "Set14": {3: 29.41, 4: 27.64},
            "BSD100": {3: 28.50},
        },
        converts=(_both_stages,),
    ),
)
