"""Brings the weights of a finished training into resources/weights, with a model card.

python packaging/ship_weights.py RUN RECIPE --benchmarks FOLDER [--prefix ID] [--limits "..."]

The card says what a user must know to judge them: the network, the pictures, the recipe, how long
which hardware took, and the figures on Set5, Set14 and BSD100 (folders with HR in FOLDER), measured
here with `sr-studio evaluate` on what ships; of a colorizer those of `sr-studio evaluate-colors` on
BSD100. The convolutions of colorizers ship in half precision.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file

from sr_studio.engines.device import choose_device, describe_devices
from sr_studio.jobs.progress import silent_context
from sr_studio.resource_files import resource_folder
from sr_studio.tasks._colorize_pictures import ColorizeSettings
from sr_studio.tasks._train_recipe import TrainRecipe, read_recipe
from sr_studio.tasks._training_files import load_checkpoint, weights_path
from sr_studio.tasks.evaluate import EvaluateRequest
from sr_studio.tasks.evaluate_colors import EvaluateColorsRequest

SETS = ("Set5", "Set14", "BSD100")
HINTS = "0,1,5,10,50,500"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--benchmarks", type=Path, required=True)
    parser.add_argument("--limits", default="")
    parser.add_argument("--hardware", default="")
    parser.add_argument("--prefix", default="", help="of the ids; without: the network's id")
    parser.add_argument("--hours", type=float, help="of earlier runs that this one started from")
    arguments = parser.parse_args()
    recipe = read_recipe(arguments.recipe, model=None, scale=None, precision=None)
    state = load_checkpoint(arguments.run / "checkpoint.pt")
    for scale in recipe.scales:
        ship(recipe, scale, arguments, state)


def ship(
    recipe: TrainRecipe, scale: int, arguments: argparse.Namespace, state: dict[str, Any]
) -> None:
    weights_id = f"{arguments.prefix or recipe.spec.id}-x{scale}"
    target = resource_folder() / "weights" / f"{weights_id}.safetensors"
    source = weights_path(arguments.run, recipe, scale)
    if recipe.colour is None:
        shutil.copyfile(source, target)
    else:
        # the figures of batch normalisation stay: half precision does not reach as far
        weights = load_file(source)
        halved = {name: t.half() if t.ndim > 1 else t for name, t in weights.items()}
        save_file(halved, target)
    card: dict[str, Any] = {
        "id": weights_id,
        "model": recipe.spec.id,
        "scales": [scale],
        "sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
        "source": "trained by this project",
        "licence": "MIT",
        "trained_on": next(
            source.trained_on for source in recipe.spec.weights if source.id == weights_id
        ),
        "set5_psnr": {},
        "recipe": f"resources/recipes/{arguments.recipe.name}",
        "steps": state["steps"],
        "loss": dict(recipe.loss) if recipe.colour is None else asdict(recipe.colour),
        "degradation": recipe.degradation.kind if recipe.colour is None else "colours taken away",
        "hardware": arguments.hardware or describe_devices()[0].title,
        "training_time": f"{state.get('spent_s', 0.0) / 3600 + (arguments.hours or 0):.1f} h",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "parameters": recipe.spec.count_parameters(recipe.spec.build(scale)),
        "limits": arguments.limits,
    }
    write(card, target)
    if recipe.colour is not None:
        card["figures"] = {"BSD100": measure_colours(weights_id, arguments.benchmarks / "BSD100")}
        card["measured_by"] = f"sr-studio evaluate-colors BSD100/HR --hints {HINTS}"
        write(card, target)
        return
    figures = {
        name: measure(recipe, scale, weights_id, arguments.benchmarks / name) for name in SETS
    }
    card["set5_psnr"] = {str(scale): round(figures["Set5"]["psnr"], 2)}
    card["figures"] = {
        name: {metric: round(value, 4) for metric, value in each.items()}
        for name, each in figures.items()
    }
    card["measured_by"] = (
        f"sr-studio evaluate --model {recipe.spec.id} --scale {scale} --weights {weights_id} "
        "--high-res Set5/HR --precision fp32"
    )
    write(card, target)


def measure(recipe: TrainRecipe, scale: int, weights_id: str, folder: Path) -> dict[str, float]:
    """Return the mean of each metric."""
    request = EvaluateRequest(
        model=recipe.spec.id,
        scale=scale,
        high_res=folder / "HR",
        weights=weights_id,
        precision="fp32",
        device=str(choose_device("auto")),
    )
    report = request.run(silent_context())
    return {"psnr": report.psnr or 0.0, "ssim": report.ssim or 0.0}


def measure_colours(weights_id: str, folder: Path) -> dict[str, Any]:
    """Return the figures by the number of hints."""
    settings = ColorizeSettings(weights=weights_id)
    request = EvaluateColorsRequest(folder / "HR", settings, hints=HINTS)
    report = request.run(silent_context())
    figures = {"gray": report.gray} | {str(n): each for n, each in report.by_hints.items()}
    return {
        name: {metric: round(value, 4) for metric, value in asdict(each).items()}
        for name, each in figures.items()
    }


def write(card: dict[str, Any], target: Path) -> None:
    path = target.with_suffix(".json")
    path.write_text(json.dumps(card, ensure_ascii=False, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
