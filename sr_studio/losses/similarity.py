"""Losses by structural similarity."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional as F
from typing_extensions import override

from sr_studio.losses._spec import LossSpec
from sr_studio.tensors.structural_similarity import (
    WINDOW_PX,
    gaussian_window,
    similarity_maps,
    smooth,
)

if TYPE_CHECKING:
    from torch import Tensor

_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # of the paper, finest scale first
_LEAST = 1e-6  # of a factor of MS-SSIM: powers below 1 have no slope at nought
_ZHAO_SIGMAS_PX = (0.5, 1.0, 2.0, 4.0, 8.0)
_ZHAO_WINDOW_PX = 33  # two standard deviations of the widest to each side


class SSIMLoss(nn.Module):
    """1 - SSIM, with the window of its authors.

    Wang, Bovik, Sheikh, Simoncelli: "Image quality assessment: from error visibility to structural
    similarity", 2004, https://doi.org/10.1109/TIP.2003.819861. No deviation.
    """

    @override
    def forward(self, restored: Tensor, truth: Tensor) -> Tensor:
        """Return the loss; see LossSpec."""
        maps = similarity_maps(restored, truth, gaussian_window())
        return 1 - (maps.luminance * maps.contrast).mean()


class MSSSIMLoss(nn.Module):
    """1 - MS-SSIM, the mean over the batch.

    Z. Wang, E. P. Simoncelli, A. C. Bovik: "Multiscale structural similarity for image quality
    assessment", 2003, https://doi.org/10.1109/ACSSC.2003.1292216, equation 7. Five scales need 176
    pixels a side; smaller crops take the first that fit, their weights brought to the same sum. A
    factor below 1e-6, which has no real power or no slope, counts as that.
    """

    @override
    def forward(self, restored: Tensor, truth: Tensor) -> Tensor:
        """Return the loss; see LossSpec."""
        side = min(truth.shape[2:])
        scales = min(len(_WEIGHTS), int(math.log2(side / WINDOW_PX)) + 1)
        weights = _WEIGHTS[:scales]
        window = gaussian_window()
        similarity = torch.ones_like(truth[:, 0, 0, 0])
        for level, weight in enumerate(weights):
            if level > 0:
                restored, truth = F.avg_pool2d(restored, 2), F.avg_pool2d(truth, 2)
            luminance, contrast = similarity_maps(restored, truth, window)
            is_coarsest = level == scales - 1
            factor = (luminance * contrast if is_coarsest else contrast).mean((1, 2, 3))
            similarity = similarity * factor.clamp_min(_LEAST) ** (weight / sum(weights))
        return 1 - similarity.mean()


class MixLoss(nn.Module):
    """alpha (1 - MS-SSIM) + (1 - alpha) l1 weighted by a Gaussian around each place.

    Hang Zhao, Orazio Gallo, Iuri Frosio, Jan Kautz: "Loss Functions for Image Restoration with
    Neural Networks", IEEE Transactions on Computational Imaging 2017,
    https://arxiv.org/abs/1511.08861 (section III-D, equation 14, alpha 0.84). Their MS-SSIM is not
    a pyramid: Gaussians of 0.5, 1, 2, 4 and 8 pixels on the full size stand for the scales, the
    product of all contrasts and the widest luminance is taken at every place (section III-C), and
    the widest Gaussian weighs l1. Deviation: the mean over all places of a crop where the window of
    33 pixels fits, in place of its middle pixel alone.

    Args:
        alpha: share of MS-SSIM.
    """

    def __init__(self, alpha: float = 0.84) -> None:
        super().__init__()
        self.alpha = alpha

    @override
    def forward(self, restored: Tensor, truth: Tensor) -> Tensor:
        """Return the loss; see LossSpec."""
        similarity = torch.ones((), dtype=truth.dtype, device=truth.device)
        luminance = similarity
        for sigma_px in _ZHAO_SIGMAS_PX:
            window = gaussian_window(_ZHAO_WINDOW_PX, sigma_px)
            luminance, contrast = similarity_maps(restored, truth, window)
            similarity = similarity * contrast
        # smoothing the absolute difference and taking the mean of all places where it fits
        widest = gaussian_window(_ZHAO_WINDOW_PX, _ZHAO_SIGMAS_PX[-1])
        distance = smooth((restored - truth).abs(), widest)
        mixed = self.alpha * (1 - luminance * similarity) + (1 - self.alpha) * distance
        return mixed.mean()


_SSIM = "Wang et al. 2004, https://doi.org/10.1109/TIP.2003.819861"
LOSS = (
    LossSpec(id="ssim", title="1 - SSIM", paper=_SSIM, build=SSIMLoss, least_px=WINDOW_PX),
    LossSpec(
        id="ms_ssim",
        title="1 - MS-SSIM",
        paper="Wang et al. 2003, https://doi.org/10.1109/ACSSC.2003.1292216",
        build=MSSSIMLoss,
        least_px=WINDOW_PX,
    ),
    LossSpec(
        id="ms_ssim_l1",
        title="MS-SSIM and l1, mixed",
        paper="Zhao et al. 2017, https://arxiv.org/abs/1511.08861",
        build=MixLoss,
        options={"alpha": float},
        least_px=_ZHAO_WINDOW_PX,
    ),
)
