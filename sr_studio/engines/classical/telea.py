"""Telea's filling: from the rim inwards, each pixel is what its known neighbours lead to."""

from __future__ import annotations

from sr_studio.engines.classical._opencv_inpainting import opencv_inpainting
from sr_studio.engines.classical._spec import ClassicalFilter

FILTER = ClassicalFilter(
    id="telea",
    title="Telea",
    paper="Alexandru Telea: An Image Inpainting Technique Based on the Fast Marching Method, Journal"
    " of Graphics Tools 9, 2004, https://doi.org/10.1080/10867651.2004.10487596; by OpenCV",
    tasks=frozenset({"inpaint"}),
    run=opencv_inpainting("INPAINT_TELEA"),
    has_order=True,
)
