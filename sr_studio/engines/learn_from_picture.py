"""Prepares networks that need no weights: they learn from the very picture that they enlarge."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from torch import nn

from sr_studio.engines.learners._registry import all_learners
from sr_studio.engines.prepared_network import PreparedNetwork, prepare_network
from sr_studio.models._conditions import NOTHING_TOLD, Conditions, check_conditions

if TYPE_CHECKING:
    import torch

    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext
    from sr_studio.models._spec import ModelSpec


def learn_from_picture(
    image: ImageBuffer,
    spec: ModelSpec,
    scale: int,
    *,
    device: torch.device,
    conditions: Conditions = NOTHING_TOLD,
    context: JobContext,
) -> PreparedNetwork:
    """Let the engine of `spec` learn, and return what `upscale` takes, for this picture only.

    The engine enlarges the whole picture. What is returned reads that enlargement in place of the
    bicubic one, so that tiles, sizes, strength, tone and the check work as with any network.

    Args:
        image: the source; `upscale` must get the same pixels.
        spec: with `learns_from` "picture".
        scale: one of `spec.scales`.
        device: where to learn; in fp32.
        conditions: what to tell the engine.
        context: of the job; `should_finish` makes the best of what is learned so far.

    Raises:
        InvalidRequest: it cannot be told that.
        OutOfMemory: the picture is too large to be learned from here.
        JobCancelled: from the context, within one step.
    """
    check_conditions(spec, conditions)
    learner = all_learners()[spec.id]
    started_s = time.monotonic()
    learned = learner.learn(image, spec, scale, device, conditions, context)
    learned.pixels.flags.writeable = False
    ready = prepare_network(spec, nn.Identity(), scale, device=device, precision="fp32")
    return replace(
        ready,
        enlargement=learned.pixels,
        notes=ready.notes + learned.notes,
        conditions=conditions,
        learning_s=time.monotonic() - started_s,
    )
