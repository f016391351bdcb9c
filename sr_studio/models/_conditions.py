"""What a network can be told about a picture: how blurred and how noisy it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, runtime_checkable

from sr_studio.errors import InvalidRequest

if TYPE_CHECKING:
    from torch import nn

    from sr_studio.models._spec import ModelSpec

ConditionName: TypeAlias = Literal["blur_sigma", "noise_sigma"]
_WORDS: dict[ConditionName, str] = {"blur_sigma": "blur", "noise_sigma": "noise"}


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is told; None leaves a network at its own default.

    Attributes:
        blur_sigma: standard deviation of the Gaussian blur before the picture was made small, in
            pixels of the large one; 0 for none.
        noise_sigma: standard deviation of the picture's noise, on the scale of 0 to 255.
    """

    blur_sigma: float | None = None
    noise_sigma: float | None = None

    @property
    def told(self) -> tuple[ConditionName, ...]:
        """The names of what is not None."""
        return tuple(name for name in _WORDS if getattr(self, name) is not None)


NOTHING_TOLD = Conditions()


@runtime_checkable
class Conditioned(Protocol):
    """A network that can be told something."""

    def condition(self, conditions: Conditions) -> None:
        """From now on run for pictures like that; what is None goes back to the default."""


def check_conditions(spec: ModelSpec, conditions: Conditions) -> None:
    """Refuse to tell a network what it cannot be told.

    Raises:
        InvalidRequest: `spec.conditions` lacks something of `conditions`.
    """
    for name in conditions.told:
        if name not in spec.conditions:
            raise InvalidRequest(
                f"{spec.title} cannot be told the {_WORDS[name]} of a picture.",
                advice="Leave it out, or choose a network that can: see sr-studio models --json.",
            )


def apply_conditions(spec: ModelSpec, network: nn.Module, conditions: Conditions) -> None:
    """Tell `network`, changed in place; raises as `check_conditions` does."""
    check_conditions(spec, conditions)
    if conditions.told:
        if not isinstance(network, Conditioned):
            raise TypeError(f"{spec.id} declares {spec.conditions} but has no condition()")
        network.condition(conditions)
