"""What a discriminator and the network that it judges learn from its logits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, TypeAlias, get_args

import torch
from torch.nn import functional as F

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

AdversarialKind: TypeAlias = Literal["standard", "relativistic"]
ADVERSARIAL_KINDS: tuple[AdversarialKind, ...] = get_args(AdversarialKind)


class _Loss(Protocol):
    def __call__(self, real: Tensor, fake: Tensor) -> Tensor: ...


class AdversarialLoss(NamedTuple):
    """Both sides of the game; each maps logits of real and of enlarged crops to a scalar.

    Attributes:
        generator: of the network that enlarges.
        discriminator: of the one that judges.
    """

    generator: _Loss
    discriminator: _Loss


def adversarial_loss(kind: AdversarialKind) -> AdversarialLoss:
    """Return the losses of a game.

    "standard": Goodfellow et al., "Generative Adversarial Nets", NIPS 2014,
    https://arxiv.org/abs/1406.2661, in the form that does not saturate, -log D(G(x)), as SRGAN
    uses it (Ledig et al., CVPR 2017, equation 6).

    "relativistic": Jolicoeur-Martineau, "The relativistic discriminator: a key element missing
    from standard GAN", ICLR 2019, https://arxiv.org/abs/1807.00734, the average form, as ESRGAN
    uses it (Wang et al., ECCV Workshops 2018, equations 1 and 2): real crops should look more real
    than the mean of the enlarged ones, and the other way round. The two terms are halved, so that
    both kinds start at log 2.

    The labels are 1 and 0, not smoothed. Logits may have any shape, as of discriminators of
    patches; all places count alike.
    """
    return _LOSSES[kind]


def _as_real(logits: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(logits, torch.ones_like(logits))


def _as_fake(logits: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(logits, torch.zeros_like(logits))


def _standard_generator(real: Tensor, fake: Tensor) -> Tensor:  # noqa: ARG001  # it sees no real crop
    return _as_real(fake)


def _standard_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    return (_as_real(real) + _as_fake(fake)) / 2


def _relativistic_generator(real: Tensor, fake: Tensor) -> Tensor:
    return (_as_fake(real - fake.mean()) + _as_real(fake - real.mean())) / 2


def _relativistic_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    return (_as_real(real - fake.mean()) + _as_fake(fake - real.mean())) / 2


_LOSSES: Mapping[AdversarialKind, AdversarialLoss] = {
    "standard": AdversarialLoss(_standard_generator, _standard_discriminator),
    "relativistic": AdversarialLoss(_relativistic_generator, _relativistic_discriminator),
}
