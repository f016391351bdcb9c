"""Gives tensors the names that a network of this program has for them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


def rename_tensors(
    tensors: dict[str, Tensor], names: Sequence[tuple[str, str]]
) -> dict[str, Tensor]:
    """Return `tensors` under new names, in the same order.

    Args:
        tensors: under the names of another layout.
        names: (regular expression, replacement); the first that is found in a name is applied,
            and a name in which none is found stays.
    """

    def renamed(name: str) -> str:
        for pattern, replacement in names:
            name, hits = re.subn(pattern, replacement, name)
            if hits:
                break
        return name

    return {renamed(name): tensor for name, tensor in tensors.items()}
