from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from sr_studio.engines.training.adversary import AdversarySettings
from sr_studio.engines.training_loss import build_training_loss
from sr_studio.errors import WeightsError
from sr_studio.jobs.progress import silent_context
from sr_studio.models._registry import all_models
from sr_studio.resource_files import resource_folder
from sr_studio.tasks._train_recipe import read_recipe

RECIPES = sorted((resource_folder() / "recipes").glob("*.toml"))
CARDS = sorted((resource_folder() / "weights").glob("*.json"))
_ALL_BYTES = 50_000_000


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_that_ships_can_be_followed(path: Path) -> None:
    model, scale = ("srcnn", 3) if path.stem == "any" else (None, None)
    recipe = read_recipe(path, model=model, scale=scale, precision=None)
    assert recipe.title != path.stem
    try:
        loss = build_training_loss(recipe.loss, torch.device("cpu"), silent_context())
    except WeightsError as error:
        pytest.skip(error.message)
    recipe.check_crop(loss.least_px)
    for each in recipe.scales:
        if recipe.adversarial is not None:
            settings = AdversarySettings.from_table(recipe.adversarial)
            settings.check_crop(recipe.patch_px(each) * recipe.input_scale(each))


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.stem)
def test_a_card_says_what_made_the_weights(path: Path) -> None:
    card = json.loads(path.read_text("utf-8"))
    assert (resource_folder().parent / card["recipe"]).is_file() or (
        resource_folder() / "recipes" / Path(card["recipe"]).name
    ).is_file()
    wanted = {"trained_on", "steps", "loss", "degradation", "hardware", "training_time", "date"}
    assert wanted <= card.keys()
    recipe = read_recipe(
        resource_folder() / "recipes" / Path(card["recipe"]).name,
        model=None,
        scale=None,
        precision=None,
    )
    assert recipe.spec.id == card["model"]
    assert list(recipe.scales) == card["scales"]
    (sources,) = [
        [each for each in spec.weights if each.id == card["id"]]
        for spec in all_models().values()
        if spec.id == card["model"]
    ]
    assert [each.origin for each in sources] == ["shipped"]


def test_all_that_ships_is_small() -> None:
    files = (resource_folder() / "weights").glob("*.safetensors")
    assert sum(path.stat().st_size for path in files) <= _ALL_BYTES
