"""What an engine that learns from the picture itself offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from sr_studio.imaging.image_buffer import ImageBuffer, Pixels
    from sr_studio.jobs.control import JobContext
    from sr_studio.models._conditions import Conditions
    from sr_studio.models._spec import ModelSpec

    Learn: TypeAlias = Callable[
        [ImageBuffer, ModelSpec, int, torch.device, Conditions, JobContext], "LearnedEnlargement"
    ]


@dataclass(frozen=True, slots=True, eq=False)
class LearnedEnlargement:
    """What was learned of one picture: the picture, enlarged.

    Attributes:
        pixels: (H*scale, W*scale, C) float32, white at 1.0, neither rounded nor clipped: RGB or
            gray as the source is; for networks on luma C = 1, 16/255 is black, 235/255 white.
        notes: what the user should know, a sentence each.
    """

    pixels: Pixels
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Learner:
    """An engine that needs no weights.

    Attributes:
        id: of the ModelSpec it is for.
        learn: image, spec, scale, device, context -> the enlargement. Its context is cancelled
            within one step; `should_finish` makes the best of what is learned so far. The same
            picture gives the same result.
    """

    id: str
    learn: Learn
