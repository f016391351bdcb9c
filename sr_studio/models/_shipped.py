"""Weights of our own that ship with the program."""

from __future__ import annotations

from sr_studio.models._spec import WeightSource


def shipped_weights(
    prefix: str, scales: tuple[int, ...], trained_on: str
) -> tuple[WeightSource, ...]:
    """Return a source for each scale: resources/weights/<prefix>-x<scale>.safetensors.

    Args:
        prefix: of the ids; that of the network unless others have taken it.
        scales: each in a file of its own.
        trained_on: the pictures; the card beside the file says more.
    """
    return tuple(
        WeightSource(
            id=f"{prefix}-x{scale}",
            scales=(scale,),
            origin="shipped",
            licence="MIT",
            trained_on=trained_on,
            file=f"{prefix}-x{scale}.safetensors",
        )
        for scale in scales
    )


SET_291 = "T91 and BSDS500 train (291 pictures)"
