"""Finds the network in a checkpoint: authors nest it, and put names before its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sr_studio.models._stub_unpickler import Tree

# where it lies in the checkpoints of BasicSR, KAIR, Lightning, GANs and others, best first: the
# smoothed copy is what their authors publish
_KEYS = (
    "params_ema",
    "params-ema",
    "g_ema",
    "ema",
    "params",
    "state_dict",
    "model_state_dict",
    "model",
    "netG",
    "net_g",
    "generator",
    "G",
    "net",
    "network",
    "state",
)
# what a training adds beside it
_OTHER_KEYS = ("optim", "lr_sched", "sched", "discriminator", "netD", "net_d", "loss", "scaler")
# before all names: parallel and compiled networks, Lightning modules, GANs
_PREFIXES = (
    "module.",
    "_orig_mod.",
    "model.",
    "net.",
    "netG.",
    "net_g.",
    "generator.",
    "network.",
)
_MOST_PREFIXES = 3
_DEEPEST = 8


def find_tensors(tree: Tree, depth: int = 0) -> dict[str, Tensor]:
    """Return the state dict in a checkpoint; empty where there is none.

    Networks under numbers, as the 25 denoisers of one IRCNN file, are put together under names that
    begin with their number: "0.model.0.weight".
    """
    if isinstance(tree, Tensor) or depth > _DEEPEST:
        return {}
    for key in _KEYS:
        if key in tree and (found := find_tensors(tree[key], depth + 1)):
            return found
    own = {name: value for name, value in tree.items() if isinstance(value, Tensor)}
    if not own and all(key.isdecimal() for key in tree):
        return {
            f"{key}.{name}": value
            for key in sorted(tree, key=int)
            for name, value in find_tensors(tree[key], depth + 1).items()
        }
    inner = (
        find_tensors(value, depth + 1)
        for key, value in tree.items()
        if not key.startswith(_OTHER_KEYS)
    )
    return max((own, *inner), key=len)  # a count of steps may be a tensor beside the network


def without_prefixes(tensors: Mapping[str, Tensor], depth: int = 0) -> Iterator[dict[str, Tensor]]:
    """Yield the tensors as they are named, then without what may stand before the names.

    A prefix that only some names have marks the network among others: the rest is left out.
    """
    yield dict(tensors)
    if depth == _MOST_PREFIXES:
        return
    for prefix in _PREFIXES:
        inner = {
            name.removeprefix(prefix): tensor
            for name, tensor in tensors.items()
            if name.startswith(prefix)
        }
        if inner:
            yield from without_prefixes(inner, depth + 1)
