"""The two fillings of OpenCV, which know one channel at a time of pictures in floats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sr_studio.engines.classical._spec import check_arguments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sr_studio.engines.classical._spec import Run
    from sr_studio.jobs.control import JobContext

_RADIUS_PX = 4.0
_WHITE = 255.0  # Telea's thresholds are made for such values: with a white of 1 it runs away


def opencv_inpainting(algorithm: str) -> Run:
    """Return the method; `algorithm` is the name of OpenCV's constant."""

    def run(
        picture: NDArray[np.float32],
        *,
        sigma: float | None = None,
        missing: NDArray[np.bool_] | None = None,
        scale: int = 1,
        context: JobContext,
    ) -> NDArray[np.float32]:
        import cv2

        check_arguments("inpaint", picture, sigma=sigma, missing=missing, scale=scale)
        result = picture.copy()
        if missing is None or not missing.any():
            context.report(1, 1)
            return result
        marks = missing.astype(np.uint8)
        channels = picture.shape[2]
        for channel in range(channels):
            context.checkpoint()
            known = np.where(missing, 0, picture[..., channel] * _WHITE).astype(np.float32)
            low = float(picture[..., channel].min(where=~missing, initial=np.inf))
            high = float(picture[..., channel].max(where=~missing, initial=-np.inf))
            filled = cv2.inpaint(known, marks, _RADIUS_PX, getattr(cv2, algorithm))
            values = np.clip(np.nan_to_num(np.asarray(filled) / _WHITE), low, high)
            result[..., channel][missing] = values[missing]
            context.report(channel + 1, channels)
        return result

    return run
