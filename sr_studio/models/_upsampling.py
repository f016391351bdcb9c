"""The ways in which networks turn features into a larger picture, as interchangeable parts.

What each does to the picture is measured by `sr-studio bench checkerboard` and shown in
docs/upsampling.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import torch
from torch import nn
from torch.nn import functional as F
from typing_extensions import override

if TYPE_CHECKING:
    from torch import Tensor

UpsamplingKind: TypeAlias = Literal[
    "deconvolution", "sub-pixel", "sub-pixel-icnr", "nearest", "bilinear"
]
UPSAMPLING_KINDS: tuple[UpsamplingKind, ...] = get_args(UpsamplingKind)

_KERNEL_PX = 3  # of the ordinary convolutions


def upsampler(
    kind: UpsamplingKind, in_channels: int, out_channels: int, factor: int
) -> Deconvolution | SubPixelConvolution | ResizeConvolution:
    """Return a layer that maps (B, in, H, W) to (B, out, H*factor, W*factor).

    The deconvolution's kernel is 2 * factor + 1 px: 5 px at stride 2 as in DCGAN, 9 px at
    stride 4 as in FSRCNN, in neither a multiple of the stride. The others have kernels of 3 px.

    Args:
        kind: "deconvolution"; "sub-pixel" and "sub-pixel-icnr", which differ in nothing but their
            initialisation; "nearest" and "bilinear": resized, then convolved.
        in_channels: of the features.
        out_channels: of the result.
        factor: 2 or more.
    """
    if kind == "deconvolution":
        return Deconvolution(in_channels, out_channels, 2 * factor + 1, factor)
    if kind == "nearest" or kind == "bilinear":
        return ResizeConvolution(in_channels, out_channels, factor, kind)
    return SubPixelConvolution(in_channels, out_channels, factor, is_icnr=kind == "sub-pixel-icnr")


class Deconvolution(nn.ConvTranspose2d):
    """A transposed convolution whose result is exactly `factor` times as large.

    Matthew D. Zeiler et al.: "Deconvolutional Networks", CVPR 2010,
    https://doi.org/10.1109/CVPR.2010.5539957; at the end of a super-resolution network first in
    FSRCNN, https://arxiv.org/abs/1608.00367. Where the kernel is no multiple of the factor, some
    pixels get more taps than their neighbours: Augustus Odena, Vincent Dumoulin, Chris Olah,
    "Deconvolution and Checkerboard Artifacts", Distill 2016, https://doi.org/10.23915/distill.00003.

    Equals `nn.ConvTranspose2d` (also in its state dict), but runs as its polyphase convolutions,
    which is about three times faster on a CPU: output pixel factor*c + r sees input pixel c + d
    through tap r + padding - factor*d of the kernel, so that each phase r is an ordinary
    convolution of the input, and a pixel shuffle interleaves them (Shi et al., "Is the
    deconvolution layer the same as a convolutional layer?", https://arxiv.org/abs/1609.07009).

    Args:
        in_channels: of the features.
        out_channels: of the result.
        kernel_px: side of the kernel, at least `factor`.
        factor: the stride.
        padding_px: left off at the top and left; by default what centres the kernel.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_px: int,
        factor: int,
        padding_px: int | None = None,
    ) -> None:
        _check_factor(factor)
        overhang_px = kernel_px - factor
        padding_px = (overhang_px + 1) // 2 if padding_px is None else padding_px
        if overhang_px < 0 or not 0 <= 2 * padding_px - overhang_px < factor:
            raise ValueError(
                f"a kernel of {kernel_px} px and a padding of {padding_px} px do not enlarge "
                f"every pixel by exactly {factor}"
            )
        super().__init__(
            in_channels,
            out_channels,
            kernel_px,
            stride=factor,
            padding=padding_px,
            output_padding=2 * padding_px - overhang_px,
        )
        self.factor = factor

    @override
    def forward(self, features: Tensor, output_size: list[int] | None = None) -> Tensor:
        """features: (B, in, H, W). Returns: (B, out, H*factor, W*factor)."""
        factor, kernel_px, padding_px = self.factor, self.kernel_size[0], int(self.padding[0])
        reach = max(-(-padding_px // factor), (kernel_px - 1 - padding_px) // factor)
        taps = 2 * reach + 1
        before = factor * reach - padding_px
        after = factor * taps - kernel_px - before
        in_channels, out_channels = self.weight.shape[:2]
        weight = F.pad(self.weight, (before, after, before, after))
        # (in, out, tap_y, phase_y, tap_x, phase_x), taps in order of falling input position
        weight = weight.view(in_channels, out_channels, taps, factor, taps, factor).flip(2, 4)
        weight = weight.permute(1, 3, 5, 0, 2, 4)  # (out, phase_y, phase_x, in, tap_y, tap_x)
        weight = weight.reshape(out_channels * factor**2, in_channels, taps, taps)
        bias = None if self.bias is None else self.bias.repeat_interleave(factor**2)
        return F.pixel_shuffle(F.conv2d(features, weight, bias, padding=reach), factor)


class SubPixelConvolution(nn.Module):
    """A convolution that makes each phase of the result in channels of its own, then a shuffle.

    Wenzhe Shi et al.: "Real-Time Single Image and Video Super-Resolution Using an Efficient
    Sub-Pixel Convolutional Neural Network", CVPR 2016, https://arxiv.org/abs/1609.05158,
    eqs. 3 and 4.

    With `is_icnr` the kernels of all phases start as copies of one: Andrew Aitken et al.,
    "Checkerboard artifact free sub-pixel convolution", 2017, https://arxiv.org/abs/1707.02937.
    The layer then starts as a convolution at low resolution whose result is enlarged
    to the nearest pixel, so that no phase differs from its neighbours; training is free to part
    them. The biases start as copies too, as they would make the same pattern.

    Args:
        in_channels: of the features.
        out_channels: of the result.
        factor: 2 or more.
        is_icnr: how it is initialised; as torch does without.
    """

    def __init__(
        self, in_channels: int, out_channels: int, factor: int, *, is_icnr: bool = False
    ) -> None:
        super().__init__()
        _check_factor(factor)
        self.factor = factor
        self.conv = nn.Conv2d(
            in_channels, out_channels * factor**2, _KERNEL_PX, padding=_KERNEL_PX // 2
        )
        if is_icnr:
            copy_first_phase(self.conv, factor)

    @override
    def forward(self, features: Tensor) -> Tensor:
        """features: (B, in, H, W). Returns: (B, out, H*factor, W*factor)."""
        phases = self.conv(features)  # (B, out*factor*factor, H, W)
        return F.pixel_shuffle(phases, self.factor)


@torch.no_grad()
def copy_first_phase(conv: nn.Conv2d, factor: int) -> None:
    """Initialise a convolution before a pixel shuffle by ICNR, see `SubPixelConvolution`.

    Args:
        conv: whose (out*factor*factor, in, k, k) kernels become copies of each phase's first.
        factor: of the shuffle.
    """
    for values in (conv.weight, conv.bias):
        if values is not None:
            first = values.detach()[:: factor**2].clone()
            values.copy_(first.repeat_interleave(factor**2, 0))


class ResizeConvolution(nn.Module):
    """An enlargement by interpolation, then a convolution at high resolution.

    Augustus Odena, Vincent Dumoulin, Chris Olah: "Deconvolution and Checkerboard Artifacts",
    Distill 2016, https://doi.org/10.23915/distill.00003: every pixel gets the same taps, so that
    no pattern is built in. The convolution costs factor² times what it would at low resolution.

    Args:
        in_channels: of the features.
        out_channels: of the result.
        factor: 2 or more.
        mode: of the interpolation; "bilinear" has pixel centres at half integers.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        factor: int,
        mode: Literal["nearest", "bilinear"],
    ) -> None:
        super().__init__()
        _check_factor(factor)
        self.factor = factor
        self.mode = mode
        self.conv = nn.Conv2d(in_channels, out_channels, _KERNEL_PX, padding=_KERNEL_PX // 2)

    @override
    def forward(self, features: Tensor) -> Tensor:
        """features: (B, in, H, W). Returns: (B, out, H*factor, W*factor)."""
        enlarged = F.interpolate(features, scale_factor=float(self.factor), mode=self.mode)
        result: Tensor = self.conv(enlarged)
        return result


def _check_factor(factor: int) -> None:
    if factor < 2:
        raise ValueError(f"a factor of 2 or more is wanted, not {factor}")
