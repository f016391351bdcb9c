"""Which network and which numbers serve which task: the authors' own, and quicker ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from sr_studio.engines.prior.settings import PriorSettings
from sr_studio.models.priors._registry import find_prior

if TYPE_CHECKING:
    from sr_studio.engines.prior.problems import RestoreTask

Quality: TypeAlias = Literal["quick", "best", "paper"]


@dataclass(frozen=True, slots=True)
class Preset:
    """A network and its numbers.

    Attributes:
        prior: id of the network.
        iterations: at most.
        input_noise: see PriorSettings.
        window: of the automatic stop.
        patience: of it.
        learning_rate: None takes the network's own.
        tv_weight: None takes the network's own.
        average: see PriorSettings; a quick fit moves on too fast for a long average.
    """

    prior: str
    iterations: int
    input_noise: float = 0.03
    window: int = 100
    patience: int = 300
    learning_rate: float | None = None
    tv_weight: float | None = None
    average: float = 0.99

    def settings(self) -> PriorSettings:
        """Return the numbers, with those that the network brings."""
        spec = find_prior(self.prior)
        return PriorSettings(
            iterations=self.iterations,
            learning_rate=spec.learning_rate if self.learning_rate is None else self.learning_rate,
            input_noise=self.input_noise,
            fits_input=spec.fits_input,
            takes_root=spec.takes_root,
            tv_weight=spec.tv_weight if self.tv_weight is None else self.tv_weight,
            average=self.average,
            window=self.window,
            patience=self.patience,
        )


def find_preset(
    task: RestoreTask, quality: Quality, scale: int = 1, *, is_wide: bool = False
) -> Preset:
    """Return what serves; a task without a quicker way is done in the authors'.

    Args:
        task: see there.
        quality: "quick" is the random projector, "best" a narrower hourglass than the
            authors', "paper" what their code does.
        scale: of "enlarge".
        is_wide: of "inpaint": the holes are wider than a pen's stroke. Skips, and a random projector
            smoothed by total variation, know nothing of their middle and leave it flat; the authors
            fill them with the encoder-decoder of depth 6.
    """
    if is_wide and task == "inpaint":
        return _WIDE_HOLES[quality]
    if quality == "paper" or (task, quality) not in _QUICKER:
        preset = _PAPER[task]
        if task == "enlarge" and scale > 4:
            return Preset(preset.prior, 4000, input_noise=0.05)
        return preset
    return _QUICKER[task, quality]


_WIDE_HOLES: dict[Quality, Preset] = {
    "quick": Preset("encoder-6", 600, input_noise=0.0),
    "best": Preset("encoder-6", 3000, input_noise=0.0, patience=1000),
    "paper": Preset("encoder-6", 3000, input_noise=0.0, patience=1000),
}
_PAPER: dict[RestoreTask, Preset] = {
    "denoise": Preset("skip-128", 3000, input_noise=1 / 30, patience=1000),
    "jpeg": Preset("skip-jpeg", 2400, input_noise=1 / 30, patience=1000),
    "inpaint": Preset("skip-text", 6000, patience=1000),
    "enlarge": Preset("skip-128", 2000, patience=1000),
    "flash": Preset("skip-flash", 600, input_noise=0.0),
    "invert": Preset("skip-inversion", 3100, input_noise=0.0, patience=1000),
    "maximise": Preset("skip-activation", 3100, patience=1000),
}


def _projector(iterations: int, *, tv_weight: float | None = None) -> Preset:
    return Preset(
        "projector-32", iterations, window=100, patience=100, tv_weight=tv_weight, average=0.9
    )


_QUICKER: dict[tuple[RestoreTask, Quality], Preset] = {
    ("denoise", "quick"): _projector(600),
    ("denoise", "best"): Preset("skip-64", 3000, input_noise=1 / 30),
    ("jpeg", "quick"): _projector(600, tv_weight=0.2),
    ("inpaint", "quick"): _projector(800, tv_weight=0.3),
    ("inpaint", "best"): Preset("skip-64", 3000),
    ("enlarge", "quick"): _projector(600),
    ("enlarge", "best"): Preset("skip-64", 2000),
}
