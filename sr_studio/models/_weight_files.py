"""Reads any weight file by its content, and fits what it holds into a network."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeVar

from safetensors import SafetensorError
from safetensors.torch import load as load_safetensors

from sr_studio.errors import WeightsError
from sr_studio.models._caffe import read_caffe
from sr_studio.models._checkpoint import find_tensors, without_prefixes
from sr_studio.models._matlab import MATLAB_ERRORS, MATLAB_HEAD, read_matlab
from sr_studio.models._ncnn import is_ncnn, ncnn_beside, read_ncnn
from sr_studio.models._pickle_import import UNPICKLING_ERRORS, read_pickle
from sr_studio.models._tensorflow import is_graph, read_graph

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from torch import Tensor, nn

    from sr_studio.models._spec import Convert

_DAMAGED = "It is damaged, cut short, or no file of weights"
_HASH_BLOCK = 1 << 20
_COUNTER = ".num_batches_tracked"
T = TypeVar("T")
_WEB_PAGES = (b"<!doctype", b"<html", b"<head", b"<?xml")
# how a NetParameter of Caffe (name, old layer, layer) or a GraphDef of TensorFlow (node) begins
_PROTOBUF_TAGS = (b"\x0a", b"\x12", b"\xa2\x06")


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a file of weights, on the CPU, in the shapes of PyTorch.

    safetensors; PyTorch: state dicts, checkpoints, whole networks and TorchScript; ncnn (.param with its .bin
    beside it); Caffe (.caffemodel); frozen graphs of TensorFlow (.pb); matrices of MATLAB (.mat). The
    content decides, not the file's name. Nothing in the file is ever run. ncnn's names mean nothing: their order does.

    Raises:
        WeightsError: the file is missing, damaged, or holds no weights.
    """
    try:
        if is_ncnn(path):
            return read_ncnn(path)
        with path.open("rb") as file:
            head = file.read(64)
        if head[8:9] == b"{":  # behind the length of the header
            tensors = load_safetensors(path.read_bytes())
        elif head.lstrip().lower().startswith(_WEB_PAGES):
            raise _no_weights(path, "It is a web page")
        elif head.startswith(MATLAB_HEAD):
            tensors = read_matlab(path)
        elif head.startswith(_PROTOBUF_TAGS):
            tensors = _read_protobuf(path)
        else:
            tensors = find_tensors(read_pickle(path))
    except (SafetensorError, *MATLAB_ERRORS, *UNPICKLING_ERRORS):
        if names_file := ncnn_beside(path):
            raise WeightsError(
                f"{path.name} is the half of an ncnn network that holds no names.",
                advice=f"Use the other half, beside it: {names_file.name}",
            ) from None
        raise _no_weights(path, _DAMAGED) from None
    except OSError as error:
        raise WeightsError(
            f"The weights {path} cannot be read: {error.strerror or error}.",
            advice="Check that the file exists and that you may read it.",
        ) from error
    if not tensors:
        raise _no_weights(path, "There are no tensors in it")
    return {name.removeprefix("module."): tensor for name, tensor in tensors.items()}


def _read_protobuf(path: Path) -> dict[str, Tensor]:
    data = memoryview(path.read_bytes())
    return read_graph(data) if is_graph(data) else read_caffe(data)


def fill_network(
    network: nn.Module,
    tensors: Mapping[str, Tensor],
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
    candidates = layouts(tensors, expected, is_ordered=is_ordered, converts=converts)
    needed = without_counters(expected)
    fitting = next(
        (each for each in map(without_counters, candidates) if not _difference(each, needed)), None
    )
    if fitting is None:
        raise WeightsError(
            f"The weights {label} do not fit the network: {_difference(tensors, needed)}.",
            advice="Choose weights that were made for this network and scale.",
        )
    check_finite(fitting, label)
    network.load_state_dict(expected | fitting)


def check_finite(tensors: Mapping[str, Tensor], label: str) -> None:
    """Refuse weights that single precision cannot hold.

    Raises:
        WeightsError: a value is infinite or no number; the message calls the weights `label`.
    """
    # torch cannot tell for the small floating-point formats, of 8 bits, themselves
    if not all(bool(tensor.float().isfinite().all()) for tensor in tensors.values()):
        raise WeightsError(
            f"The weights {label} hold values that are not numbers.",
            advice="Download or import them again.",
        )


def without_counters(tensors: Mapping[str, T]) -> dict[str, T]:
    """Leave out what batch normalization only counts with; files of before 2018 lack it."""
    return {name: value for name, value in tensors.items() if not name.endswith(_COUNTER)}


def layouts(
    tensors: Mapping[str, Tensor],
    expected: Iterable[str],
    *,
    is_ordered: bool,
    converts: Sequence[Convert],
) -> Iterator[dict[str, Tensor]]:
    """Yield the tensors under every name that a network with the names `expected` may give them."""
    starts: Iterable[dict[str, Tensor]] = without_prefixes(tensors)
    if is_ordered:
        names = tuple(expected)
        is_complete = len(names) == len(tensors)
        starts = [dict(zip(names, tensors.values(), strict=True)) if is_complete else dict(tensors)]
    for start in starts:
        yield start
        for convert in converts:
            yield convert(dict(start))


def sha256_of(path: Path, checkpoint: Callable[[], None] = lambda: None) -> str:
    """Return the file's sha256; `checkpoint` is called once per megabyte."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_HASH_BLOCK):
            checkpoint()
            digest.update(block)
    return digest.hexdigest()


def _difference(tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> str:
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
        advice="Download or copy the file again.",
    )
