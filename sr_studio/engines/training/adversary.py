"""A discriminator that is trained beside the network, and its part of the network's loss."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import torch

from sr_studio.errors import InvalidRequest
from sr_studio.losses._adversarial import ADVERSARIAL_KINDS, AdversarialKind, adversarial_loss
from sr_studio.models._discriminators import (
    DISCRIMINATOR_KINDS,
    DiscriminatorKind,
    build_discriminator,
    crop_side_px,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lightning_fabric import Fabric
    from torch import Tensor

_BETAS = (0.9, 0.99)


@dataclass(frozen=True, slots=True)
class AdversarySettings:
    """The table `[adversarial]` of a recipe.

    Attributes:
        kind: "standard" as SRGAN, "relativistic" as ESRGAN.
        discriminator: "srgan" on crops of 96 pixels, "esrgan" of 128, "patch" of any size.
        weight: of this loss beside the others: 1e-3 in SRGAN, 5e-3 in ESRGAN.
        learning_rate: of the discriminator, constant.
    """

    kind: AdversarialKind = "relativistic"
    discriminator: DiscriminatorKind = "patch"
    weight: float = 5e-3
    learning_rate: float = 1e-4

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> AdversarySettings:
        """Read it.

        Raises:
            InvalidRequest: a key or a choice that does not exist.
        """
        for name, known in (("kind", ADVERSARIAL_KINDS), ("discriminator", DISCRIMINATOR_KINDS)):
            value = table.get(name, known[0])
            if value not in known:
                raise InvalidRequest(
                    f"There is no {name} {value!r}.", advice=f"Choose of {', '.join(known)}."
                )
        if unknown := set(table) - {field.name for field in fields(cls)}:
            raise InvalidRequest(
                f"[adversarial] has no {min(unknown)!r}.",
                advice=f"Choose of {', '.join(field.name for field in fields(cls))}.",
            )
        return cls(**table)

    def check_crop(self, side_px: int) -> None:
        """Raise InvalidRequest unless the discriminator takes crops of this side."""
        wanted = crop_side_px(self.discriminator)
        if wanted not in (None, side_px):
            raise InvalidRequest(
                f"The discriminator {self.discriminator} takes crops of {wanted} px in high "
                f"resolution, and the recipe makes {side_px}.",
                advice="Change patch_px, or choose patch.",
            )


class Adversary:
    """Plays the discriminator's part in a training.

    Args:
        settings: see there.
        seed: of its first weights.
    """

    def __init__(self, settings: AdversarySettings, seed: int) -> None:
        self._settings = settings
        self._losses = adversarial_loss(settings.kind)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self._judge = build_discriminator(settings.discriminator)
        self._last = {"adversarial/generator": 0.0, "adversarial/discriminator": 0.0}

    def set_up(self, fabric: Fabric, state: dict[str, Any] | None) -> None:
        """Bring the discriminator to the device; go on from `state` where there is one."""
        self._fabric = fabric
        # torch's stubs lack this overload of nn.Module.to
        self._judge.train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._judge.to(fabric.device)
        optimiser = torch.optim.Adam(
            self._judge.parameters(), lr=self._settings.learning_rate, betas=_BETAS
        )
        if state is not None:
            self._judge.load_state_dict(state["judge"])
            optimiser.load_state_dict(state["optimiser"])
        self._model, self._optimiser = fabric.setup(self._judge, optimiser)

    def loss(self, restored: Tensor, truth: Tensor) -> Tensor:
        """Return the network's part, weighted; both (B, 3, H, W) in [0, 1]."""
        self._judge.requires_grad_(requires_grad=False)
        with torch.no_grad():
            real = self._judge(truth)
        generator = self._losses.generator(real, self._judge(restored).float())
        self._judge.requires_grad_(requires_grad=True)
        self._last["adversarial/generator"] = float(generator.detach())
        return self._settings.weight * generator

    def learn(self, restored: Tensor, truth: Tensor) -> None:
        """Take a step of the discriminator; `restored` without its graph."""
        self._optimiser.zero_grad(set_to_none=True)
        real, fake = self._model(truth).float(), self._model(restored).float()
        loss = self._losses.discriminator(real, fake)
        self._fabric.backward(loss)
        self._optimiser.step()
        self._last["adversarial/discriminator"] = float(loss.detach())

    def state(self) -> dict[str, Any]:
        """Return what `set_up` goes on from."""
        return {"judge": self._judge.state_dict(), "optimiser": self._optimiser.state_dict()}

    def scalars(self) -> dict[str, float]:
        """Return the last losses of both sides, unweighted, for logs."""
        return dict(self._last)
