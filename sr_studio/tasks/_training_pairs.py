"""What a network reads, made of a poor picture, and what it should return."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from sr_studio.degradations.random_degradation import RandomDegradation
    from sr_studio.imaging.image_buffer import Pixels


@dataclass(frozen=True, slots=True)
class PairMaker:
    """Degrades a good picture for one network at one scale; may be sent to another process.

    Attributes:
        degradation: what happens to it.
        scale: how many times smaller it becomes.
        is_luma: whether the network works on luma alone.
        is_enlarged_first: whether it reads the bicubic enlargement.
    """

    degradation: RandomDegradation
    scale: int
    is_luma: bool
    is_enlarged_first: bool

    @property
    def margin_px(self) -> int:
        """What a crop needs at each side beyond what is learned from, a multiple of the scale."""
        return -(-self.degradation.margin_px // self.scale) * self.scale

    def __call__(self, high_res: Pixels, random: np.random.Generator) -> tuple[Pixels, Pixels]:
        """Return the network's input and what it should return.

        Luma and enlargements have more than 8 bits in use, so they are uint16.

        Args:
            high_res: (H, W, 3) uint8, sides that are multiples of the scale.
            random: the only source of chance.

        Returns:
            (h, w, C), and (H, W, C); of networks on the enlargement both (H, W, C).
        """
        import numpy as np

        from sr_studio.engines.source_tiles import luma_of
        from sr_studio.imaging.image_buffer import from_float, to_float
        from sr_studio.imaging.resize import imresize

        low_res: Pixels = self.degradation.degrade(high_res, self.scale, random)
        if self.is_enlarged_first:  # in float: its overshoot must reach the luma
            low_res = imresize(to_float(low_res), scale=self.scale)
        if self.is_luma:
            low_res, high_res = (luma_of(to_float(pixels)) for pixels in (low_res, high_res))
        low_res, high_res = (
            from_float(pixels, np.uint16) if pixels.dtype == np.float32 else pixels
            for pixels in (low_res, high_res)
        )
        return low_res, high_res
