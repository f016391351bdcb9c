"""Whether a classifier sees in a coloured picture what it sees in the photograph.

Richard Zhang, Phillip Isola, Alexei A. Efros: "Colorful Image Colorization", ECCV 2016,
https://arxiv.org/abs/1603.08511, section 3.1 ("semantic interpretability"), with EfficientNet-Lite0
in place of VGG-16. Where the true classes are not known, the classifier's answer to the photograph
stands for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import torch

from sr_studio.imaging.resize import imresize
from sr_studio.models.features._image_classifier import (
    INPUT_PX,
    SHORT_SIDE_PX,
    load_image_classifier,
)
from sr_studio.tensors.image_tensor import tensor_from_pixels

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sr_studio.imaging.image_buffer import Pixels

    Classify: TypeAlias = Callable[[Pixels], int]
    """From (H, W, 3) uint8 RGB to the index of the likeliest class."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a classifier says of a photograph, of its gray picture, and of that coloured again.

    Attributes:
        truth: index of a class; so are the others.
        gray: of the picture without colour.
        coloured: of the result.
        label: what it shows in fact; None where not known.
    """

    truth: int
    gray: int
    coloured: int
    label: int | None = None


@dataclass(frozen=True, slots=True)
class Recognition:
    """Shares of pictures, 0 to 1.

    Attributes:
        count: of pictures.
        coloured_agreement: whose result gets the answer of the photograph.
        gray_agreement: whose gray picture does.
        labelled: how many of the pictures have a known class.
        truth_accuracy: of those, whose photograph gets the right answer; None where there is none.
        gray_accuracy: the same of the gray pictures.
        coloured_accuracy: the same of the results.
    """

    count: int
    coloured_agreement: float
    gray_agreement: float
    labelled: int
    truth_accuracy: float | None
    gray_accuracy: float | None
    coloured_accuracy: float | None


def summarise_answers(answers: Sequence[Answers]) -> Recognition:
    """Return how often the answers agree, and how often they are right.

    Raises:
        ValueError: there are none.
    """
    if not answers:
        raise ValueError("answers to one picture or more are wanted")
    truths = [each.truth for each in answers]
    labelled = [each for each in answers if each.label is not None]
    labels = [each.label for each in labelled]
    return Recognition(
        count=len(answers),
        coloured_agreement=_agreement([each.coloured for each in answers], truths),
        gray_agreement=_agreement([each.gray for each in answers], truths),
        labelled=len(labelled),
        truth_accuracy=_agreement([each.truth for each in labelled], labels) if labels else None,
        gray_accuracy=_agreement([each.gray for each in labelled], labels) if labels else None,
        coloured_accuracy=_agreement([each.coloured for each in labelled], labels)
        if labels
        else None,
    )


def load_classify(device: torch.device) -> Classify:
    """Return the installed classifier as a function of a picture.

    The picture is brought to a short side of 256 px, and the middle 224 px are looked at, as when
    the classifier is measured on ImageNet.

    Raises:
        WeightsError: the package of its weights is not installed.
    """
    network = load_image_classifier().to(device)

    def classify(rgb: Pixels) -> int:
        with torch.inference_mode():
            image = tensor_from_pixels(_middle(rgb)).to(device)
            return int(network.logits(image).argmax())

    return classify


def _agreement(answers: Sequence[int], wanted: Sequence[int | None]) -> float:
    return sum(one == other for one, other in zip(answers, wanted, strict=True)) / len(answers)


def _middle(rgb: Pixels) -> Pixels:
    """Return (224, 224, 3)."""
    height, width = rgb.shape[:2]
    short = min(height, width)
    if short != SHORT_SIDE_PX:
        share = SHORT_SIDE_PX / short
        rgb = imresize(rgb, size=(round(width * share), round(height * share)))
    top, left = ((side - INPUT_PX) // 2 for side in rgb.shape[:2])
    return rgb[top : top + INPUT_PX, left : left + INPUT_PX]
