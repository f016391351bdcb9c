"""Navier-Stokes filling: lines of equal brightness flow on into the hole."""

from __future__ import annotations

from sr_studio.engines.classical._opencv_inpainting import opencv_inpainting
from sr_studio.engines.classical._spec import ClassicalFilter

FILTER = ClassicalFilter(
    id="navier-stokes",
    title="Navier-Stokes",
    paper="M. Bertalmio, A. L. Bertozzi, G. Sapiro: Navier-Stokes, Fluid Dynamics, and Image and"
    " Video Inpainting, CVPR 2001, https://doi.org/10.1109/CVPR.2001.990497; by OpenCV",
    tasks=frozenset({"inpaint"}),
    run=opencv_inpainting("INPAINT_NS"),
    has_order=True,
)
