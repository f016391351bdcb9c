"""Train a network by a recipe, a small TOML file; stops on time and goes on to the step."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from sr_studio.errors import InvalidRequest, SrStudioError, WeightsError
from sr_studio.tasks._picture_files import find_pictures
from sr_studio.tasks._spec import Flag, Help, TaskSpec

if TYPE_CHECKING:
    from torch import nn

    from sr_studio.engines.train import Pair, TrainingResult, TrainingSchedule
    from sr_studio.imaging.image_buffer import Pixels
    from sr_studio.jobs.control import JobContext


@dataclass(frozen=True, slots=True)
class TrainReport:
    """What `sr-studio train` says at the end.

    Attributes:
        steps: done so far, all runs together.
        loss: mean l1 of the last hundred steps, [0, 1].
        validation_psnr: dB on Y, None without `--validation`.
        checkpoint: to go on from with `--resume`.
        weights: the averaged weights as safetensors.
    """

    steps: int
    loss: float
    validation_psnr: float | None
    checkpoint: Path
    weights: Path

    def text(self) -> str:
        psnr = "" if self.validation_psnr is None else f", {self.validation_psnr:.2f} dB"
        return f"{self.steps} steps, loss {self.loss:.4f}{psnr}; weights: {self.weights}"


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """Train a network by a recipe."""

    recipe: Annotated[Path, Flag(positional=True), Help("the TOML file")]
    data: Annotated[Path, Help("the folder that the recipe's folders lie in")]
    output: Annotated[Path, Flag(names=("-o", "--output")), Help("folder of the checkpoint")]
    validation: Annotated[Path | None, Help("folder of pictures to measure PSNR on")] = None
    start_from: Annotated[Path | None, Help("checkpoint whose fitting weights are taken")] = None
    resume: Annotated[bool, Help("go on from the checkpoint in the output folder")] = False
    time_budget: Annotated[str, Help("stop cleanly after 90s, 9m or 2h; empty: never")] = ""
    device: Annotated[str, Help("auto, cpu, cuda, cuda:N or mps")] = "auto"

    def run(self, context: JobContext) -> TrainReport:
        """Train; cancelling keeps the last checkpoint."""
        import torch

        from sr_studio.engines.device import choose_device
        from sr_studio.engines.train import train
        from sr_studio.imaging.atomic_file import atomic_file
        from sr_studio.models._registry import all_models

        recipe = _read_recipe(self.recipe)
        spec = all_models()[recipe.model]
        checkpoint = self.output / "checkpoint.pt"
        weights = self.output / f"{recipe.model}-x{recipe.scale}.safetensors"
        if checkpoint.exists() and not self.resume:
            raise SrStudioError(
                f"{checkpoint} exists already.", advice="Add --resume or choose another output."
            )
        state = _load_checkpoint(checkpoint) if self.resume and checkpoint.exists() else None
        pairs = _pairs(self.data, recipe, context.part(0.0, 0.1))
        torch.manual_seed(recipe.schedule.seed)  # the initial weights
        network = spec.build(recipe.scale)
        if self.start_from is not None:
            _take_fitting(network, _load_checkpoint(self.start_from)["average"])
        self.output.mkdir(parents=True, exist_ok=True)

        def save(result: TrainingResult) -> None:
            from safetensors.torch import save_file

            with atomic_file(checkpoint, overwrite=True) as path:
                torch.save(result.state, path)
            with atomic_file(weights, overwrite=True) as path:
                save_file({n: t.contiguous() for n, t in result.weights.items()}, path)

        result = train(
            network.to(choose_device(self.device)),
            pairs,
            recipe.schedule,
            scale=recipe.scale,
            context=context.part(0.1, 0.9),
            validate=_validator(self.validation, recipe.scale),
            save=save,
            state=state,
            seconds=_seconds(self.time_budget),
        )
        return TrainReport(result.steps, result.loss, result.validation_psnr, checkpoint, weights)


@dataclass(frozen=True, slots=True)
class _Recipe:
    model: str
    scale: int
    folders: tuple[str, ...]
    shrink: tuple[float, ...]
    schedule: TrainingSchedule


def _read_recipe(path: Path) -> _Recipe:
    """Read the TOML file.

    Raises:
        InvalidRequest: unreadable, or a key is missing or unknown.
    """
    import tomllib

    from sr_studio.engines.train import TrainingSchedule
    from sr_studio.models._registry import all_models

    try:
        table: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
        data = table["data"]
        if table["scale"] not in all_models()[table["model"]].scales:
            raise InvalidRequest(
                f"{table['model']} has no scale {table['scale']!r}.", advice=f"Change {path}."
            )
        return _Recipe(
            table["model"],
            table["scale"],
            tuple(data["folders"]),
            tuple(data.get("shrink", (1.0,))),
            TrainingSchedule(**table["schedule"]),
        )
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise InvalidRequest(
            f"{path} is no recipe: {error}.", advice="See resources/recipes for examples."
        ) from error


def _seconds(time_budget: str) -> float:
    if not time_budget:
        return math.inf
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", time_budget)
    if match is None:
        raise InvalidRequest(f"{time_budget!r} is no time.", advice="Write 90s, 9m or 2h.")
    return float(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2]]


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


def _pairs(data: Path, recipe: _Recipe, context: JobContext) -> list[Pair]:
    """Read the pictures, at every size of `shrink`, and degrade them by MATLAB bicubic."""
    from sr_studio.engines.train import Pair
    from sr_studio.imaging.resize import imresize

    folders = [path for folder in recipe.folders if (path := data / folder).is_dir()]
    if not folders:
        raise SrStudioError(
            f"No pictures in {', '.join(recipe.folders)} below {data}.", advice="Check --data."
        )
    files = find_pictures(folders)
    pairs = []
    for index, path in enumerate(files):
        context.checkpoint()
        context.report(index, len(files), f"reading {path.name}")
        picture = _rgb8(path)
        for factor in recipe.shrink:
            high_res = picture if factor == 1 else imresize(picture, scale=factor)
            high_res = _crop_to_multiple(high_res, recipe.scale)
            low_res = imresize(high_res, scale=1 / recipe.scale)
            if min(low_res.shape[:2]) >= recipe.schedule.patch_px:
                pairs.append(Pair(low_res, high_res))
    return pairs


def _rgb8(path: Path) -> Pixels:
    import numpy as np

    from sr_studio.imaging.decode_image import decode_image
    from sr_studio.imaging.image_buffer import from_float, to_float

    pixels = decode_image(path).pixels
    return from_float(to_float(np.broadcast_to(pixels, (*pixels.shape[:2], 3))), np.uint8)


def _crop_to_multiple(pixels: Pixels, multiple: int) -> Pixels:
    height, width = pixels.shape[:2]
    return pixels[: height // multiple * multiple, : width // multiple * multiple]


def _validator(folder: Path | None, scale: int) -> Any:
    """Return a function network -> mean PSNR (Y, shaved by the scale), None without a folder."""
    if folder is None:
        return None
    import numpy as np
    import torch

    from sr_studio.imaging.image_buffer import from_float, to_float
    from sr_studio.imaging.resize import imresize
    from sr_studio.imaging.ycbcr import rgb_to_y
    from sr_studio.metrics.psnr import psnr

    truths = [_crop_to_multiple(_rgb8(path), scale) for path in find_pictures([folder])]
    pairs = [(imresize(truth, scale=1 / scale), truth) for truth in truths]

    def validate(network: nn.Module) -> float:
        device = next(network.parameters()).device
        values = []
        for low_res, truth in pairs:
            tensor = torch.from_numpy(to_float(low_res)).permute(2, 0, 1)[None].to(device)
            with torch.inference_mode():
                enlarged = network(tensor)[0].permute(1, 2, 0).float().cpu().numpy()
            lumas = (rgb_to_y(to_float(p)) for p in (from_float(enlarged, np.uint8), truth))
            result, wanted = (luma[scale:-scale, scale:-scale] for luma in lumas)
            values.append(psnr(result, wanted, white=1.0))
        return float(np.mean(values))

    return validate


TASK = TaskSpec(
    id="train",
    title="Train",
    help="Train a network by a recipe.",
    example="sr-studio train resources/recipes/compact-x2.toml --data photos -o run --time-budget 9m",
    request=TrainRequest,
)
