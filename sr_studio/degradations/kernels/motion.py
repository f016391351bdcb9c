"""What a camera that moves during the exposure makes of a point."""

from __future__ import annotations

import cmath
import math
from typing import TYPE_CHECKING

import numpy as np

from sr_studio.degradations.kernels._grid import normalized

if TYPE_CHECKING:
    from numpy.typing import NDArray

_POINTS_PER_PX = 20


def linear_motion_kernel(length_px: float, angle_rad: float) -> NDArray[np.float64]:
    """Return a straight line, as of a steady pan.

    Args:
        length_px: 0 or more.
        angle_rad: from the horizontal, counter-clockwise.

    Returns:
        (K, K), K odd; its sum is 1.
    """
    count = max(2, math.ceil(length_px * _POINTS_PER_PX))
    along = np.linspace(-length_px / 2, length_px / 2, count)
    return _draw((along * cmath.exp(1j * angle_rad)).astype(np.complex128))


def camera_shake_kernel(length_px: float, generator: np.random.Generator) -> NDArray[np.float64]:
    """Return the random path of a camera held by hand.

    G. Boracchi, A. Foi, "Modeling the Performance of Image Restoration from Motion Blur", IEEE
    Transactions on Image Processing 21(8), 2012, https://doi.org/10.1109/TIP.2012.2192126: a
    particle of constant speed whose direction is changed by inertia, a random jitter, a pull back
    to where it began, and rare jerks that turn it around. How strong each is, is itself random.

    Args:
        length_px: of the whole path, above 0; the kernel is smaller since the path winds.
        generator: the only source of chance.

    Returns:
        (K, K), K odd, centred on its mass; its sum is 1.
    """
    count = max(2, math.ceil(length_px * _POINTS_PER_PX))
    speed = length_px / (count - 1)
    anxiety = 0.1 * generator.random()
    jitter = anxiety * 10 * generator.random() * speed
    pull = anxiety * 0.7 * generator.random() * speed
    jerk_probability = anxiety * 0.2 * generator.random()
    velocity = speed * cmath.exp(2j * math.pi * generator.random())
    pushes = jitter * (generator.standard_normal((count, 2)) @ np.array([1, 1j]))
    jerks = np.where(generator.random(count) < jerk_probability, 1.0, 0.0)
    turns = np.exp(1j * (math.pi + generator.random(count) - 0.5))
    path = [0j]
    for push, jerk, turn in zip(pushes.tolist(), jerks.tolist(), turns.tolist(), strict=True):
        velocity += 2 * jerk * velocity * turn + push - pull * path[-1]
        velocity *= speed / abs(velocity)
        path.append(path[-1] + velocity)
    return _draw(np.array(path))


def _draw(path: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Return the time that a point on the path (x to the right, y upwards) spends at each pixel."""
    path = path - path.mean()
    reach = math.ceil(max(np.abs(path.real).max(), np.abs(path.imag).max()) - 1e-9)
    column, row = path.real + reach, reach - path.imag
    left, top = np.floor(column).astype(int), np.floor(row).astype(int)
    right_part, low_part = column - left, row - top
    canvas = np.zeros((2 * reach + 2, 2 * reach + 2))  # one more, for neighbours of weight 0
    for down in (0, 1):
        for right in (0, 1):
            weights = np.abs(1 - down - low_part) * np.abs(1 - right - right_part)
            np.add.at(canvas, (top + down, left + right), weights)
    return normalized(canvas[:-1, :-1])
