"""Train a network, by a recipe or a general one; stops on time and goes on to the step."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from sr_studio.errors import InvalidRequest, OutOfMemory, SrStudioError, WeightsError
from sr_studio.tasks._picture_files import make_folder
from sr_studio.tasks._spec import Flag, Help, TaskSpec
from sr_studio.tasks._train_recipe import TrainRecipe, parse_time, read_recipe
from sr_studio.tasks._training_pictures import (
    TrainingPictures,
    Validator,
    read_training_pictures,
    read_validation,
)

if TYPE_CHECKING:
    from torch import nn

    from sr_studio.engines.train import TrainingResult
    from sr_studio.jobs.control import JobContext


@dataclass(frozen=True, slots=True)
class TrainReport:
    """What `sr-studio train` says at the end.

    Attributes:
        model: id of the network.
        scale: that it was trained for.
        steps: done so far, all runs together.
        loss: mean l1 of the last hundred steps, [0, 1].
        validation_psnr: dB on Y of the weights, on the pictures of `--validation`, else on those
            that the recipe keeps back; None without any.
        bicubic_psnr: dB of the bicubic enlargement on the same pictures.
        pictures: to learn from, at every size.
        left_out: files that could not be read or are too small.
        checkpoint: to go on from with `--resume`.
        weights: the averaged weights as safetensors, the best that were measured.
        kept_as: id of the weights in the data folder; None without `--keep`.
    """

    model: str
    scale: int
    steps: int
    loss: float
    validation_psnr: float | None
    bicubic_psnr: float | None
    pictures: int
    left_out: int
    checkpoint: Path
    weights: Path
    kept_as: str | None

    def text(self) -> str:
        psnr = ""
        if self.validation_psnr is not None and self.bicubic_psnr is not None:
            psnr = f", {self.validation_psnr:.2f} dB (bicubic {self.bicubic_psnr:.2f} dB)"
        kept = f"\nkept as {self.kept_as}" if self.kept_as else ""
        left = f"\nfiles left out: {self.left_out}" if self.left_out else ""
        line = f"{self.steps} steps, loss {self.loss:.4f}{psnr}; weights: {self.weights}"
        return line + left + kept


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """Train a network of the zoo."""

    data: Annotated[Path, Help("folder of pictures, or that the recipe's folders lie in")]
    output: Annotated[Path, Flag(names=("-o", "--output")), Help("folder of the checkpoint")]
    recipe: Annotated[
        Path | None,
        Flag(positional=True),
        Help("a TOML file; without it a general recipe needs --model, --scale and --time-budget"),
    ] = None
    model: Annotated[str | None, Flag(metavar="ID"), Help("network, not the recipe's")] = None
    scale: Annotated[int | None, Help("scale, not the recipe's")] = None
    validation: Annotated[Path | None, Help("folder of pictures to measure PSNR on")] = None
    precision: Annotated[
        Literal["fp32", "bf16"] | None, Help("of the convolutions, not the recipe's")
    ] = None
    start_from: Annotated[Path | None, Help("checkpoint whose fitting weights are taken")] = None
    resume: Annotated[bool, Help("go on from the checkpoint in the output folder")] = False
    time_budget: Annotated[str, Help("stop cleanly after 90s, 9m or 2h; empty: never")] = ""
    keep: Annotated[bool, Help("bring the weights into the data folder, ready for use")] = False
    device: Annotated[str, Help("auto, cpu, cuda, cuda:N or mps")] = "auto"

    def run(self, context: JobContext) -> TrainReport:
        """Train; cancelling keeps the last checkpoint and brings no weights into use.

        Raises:
            InvalidRequest: the recipe or what is given beside it cannot be followed.
            SrStudioError: no pictures, an output that stands there, too little memory or time.
        """
        import torch

        from sr_studio.engines.device import choose_device
        from sr_studio.engines.train import train

        recipe = read_recipe(
            self.recipe, model=self.model, scale=self.scale, precision=self.precision
        )
        seconds = parse_time(self.time_budget)
        if recipe.schedule.steps is None and math.isinf(seconds):
            raise InvalidRequest(
                "The recipe counts no steps, so the training needs a time.",
                advice="Add --time-budget, such as 1h.",
            )
        checkpoint = self.output / "checkpoint.pt"
        weights = self.output / f"{recipe.spec.id}-x{recipe.scale}.safetensors"
        if checkpoint.exists() and not self.resume:
            raise SrStudioError(
                f"{checkpoint} exists already.", advice="Add --resume or choose another output."
            )
        state = _load_checkpoint(checkpoint) if self.resume and checkpoint.exists() else None
        pictures = read_training_pictures(self.data, recipe, context.part(0.0, 0.01))
        network = self._network(recipe)
        make_folder(self.output)
        validator = self._validator(recipe, pictures, context)
        device = choose_device(self.device)
        try:
            result = train(
                network.to(device),
                pictures.pairs,
                recipe.schedule,
                scale=recipe.input_scale,
                white=recipe.spec.value_range,
                context=context.part(0.01, 0.99),
                validate=validator or None,
                save=lambda result: _save(result, checkpoint, weights),
                state=state,
                seconds=seconds,
            )
        except torch.OutOfMemoryError as error:
            raise OutOfMemory(
                f"Training {recipe.spec.title} needs more memory than {device} has.",
                advice="Choose the CPU, or write a recipe with a smaller batch.",
            ) from error
        return TrainReport(
            recipe.spec.id,
            recipe.scale,
            result.steps,
            result.loss,
            result.validation_psnr,
            validator.bicubic() if validator else None,
            len(pictures.pairs),
            pictures.left_out,
            checkpoint,
            weights,
            self._keep(recipe, weights, result.steps) if self.keep else None,
        )

    def _network(self, recipe: TrainRecipe) -> nn.Module:
        import torch

        torch.manual_seed(recipe.schedule.seed)  # the initial weights
        network = recipe.spec.build(recipe.scale)
        if self.start_from is not None:
            _take_fitting(network, _load_checkpoint(self.start_from)["average"])
        return network

    def _validator(
        self, recipe: TrainRecipe, pictures: TrainingPictures, context: JobContext
    ) -> Validator:
        truths = pictures.held_out if self.validation is None else read_validation(self.validation)
        return Validator(truths, recipe, context)

    def _keep(self, recipe: TrainRecipe, weights: Path, steps: int) -> str:
        from sr_studio.models._weights import WeightStore

        if steps == 0:
            raise SrStudioError(
                f"{recipe.spec.title} has learned nothing yet.", advice="Give it more time."
            )
        return (
            WeightStore()
            .keep_trained(weights, recipe.spec, recipe.scale, trained_on=self.data.resolve().name)
            .id
        )


def _save(result: TrainingResult, checkpoint: Path, weights: Path) -> None:
    import torch
    from safetensors.torch import save_file

    from sr_studio.imaging.atomic_file import atomic_file

    with atomic_file(checkpoint, overwrite=True) as path:
        torch.save(result.state, path)
    with atomic_file(weights, overwrite=True) as path:
        save_file({n: t.contiguous() for n, t in result.weights.items()}, path)


def _load_checkpoint(path: Path) -> dict[str, Any]:
    import pickle

    import torch

    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, pickle.UnpicklingError, RuntimeError, EOFError) as error:
        raise WeightsError(
            f"{path} is no checkpoint of this program: {error}.", advice="Choose another."
        ) from error
    return state


def _take_fitting(network: nn.Module, weights: dict[str, Any]) -> None:
    """Copy the weights of equal shape: the trunk of another scale, not its last layer."""
    own = network.state_dict()
    fitting = {name: t for name, t in weights.items() if name in own and own[name].shape == t.shape}
    network.load_state_dict({**own, **fitting})


TASK = TaskSpec(
    id="train",
    title="Train",
    help="Train a network, by a recipe or, with --model, by a general one.",
    example="sr-studio train --model srcnn --scale 3 --data photos -o run --time-budget 1h",
    request=TrainRequest,
)
