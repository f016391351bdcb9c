"""Reads any weight file by its content, and fits what it holds into a network."""

from __future__ import annotations

import hashlib
import pickle
import struct
import warnings
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_safetensors

from sr_studio.errors import WeightsError
from sr_studio.models._matlab import MATLAB_ERRORS, MATLAB_HEAD, read_matlab
from sr_studio.models._ncnn import is_ncnn, read_ncnn
from sr_studio.models._pickle_import import read_pickled_network

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from torch import Tensor, nn

    Convert = Callable[[dict[str, Tensor]], dict[str, Tensor]]

_CHECKPOINT_KEYS = ("params_ema", "params", "state_dict", "model")
_DAMAGED = "It is damaged, cut short, or no file of weights"
_HASH_BLOCK = 1 << 20
# what unpicklers raise on bytes that are no pickle, or a damaged one
_UNPICKLING_ERRORS = (
    pickle.UnpicklingError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
)


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a safetensors, PyTorch, MATLAB or ncnn file, on the CPU.

    Nothing in the file is ever run. ncnn's names mean nothing: their order does.

    Raises:
        WeightsError: the file is missing, damaged, or holds no weights.
    """
    try:
        if is_ncnn(path):
            return read_ncnn(path)
        with path.open("rb") as file:
            head = file.read(64)
        if head[8:9] == b"{":  # behind the length of the header
            return load_safetensors(path.read_bytes())
        if head.lstrip()[:1] == b"<":
            raise _no_weights(path, "It is a web page")
        if head.startswith(MATLAB_HEAD):
            return _read_matlab_file(path)
        return _read_torch_file(path)
    except SafetensorError:
        raise _no_weights(path, _DAMAGED) from None
    except OSError as error:
        raise WeightsError(
            f"The weights {path} cannot be read: {error.strerror or error}.",
            advice="Check that the file exists and that you may read it.",
        ) from error


def _read_matlab_file(path: Path) -> dict[str, Tensor]:
    try:
        tensors = read_matlab(path)
    except MATLAB_ERRORS:
        raise _no_weights(path, _DAMAGED) from None
    if not tensors:
        raise _no_weights(path, "There are no matrices in it")
    return tensors


def _read_torch_file(path: Path) -> dict[str, Tensor]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of every pickle that is not its own
            saved = torch.load(path, map_location="cpu", weights_only=True)
    except _UNPICKLING_ERRORS:
        try:
            return read_pickled_network(path)
        except _UNPICKLING_ERRORS:
            raise _no_weights(path, _DAMAGED) from None
    for key in _CHECKPOINT_KEYS:
        if isinstance(saved, dict) and isinstance(saved.get(key), dict):
            saved = saved[key]
    tensors = {
        str(name).removeprefix("module."): value
        for name, value in (saved.items() if isinstance(saved, dict) else ())
        if isinstance(value, torch.Tensor)
    }
    if not tensors:
        raise _no_weights(path, "There are no tensors in it")
    return tensors


def fill_network(
    network: nn.Module,
    tensors: dict[str, Tensor],
    *,
    label: str,
    is_ordered: bool = False,
    converts: Sequence[Convert] = (),
) -> None:
    """Load `tensors` into `network`, strictly.

    Args:
        network: changed in place.
        tensors: as read from the file.
        label: what the error calls the weights.
        is_ordered: the names mean nothing; tensors come in the order of the network's own.
        converts: tried one after the other where the names do not fit.

    Raises:
        WeightsError: names or shapes differ, or numbers are not finite.
    """
    expected = network.state_dict()
    if is_ordered and len(tensors) == len(expected):
        tensors = dict(zip(expected, tensors.values(), strict=True))
    candidates = (tensors, *(convert(tensors) for convert in converts))
    fitting = next((each for each in candidates if not _difference(each, expected)), None)
    if fitting is None:
        raise WeightsError(
            f"The weights {label} do not fit the network: {_difference(tensors, expected)}.",
            advice="Choose weights that were made for this network and scale.",
        )
    if not all(bool(tensor.isfinite().all()) for tensor in fitting.values()):
        raise WeightsError(
            f"The weights {label} hold values that are not numbers.",
            advice="Download or import them again.",
        )
    network.load_state_dict(fitting)


def sha256_of(path: Path, checkpoint: Callable[[], None] = lambda: None) -> str:
    """Return the file's sha256; `checkpoint` is called once per megabyte."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_HASH_BLOCK):
            checkpoint()
            digest.update(block)
    return digest.hexdigest()


def _difference(tensors: dict[str, Tensor], expected: dict[str, Tensor]) -> str:
    """Say what does not fit in a few words; empty where all fits."""
    if missing := [name for name in expected if name not in tensors]:
        return f"{len(missing)} of {len(expected)} tensors are missing, such as {missing[0]}"
    if extra := [name for name in tensors if name not in expected]:
        return f"{len(extra)} tensors are too many, such as {extra[0]}"
    for name, tensor in expected.items():
        if tensors[name].shape != tensor.shape:
            return f"{name} is {tuple(tensors[name].shape)}, not {tuple(tensor.shape)}"
    return ""


def _no_weights(path: Path, reason: str) -> WeightsError:
    return WeightsError(
        f"{path.name} holds no weights that can be read. {reason}.",
        advice="Download or copy the file again; a network saved as a whole must be saved again "
        "as its state_dict.",
    )
