"""A classifier with its head: which of ImageNet's 1000 classes a picture shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn
from torch.nn import functional as F

from sr_studio.models.features.efficientnet_lite0 import (
    BATCH_EPSILON,
    EfficientNetLite0,
    read_installed,
)

if TYPE_CHECKING:
    from torch import Tensor

INPUT_PX = 224  # side of what it was trained on
SHORT_SIDE_PX = 256  # of the picture out of whose middle that is cut
CLASSES = 1000
_BEFORE_HEAD = "block15"
_BEFORE, _WIDTH = 320, 1280


class ImageClassifier(EfficientNetLite0):
    """EfficientNet-Lite0 from the picture to the logits; see there for the paper.

    Dropout before the last layer is left out: it does nothing after training.
    """

    def __init__(self) -> None:
        super().__init__()
        self._conv_head = nn.Conv2d(_BEFORE, _WIDTH, 1, bias=False)
        self._bn1 = nn.BatchNorm2d(_WIDTH, eps=BATCH_EPSILON)
        self._fc = nn.Linear(_WIDTH, CLASSES)

    def logits(self, image: Tensor) -> Tensor:
        """Return (B, 1000), the classes of ILSVRC 2012 in order of their WordNet ids.

        Args:
            image: (B, 3, 224, 224), RGB in [0, 1]; other sides work, less well.
        """
        features = self(image, (_BEFORE_HEAD,))[_BEFORE_HEAD]
        wide = F.relu6(self._bn1(self._conv_head(features)))
        logits: Tensor = self._fc(wide.mean((2, 3)))
        return logits


def load_image_classifier() -> ImageClassifier:
    """Return it with its weights, frozen, in eval mode, on the CPU.

    Raises:
        WeightsError: the package of its weights is not installed.
    """
    network = ImageClassifier()
    network.load_state_dict(read_installed())
    return network.eval().requires_grad_(requires_grad=False)
