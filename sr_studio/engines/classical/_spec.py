"""What a classical restoration method offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sr_studio.jobs.control import JobContext

Task: TypeAlias = Literal["denoise", "inpaint", "enlarge"]


class Run(Protocol):
    """Restores one picture."""

    def __call__(
        self,
        picture: NDArray[np.float32],
        *,
        sigma: float | None = None,
        missing: NDArray[np.bool_] | None = None,
        scale: int = 1,
        context: JobContext,
    ) -> NDArray[np.float32]:
        """Return the picture restored, a new array.

        Args:
            picture: (H, W, C) in [0, 1], C = 1 (gray) or 3 (RGB), sRGB-encoded.
            sigma: for "denoise": standard deviation of the noise on the 0..255 scale; None
                estimates it.
            missing: for "inpaint": (H, W), True = to be filled.
            scale: for "enlarge": factor of both sides.
            context: cancels within about a second.

        Returns:
            (H * scale, W * scale, C), not clipped.

        Raises:
            ValueError: an argument is of the wrong form or belongs to a task that this method
                does not do.
        """


@dataclass(frozen=True, slots=True)
class ClassicalFilter:
    """A method that learns nothing.

    Attributes:
        id: what users type.
        title: for the window.
        paper: authors, year, title and link.
        tasks: what it can repair.
        run: restores a picture; the same picture gives the same result.
        has_order: it visits the pixels in an order, so that a turned picture gives another result.
    """

    id: str
    title: str
    paper: str
    tasks: frozenset[Task]
    run: Run
    has_order: bool = False


def check_arguments(
    task: Task,
    picture: NDArray[np.float32],
    *,
    sigma: float | None,
    missing: NDArray[np.bool_] | None,
    scale: int,
) -> None:
    """Refuse what a method of `task` would otherwise pass over in silence.

    Raises:
        ValueError: as `Run` says.
    """
    if picture.dtype != np.float32 or picture.ndim != 3 or picture.size == 0:
        raise ValueError(f"a float32 (H, W, C) is wanted, not {picture.dtype} {picture.shape}")
    if sigma is not None and (task != "denoise" or not 0 <= sigma < np.inf):
        raise ValueError(f"sigma {sigma} is no noise level for the task {task}")
    if (missing is None) == (task == "inpaint"):
        raise ValueError(f"the task {task} {'needs a' if missing is None else 'takes no'} mask")
    if missing is not None and (
        missing.dtype != np.bool_ or missing.shape != picture.shape[:2] or missing.all()
    ):
        raise ValueError(
            f"a bool mask {picture.shape[:2]} with a known pixel is wanted,"
            f" not {missing.dtype} {missing.shape}, {np.count_nonzero(missing)} missing"
        )
    if scale < 1 or (scale > 1 and task != "enlarge"):
        raise ValueError(f"scale {scale} is no factor for the task {task}")
