"""How a network is fitted to one picture, and what may change while it is."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Literal, TypeAlias

Stop: TypeAlias = Literal["auto", "never"]
Optimiser: TypeAlias = Literal["adam", "sgld"]


@dataclass(frozen=True, slots=True)
class PriorSettings:
    """The numbers of a fit; the defaults are the paper's for denoising.

    Attributes:
        iterations: at most; of every window where the picture is fitted in windows.
        learning_rate: of Adam.
        input_noise: deviation of the noise that is added to the input anew in each iteration.
        average: weight of the past in the running average of the outputs; 0 takes each as it is.
        optimiser: "sgld" adds noise to the weights after each step (Cheng et al., CVPR 2019).
        fits_input: whether the input is fitted as well.
        takes_root: whether the root of the loss is minimised.
        tv_weight: of the mean total variation that is added.
        stop: "auto" ends where the variance of the outputs was least; "never" only marks it.
        window: outputs that the variance is of.
        patience: iterations without a smaller variance until it ends.
        seed: of the weights, the input and all noise.
    """

    iterations: int = 3000
    learning_rate: float = 0.01
    input_noise: float = 1 / 30
    average: float = 0.99
    optimiser: Optimiser = "adam"
    fits_input: bool = False
    takes_root: bool = False
    tv_weight: float = 0.0
    stop: Stop = "auto"
    window: int = 100
    patience: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        if self.iterations < 1 or self.window < 2 or self.patience < 1:
            raise ValueError("iterations and patience must be at least 1, window at least 2")
        if not 0 <= self.average < 1:
            raise ValueError(f"the average's weight must be in [0, 1), not {self.average}")


class PriorDials:
    """What the user turns while a fit runs; any thread may read and write.

    Args:
        learning_rate: of the next iteration; None leaves it as the settings have it.
        input_noise: of the next iteration; None likewise.
    """

    def __init__(
        self, learning_rate: float | None = None, input_noise: float | None = None
    ) -> None:
        self._lock = threading.Lock()
        self._values = learning_rate, input_noise

    def turn(self, *, learning_rate: float | None, input_noise: float | None) -> None:
        """Set both; they count from the next iteration on."""
        with self._lock:
            self._values = learning_rate, input_noise

    def read(self, settings: PriorSettings) -> tuple[float, float]:
        """Return learning rate and input noise."""
        with self._lock:
            rate, noise = self._values
        return (
            settings.learning_rate if rate is None else rate,
            settings.input_noise if noise is None else noise,
        )
