"""The files that a training leaves: its checkpoint and the weights of each scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sr_studio.errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor, nn

    from sr_studio.engines.training.train import TrainingResult
    from sr_studio.tasks._train_recipe import TrainRecipe


def weights_path(folder: Path, recipe: TrainRecipe, scale: int) -> Path:
    """Return where the weights of a scale are kept."""
    return folder / f"{recipe.spec.id}-x{scale}.safetensors"


def save_checkpoint(result: TrainingResult, recipe: TrainRecipe, folder: Path) -> None:
    """Write the checkpoint and the weights, each whole or not at all.

    Raises:
        CannotWrite: the disk is full or the folder does not allow it.
    """
    from safetensors.torch import save_file

    from sr_studio.engines.training.scale_family import weights_at
    from sr_studio.imaging.atomic_file import atomic_file

    state = {"model": recipe.spec.id, "scales": recipe.scales, **result.state}
    write_state(folder / "checkpoint.pt", state)
    for scale in recipe.scales:
        is_family = len(recipe.scales) > 1
        weights = weights_at(result.weights, scale) if is_family else result.weights
        with atomic_file(weights_path(folder, recipe, scale), overwrite=True) as path:
            save_file({name: tensor.contiguous() for name, tensor in weights.items()}, path)


def write_state(path: Path, state: dict[str, Any]) -> None:
    """Write tensors and plain values, the whole file or nothing.

    By way of the memory: where the disk is full, torch's own writer does not say so.

    Raises:
        CannotWrite: the disk is full or the folder does not allow it.
    """
    import io

    import torch

    from sr_studio.imaging.atomic_file import atomic_file

    packed = io.BytesIO()
    torch.save(state, packed)
    with atomic_file(path, overwrite=True) as file:
        file.write_bytes(packed.getbuffer())


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Return what `save_checkpoint` wrote.

    Raises:
        WeightsError: it is no checkpoint of this program.
    """
    import pickle

    import torch

    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, pickle.UnpicklingError, RuntimeError, EOFError) as error:
        raise WeightsError(
            f"{path} is no checkpoint of this program: {error}.", advice="Choose another."
        ) from error
    if not isinstance(state, dict) or "average" not in state:
        raise WeightsError(f"{path} is no checkpoint of this program.", advice="Choose another.")
    return state


def load_weights(path: Path) -> Mapping[str, Tensor]:
    """Return the best weights of a checkpoint, or those of a .safetensors file.

    Raises:
        WeightsError: it is neither.
    """
    if path.suffix == ".safetensors":
        from sr_studio.models._weight_files import read_tensors

        return read_tensors(path)
    state = load_checkpoint(path)
    weights: Mapping[str, Tensor] = state.get("best") or state["average"]
    return weights


def load_state(path: Path, recipe: TrainRecipe) -> dict[str, Any]:
    """Return a checkpoint to go on from.

    Raises:
        WeightsError: it is no checkpoint of this program, or one of another training.
    """
    state = load_checkpoint(path)
    trained = state.get("model"), tuple(state.get("scales", ()))
    if trained != (recipe.spec.id, recipe.scales):
        scales = ", ".join(f"x{scale}" for scale in trained[1])
        raise WeightsError(
            f"In {path} lies a training of {trained[0]} {scales}, not of this recipe.",
            advice="Choose another output.",
        )
    optimiser = state.get("schedule", {}).get("optimiser", recipe.schedule.optimiser)
    if optimiser != recipe.schedule.optimiser:  # neither can go on with what the other remembers
        raise WeightsError(
            f"The training in {path} follows {optimiser}, the recipe {recipe.schedule.optimiser}.",
            advice="Choose another output, and --start-from this checkpoint for its weights.",
        )
    return state


def take_fitting(network: nn.Module, weights: Mapping[str, Tensor], scale: int) -> None:
    """Copy the weights of equal shape: the trunk of another scale, not its last layer.

    Args:
        network: at `scale`.
        weights: averaged ones of a checkpoint, of one scale or of several.
        scale: whose weights are preferred in those of several.
    """
    from sr_studio.engines.training.scale_family import weights_at

    own = network.state_dict()
    is_family = any(name.startswith("networks.") for name in weights)
    offered = weights_at(weights, scale) if is_family else weights
    fitting = {name: t for name, t in offered.items() if name in own and own[name].shape == t.shape}
    network.load_state_dict({**own, **fitting})
