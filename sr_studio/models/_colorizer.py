"""What every network that colours gray pictures takes and gives back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from torch import nn
from typing_extensions import override

if TYPE_CHECKING:
    from torch import Tensor


def as_colorizer(network: nn.Module) -> Colorizer:
    """Return a network that a ModelSpec for colours has built.

    Raises:
        TypeError: it is none of these.
    """
    if not isinstance(network, Colorizer):
        raise TypeError(f"{type(network).__name__} is no Colorizer")
    return network


class ColourGuess(NamedTuple):
    """What a network thinks of the colours, in CIE Lab.

    Attributes:
        logits: (B, Q, h, w), of the distribution over the network's `bins`; the picture's size
            divided by a whole number.
        ab: (B, 2, h', w'), one likely colour in units of a and b; None where it has no such head.
    """

    logits: Tensor
    ab: Tensor | None


class Colorizer(nn.Module):
    """A network from lightness, and colours that are known at a few places, to all colours.

    Attributes:
        bins: (Q, 2), the ab colour of each bin.
        takes_hints: whether `forward` looks at the colours that are known.
    """

    takes_hints: bool = True

    @property
    def bins(self) -> Tensor:
        raise NotImplementedError

    @override
    def forward(self, lightness: Tensor, hint_ab: Tensor, known: Tensor) -> ColourGuess:
        """Guess the colours.

        Args:
            lightness: (B, 1, H, W), L in [0, 100]; sides that are multiples of the network's.
            hint_ab: (B, 2, H, W), a and b where they are known, 0 elsewhere.
            known: (B, 1, H, W), 1 where they are, else 0.
        """
        raise NotImplementedError

    def encode(self, lightness: Tensor) -> tuple[Tensor, ...]:
        """Return what hints do not change, for `decode`; `lightness` as in `forward`."""
        return (lightness,)

    def decode(self, seen: tuple[Tensor, ...], hint_ab: Tensor, known: Tensor) -> ColourGuess:
        """Guess the colours of what `encode` returned: both together are `forward`."""
        guess: ColourGuess = self(seen[0], hint_ab, known)
        return guess

    def pictures(self, packed: Tensor) -> tuple[Tensor, ...]:
        """Return its heads for training; `packed`: (B, 4, H, W) of L, a, b and what is known."""
        guess: ColourGuess = self(packed[:, :1], packed[:, 1:3], packed[:, 3:])
        return tuple(head for head in guess if head is not None)
