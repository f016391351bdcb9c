"""Train a network, by a recipe or a general one; stops on time and goes on to the step."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from sr_studio.errors import InvalidRequest, OutOfMemory, SrStudioError
from sr_studio.tasks._colour_validation import ColourValidator
from sr_studio.tasks._picture_files import make_folder
from sr_studio.tasks._spec import Flag, Help, Range, TaskSpec
from sr_studio.tasks._train_recipe import TrainRecipe, parse_time, read_recipe
from sr_studio.tasks._training_files import (
    load_state,
    load_weights,
    save_checkpoint,
    take_fitting,
    weights_path,
)
from sr_studio.tasks._training_pictures import (
    TrainingPictures,
    delete_stored_pictures,
    read_training_pictures,
)
from sr_studio.tasks._training_validation import Validator, read_validation

if TYPE_CHECKING:
    from torch import nn

    from sr_studio.engines.training.adversary import Adversary
    from sr_studio.engines.training.pairs import StepBatches
    from sr_studio.engines.training.train import Objective
    from sr_studio.jobs.control import JobContext


@dataclass(frozen=True, slots=True)
class TrainReport:
    """What `sr-studio train` says at the end.

    Attributes:
        model: id of the network.
        scales: that it was trained for.
        steps: done so far, all runs together.
        is_complete: whether the recipe's schedule is over.
        loss: mean of the last hundred steps.
        validation_psnr: dB of the weights, on Y or of a colorizer on RGB, on the pictures of `--validation`, else on those
            that the recipe keeps back; None without any.
        baseline: what comes of the pictures without a network: "bicubic", or "gray" for colorizers.
        baseline_psnr: dB of that.
        pictures: to learn from, at every size.
        left_out: files that could not be read or are too small.
        checkpoint: to go on from with `--resume`.
        weights: the averaged weights as safetensors, the best that were measured, of each scale.
        kept_as: ids of the weights in the data folder; none without `--keep`.
    """

    model: str
    scales: tuple[int, ...]
    steps: int
    is_complete: bool
    loss: float
    validation_psnr: float | None
    baseline: str
    baseline_psnr: float | None
    pictures: int
    left_out: int
    checkpoint: Path
    weights: tuple[Path, ...]
    kept_as: tuple[str, ...]

    @property
    def below_baseline_db(self) -> float:
        """How far the weights stay below that; 0 where they do not, or nothing was measured."""
        if self.validation_psnr is None or self.baseline_psnr is None:
            return 0.0
        return max(0.0, self.baseline_psnr - self.validation_psnr)

    def text(self) -> str:
        psnr = ""
        if self.validation_psnr is not None and self.baseline_psnr is not None:
            psnr = f", {self.validation_psnr:.2f} dB ({self.baseline} {self.baseline_psnr:.2f} dB)"
        files = ", ".join(map(str, self.weights))
        lines = [f"{self.steps} steps, loss {self.loss:.4f}{psnr}; weights: {files}"]
        if self.below_baseline_db > 0:
            lines.append(f"still worse than {self.baseline}: train it longer")
        if self.left_out:
            lines.append(f"files left out: {self.left_out}")
        if self.kept_as:
            lines.append(f"kept as {', '.join(self.kept_as)}")
        if not self.is_complete:
            lines.append("to go on: the same command with --resume")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """Train a network of the zoo."""

    data: Annotated[
        Path, Help("folder or tar file of pictures, or that the recipe's folders lie in")
    ]
    output: Annotated[Path, Flag(names=("-o", "--output")), Help("folder of the checkpoint")]
    recipe: Annotated[
        Path | None,
        Flag(positional=True),
        Help("a TOML file; without it a general recipe needs --model, --scale and --time-budget"),
    ] = None
    model: Annotated[str | None, Flag(metavar="ID"), Help("network, not the recipe's")] = None
    scale: Annotated[int | None, Help("scale, not the recipe's")] = None
    validation: Annotated[
        Path | None, Help("folder or tar file of pictures to measure PSNR on")
    ] = None
    precision: Annotated[
        Literal["auto", "fp32", "bf16"] | None, Help("of the convolutions, not the recipe's")
    ] = None
    start_from: Annotated[
        Path | None, Help("checkpoint or .safetensors file whose fitting weights are taken")
    ] = None
    resume: Annotated[bool, Help("go on from the checkpoint in the output folder")] = False
    time_budget: Annotated[str, Help("stop cleanly after 90s, 9m or 2h; empty: never")] = ""
    keep: Annotated[bool, Help("bring the weights into the data folder, ready for use")] = False
    device: Annotated[str, Help("auto, cpu, cuda, cuda:N or mps")] = "auto"
    devices: Annotated[
        int, Range(1, 64), Help("how many GPUs share each batch, or processes on the CPU")
    ] = 1
    workers: Annotated[
        int | None, Range(0, 64), Help("processes that make crops; without: by the device")
    ] = None

    def run(self, context: JobContext) -> TrainReport:
        """Train; cancelling keeps the last checkpoint and brings no weights into use.

        Raises:
            InvalidRequest: the recipe or what is given beside it cannot be followed.
            SrStudioError: no pictures, an output that stands there, too little memory or time.
        """
        import torch

        from sr_studio.engines.device import choose_device
        from sr_studio.engines.training.record import is_tensorboard_there
        from sr_studio.engines.training.train import Training, make_fabric
        from sr_studio.engines.training_loss import build_training_loss

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
        if checkpoint.exists() and not self.resume:
            raise SrStudioError(
                f"{checkpoint} exists already.", advice="Add --resume or choose another output."
            )
        state = load_state(checkpoint, recipe) if self.resume and checkpoint.exists() else None
        device = choose_device(self.device)
        criterion = build_training_loss(recipe.loss, device, context)
        recipe.check_crop(criterion.least_px)
        adversary = self._adversary(recipe)
        make_folder(self.output)
        pictures = read_training_pictures(self.data, recipe, self.output, context.part(0.0, 0.01))
        validator = self._validator(recipe, pictures, context)
        network = self._network(recipe, context)
        batches, objective = _lessons(recipe, pictures, network.to(device))
        fabric = make_fabric(
            device, self.devices, recipe.schedule, is_family=len(recipe.scales) > 1
        )
        fabric.launch()
        try:
            result = Training(
                network,
                batches,
                recipe.schedule,
                white=recipe.spec.value_range,
                criterion=criterion,
                objective=objective,
                adversary=adversary,
                context=context.part(0.01, 0.99),
                validate=validator or None,
                save=lambda result: save_checkpoint(result, recipe, self.output),
                state=state,
                seconds=seconds,
                workers=self.workers,
                fabric=fabric,
                log_folder=self.output / "tensorboard" if is_tensorboard_there() else None,
            ).run()
        except torch.OutOfMemoryError as error:
            raise OutOfMemory(
                f"Training {recipe.spec.title} needs more memory than {device} has.",
                advice="Choose the CPU, or write a recipe with a smaller batch.",
            ) from error
        if result.is_complete and fabric.is_global_zero:
            delete_stored_pictures(self.output)
        return TrainReport(
            recipe.spec.id,
            recipe.scales,
            result.steps,
            result.is_complete,
            result.loss,
            result.validation_psnr,
            validator.baseline_name,
            validator.baseline.psnr if validator else None,
            pictures.count,
            pictures.left_out,
            checkpoint,
            tuple(weights_path(self.output, recipe, scale) for scale in recipe.scales),
            self._keep(recipe, result.steps) if self.keep and fabric.is_global_zero else (),
        )

    def _adversary(self, recipe: TrainRecipe) -> Adversary | None:
        if recipe.adversarial is None:
            return None
        from sr_studio.engines.training.adversary import Adversary, AdversarySettings

        if recipe.spec.channels == "y":
            raise InvalidRequest(
                f"{recipe.spec.title} makes luma alone, and a discriminator judges colours.",
                advice="Leave [adversarial] out, or choose a network on RGB.",
            )
        settings = AdversarySettings.from_table(recipe.adversarial)
        for scale in recipe.scales:
            settings.check_crop(recipe.patch_px(scale) * recipe.input_scale(scale))
        return Adversary(settings, recipe.schedule.seed)

    def _network(self, recipe: TrainRecipe, context: JobContext) -> nn.Module:
        import torch

        from sr_studio.engines.colorization.learning import start_encoder
        from sr_studio.engines.training.scale_family import ScaleFamily

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(recipe.schedule.seed)  # the initial weights
            networks = {scale: recipe.spec.build(scale) for scale in recipe.scales}
        if recipe.colour is not None and recipe.colour.backbone:
            start_encoder(networks[1], recipe.colour.backbone, context)
        if self.start_from is not None:
            weights = load_weights(self.start_from)
            for scale, network in networks.items():
                take_fitting(network, weights, scale)
        return ScaleFamily(networks) if len(networks) > 1 else networks[recipe.scales[0]]

    def _validator(
        self, recipe: TrainRecipe, pictures: TrainingPictures, context: JobContext
    ) -> Validator | ColourValidator:
        truths = pictures.held_out if self.validation is None else read_validation(self.validation)
        if recipe.colour is not None:
            return ColourValidator(truths, recipe.schedule.patch_px, recipe.colour, context)
        return Validator(truths, recipe, context)

    def _keep(self, recipe: TrainRecipe, steps: int) -> tuple[str, ...]:
        from sr_studio.models._weights import WeightStore

        if steps == 0:
            raise SrStudioError(
                f"{recipe.spec.title} has learned nothing yet.", advice="Give it more time."
            )
        store = WeightStore()
        return tuple(
            store.keep_trained(
                weights_path(self.output, recipe, scale),
                recipe.spec,
                scale,
                trained_on=self.data.resolve().name,
            ).id
            for scale in recipe.scales
        )


def _lessons(
    recipe: TrainRecipe, pictures: TrainingPictures, network: nn.Module
) -> tuple[StepBatches, Objective | None]:
    """Return what the network learns from, and its objective where that is not to compare."""
    from sr_studio.engines.training.pairs import CropBatches

    if recipe.colour is None:
        return CropBatches(pictures.by_scale, recipe.schedule), None
    from sr_studio.engines.colorization.learning import ColourBatches, ColourObjective
    from sr_studio.models._colorizer import as_colorizer

    pairs = pictures.by_scale[1].pairs
    patch_px = recipe.patch_px(1)
    return (
        ColourBatches(pairs, patch_px, recipe.schedule, recipe.colour),
        ColourObjective(as_colorizer(network).bins, recipe.colour),
    )


TASK = TaskSpec(
    id="train",
    title="Train",
    help="Train a network, by a recipe or, with --model, by a general one.",
    example="sr-studio train --model srcnn --scale 3 --data photos -o run --time-budget 1h",
    request=TrainRequest,
)
