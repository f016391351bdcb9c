"""What a fit looks for in a picture, task by task, and the picture that comes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import torch

from sr_studio.degradations.linear.downsampling import Downsampling
from sr_studio.degradations.linear.identity import Identity
from sr_studio.degradations.linear.mask import Mask
from sr_studio.engines.deep_image_prior import PriorProblem
from sr_studio.engines.prior.objectives import Observation
from sr_studio.errors import InvalidRequest
from sr_studio.imaging.image_buffer import ImageBuffer, from_float, white_of
from sr_studio.imaging.resize import imresize
from sr_studio.tensors.image_tensor import tensor_from_pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from sr_studio.degradations.linear._spec import LinearDegradation
    from sr_studio.engines.prior.objectives import Objective
    from sr_studio.imaging.image_buffer import Pixels
    from sr_studio.imaging.region import Region

RestoreTask: TypeAlias = Literal[
    "denoise", "jpeg", "inpaint", "enlarge", "flash", "invert", "maximise"
]
Downsampler: TypeAlias = Literal["lanczos2", "bicubic"]


@dataclass(frozen=True, slots=True, eq=False)
class Damage:
    """The picture as it was observed, and what is known of its damage.

    Attributes:
        image: as it was observed.
        task: what is asked.
        missing: (H, W) bool, True where pixels are missing; for "inpaint".
        scale: the observed picture is smaller by this; for "enlarge".
        downsampler: how it was made smaller.
        truth: as it should be, to measure against; of the restored size.
        guide: the flash picture, of the same size; for "flash".
    """

    image: ImageBuffer
    task: RestoreTask
    missing: NDArray[np.bool_] | None = None
    scale: int = 1
    downsampler: Downsampler = "lanczos2"
    truth: ImageBuffer | None = None
    guide: ImageBuffer | None = None

    def __post_init__(self) -> None:
        size = f"{self.image.width} × {self.image.height}"
        if self.task == "inpaint" and self.missing is None:
            raise InvalidRequest(
                "Which pixels are missing is not said.",
                advice="Give a mask, white where they are, or a picture that is transparent there.",
            )
        if self.missing is not None and self.missing.shape != self.image.pixels.shape[:2]:
            height, width = self.missing.shape
            raise InvalidRequest(
                f"The mask is {width} × {height}, the picture {size}.",
                advice="Give a mask of the picture's size.",
            )
        if self.missing is not None and self.missing.all():
            raise InvalidRequest("Every pixel is missing.", advice="Give another mask.")
        if self.task == "flash" and self.guide is None:
            raise InvalidRequest("The flash picture is not given.", advice="Give it as the guide.")
        if self.guide is not None and self.guide.pixels.shape[:2] != self.image.pixels.shape[:2]:
            raise InvalidRequest(
                f"The flash picture is {self.guide.width} × {self.guide.height}, the other {size}.",
                advice="Give two pictures of one size.",
            )
        if self.truth is not None and (self.truth.width, self.truth.height) != self.size:
            raise InvalidRequest(
                f"The ground truth is {self.truth.width} × {self.truth.height}, "
                f"the result {self.size[0]} × {self.size[1]}.",
                advice="Give the ground truth in the size of the result.",
            )

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the restored picture."""
        return self.image.width * self.scale, self.image.height * self.scale


def make_problem(
    damage: Damage,
    device: torch.device,
    *,
    objective: Objective | None = None,
    windows: tuple[Region, ...] = (),
    overlap_px: int = 0,
) -> PriorProblem:
    """Return what a fit needs to know.

    Args:
        damage: see there.
        device: where the fit runs.
        objective: of the whole picture, where no linear operator is asked: features.
        windows: of the restored picture, sides and places multiples of the scale.
        overlap_px: of the windows.
    """
    channels = damage.image.pixels.shape[2]

    def objective_at(window: Region) -> Objective:
        if objective is not None:
            return objective
        operator, observed = _observation(damage, window)
        return Observation(operator.to(device), observed.to(device))

    truth = damage.truth
    if truth is not None and truth.pixels.shape[2] != channels:
        truth = replace(truth, pixels=_in_channels(truth.pixels, channels))
    return PriorProblem(
        *damage.size,
        channels,
        objective_at,
        truth=None if truth is None else tensor_from_pixels(truth.pixels).clamp_(0, 1),
        guide=None if damage.guide is None else tensor_from_pixels(damage.guide.pixels),
        windows=windows,
        overlap_px=overlap_px,
    )


def denoising_problem(observed: Tensor, truth: Tensor | None = None) -> PriorProblem:
    """Return the plainest problem: a picture as near to what was observed as can be.

    Args:
        observed: (1, C, H, W) in [0, 1], where the fit runs.
        truth: the same on the CPU, if it is known.
    """
    _, channels, height, width = observed.shape
    whole = Observation(Identity(), observed)
    return PriorProblem(width, height, channels, lambda _window: whole, truth=truth)


def restored_picture(restored: Tensor, damage: Damage) -> ImageBuffer:
    """Return what the user sees of a fit's output: in the picture's depth, with its metadata.

    Where pixels were missing, only those are taken from `restored`; the rest stays bit for bit.

    Args:
        restored: (1, C, H, W) in [0, 1], on the CPU.
        damage: what was asked.
    """
    image = damage.image
    pixels: Pixels = from_float(restored[0].permute(1, 2, 0).numpy(), image.pixels.dtype)
    alpha = image.alpha
    if damage.missing is not None:
        pixels = np.where(damage.missing[..., None], pixels, image.pixels)
        if alpha is not None:
            white = np.array(white_of(alpha.dtype), alpha.dtype)
            alpha = np.where(damage.missing, white, alpha)
    if damage.scale > 1 and alpha is not None:
        alpha = imresize(alpha, scale=damage.scale)
    return ImageBuffer(np.ascontiguousarray(pixels), alpha, image.origin)


def _observation(damage: Damage, window: Region) -> tuple[LinearDegradation, Tensor]:
    """Return the operator of the task and what was observed through it, of this window."""
    scale = damage.scale
    rows = slice(window.y // scale, window.bottom // scale)
    columns = slice(window.x // scale, window.right // scale)
    observed = tensor_from_pixels(damage.image.pixels[rows, columns])
    if damage.task == "inpaint" and damage.missing is not None:
        mask = Mask(torch.from_numpy(np.array(damage.missing[rows, columns])))
        return mask, mask(observed)
    if damage.task == "enlarge" and scale > 1:
        # the authors' downsampler repeats the border; MATLAB's mirrors it
        edge: Literal["replicate", "symmetric"] = (
            "replicate" if damage.downsampler == "lanczos2" else "symmetric"
        )
        return Downsampling(scale, damage.downsampler, edge=edge), observed
    return Identity(), observed


def _in_channels(pixels: Pixels, channels: int) -> Pixels:
    """Return gray as RGB or the mean of RGB as gray, in the same depth."""
    if channels == 3:
        return np.repeat(pixels, 3, axis=2)
    mean: Pixels = pixels.mean(axis=2, keepdims=True, dtype=np.float64).astype(pixels.dtype)
    return mean
