"""Which of a classifier's 1000 outputs is the class whose WordNet id a file name carries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sr_studio.errors import WeightsError
from sr_studio.models.features._image_classifier import CLASSES
from sr_studio.resource_files import data_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_WORDNET_ID = re.compile(r"(?<![A-Za-z0-9])n\d{8}(?!\d)")


def find_class_order(path: Path | None = None) -> Mapping[str, int] | None:
    """Return WordNet id -> index of the 1000 classes of ILSVRC 2012; None where no list is here.

    The list is `synset_words.txt` of Caffe and of ncnn's examples: a line for each class that
    begins with its id. The indices follow the sorted ids, as those of every classifier that is
    trained on folders named by them do.

    Args:
        path: of the list; the one in the user's data folder, beside SqueezeNet, where None.

    Raises:
        WeightsError: the file lists other than 1000 ids.
    """
    listed = data_folder() / "features" / "synset_words.txt" if path is None else path
    if not listed.is_file():
        return None
    lines = listed.read_text(encoding="utf-8", errors="replace").splitlines()
    ids = {found[0] for line in lines if (found := _WORDNET_ID.match(line))}
    if len(ids) != CLASSES:
        raise WeightsError(
            f"{listed} lists {len(ids)} classes, not {CLASSES}.",
            advice="Take synset_words.txt of ncnn's examples, or remove the file.",
        )
    return {each: index for index, each in enumerate(sorted(ids))}


def class_of_name(name: str, order: Mapping[str, int]) -> int | None:
    """Return the index of the first WordNet id in a path or name, None where there is none.

    ImageNet's own names carry it ("n01440764_18.JPEG"), or the folder does.
    """
    found = _WORDNET_ID.search(name)
    return order.get(found[0]) if found else None
