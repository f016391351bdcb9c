"""Pickles are read without running anything in them."""

from __future__ import annotations

import copyreg
import io
import os
import pickle
import struct
import tracemalloc
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from sr_studio.errors import WeightsError
from sr_studio.models import _pickle_import
from sr_studio.models._weight_files import read_tensors

TERABYTE = 1 << 40


class Net(nn.Module):
    """What a published file may hold: a class of the author's own module."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.PReLU(4))
        self.features[0].weight = nn.Parameter(torch.randn(4, 1, 3, 3).transpose(2, 3))
        self.act = nn.ReLU()


class OwnDict(dict[str, Any]):
    """What some configuration libraries make of every dictionary."""


FORMS = ("torch-legacy", "torch-zip")


def save(path: Path, saved: object, form: str) -> Path:
    if form == "pickle":
        path.write_bytes(pickle.dumps(saved))
    else:
        torch.save(saved, path, _use_new_zipfile_serialization=form == "torch-zip")
    return path


def assert_same(tensors: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> None:
    assert tensors.keys() == expected.keys()
    for name, tensor in tensors.items():
        assert tensor.dtype == expected[name].dtype
        assert torch.equal(tensor, expected[name])


# -- what authors publish ---------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("is_checkpoint", [False, True])
def test_a_whole_network_gives_its_state_dict(
    is_checkpoint: bool, form: str, tmp_path: Path
) -> None:
    network = Net()
    saved = {"epoch": 3, "model": network} if is_checkpoint else network
    assert_same(read_tensors(save(tmp_path / "net.pth", saved, form)), network.state_dict())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # that of torch.jit
def test_torchscript_gives_its_state_dict_and_is_not_run(tmp_path: Path) -> None:
    network = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3), torch.nn.Sequential(torch.nn.BatchNorm2d(4))
    )
    torch.jit.save(torch.jit.script(network), tmp_path / "net.pt")
    assert_same(read_tensors(tmp_path / "net.pt"), network.state_dict())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: state,
        lambda state: {"state_dict": state},
        lambda state: {"params": {"wrong": torch.ones(1)}, "params_ema": state},
        lambda state: {"model": {"state_dict": state}},
        lambda state: {"netG": state, "netD": {f"d{n}": torch.ones(1) for n in range(99)}},
        lambda state: {"generator": state, "optimizer": {"state": {0: {"exp": torch.ones(2)}}}},
        lambda state: {"state": state, "epoch": torch.tensor(7)},
        lambda state: {"epoch": torch.tensor(7), "weights of mine": state},
        lambda state: {f"module.{name}": tensor for name, tensor in state.items()},
        OwnDict,
        lambda state: OwnDict(params=state),
    ],
)
def test_usual_checkpoints_are_understood(
    wrap: Callable[[dict[str, torch.Tensor]], Any], form: str, tmp_path: Path
) -> None:
    state = Net().state_dict()
    assert_same(read_tensors(save(tmp_path / "net.pth", wrap(state), form)), state)


def test_networks_under_numbers_are_put_together(tmp_path: Path) -> None:
    """As the 25 denoisers of KAIR's ircnn_gray.pth are."""
    networks = {str(number): {"model.0.weight": torch.rand(2)} for number in range(12)}
    tensors = read_tensors(save(tmp_path / "net.pth", networks, "torch-zip"))
    assert list(tensors) == [f"{number}.model.0.weight" for number in range(12)]
    assert torch.equal(tensors["11.model.0.weight"], networks["11"]["model.0.weight"])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "dtype", [torch.float16, torch.bfloat16, torch.float64, torch.int64, torch.uint8, torch.bool]
)
def test_every_kind_of_number_is_read(dtype: torch.dtype, form: str, tmp_path: Path) -> None:
    state = {"a": torch.tensor([[0, 1, 1], [1, 0, 1]]).to(dtype), "b": torch.ones(0)}
    state |= {"turned": state["a"].T, "part": state["a"][1, 1:], "one": state["a"][0, 1]}
    assert_same(read_tensors(save(tmp_path / "net.pth", state, form)), state)


def test_a_network_that_uses_a_layer_twice_has_it_under_both_names(tmp_path: Path) -> None:
    layer = nn.Conv2d(3, 3, 3)
    network = nn.Sequential(*[layer] * 60)
    assert_same(
        read_tensors(save(tmp_path / "net.pth", network, "torch-zip")), network.state_dict()
    )


# -- what attackers publish -------------------------------------------------------------------------


class Attack:
    """Runs a command when unpickled."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (self.command,)


class BuildAttack:
    """Runs a command when its state is set."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[object, ...]:
        return OrderedDict, (), {"a": 1}, None, iter({"x": Attack(self.command)}.items())


@pytest.mark.parametrize("attack", [Attack, BuildAttack])
@pytest.mark.parametrize("form", ["pickle", *FORMS])
def test_nothing_in_a_file_is_run(form: str, attack: type[Any], tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    saved = {"x": attack(f"touch '{mark}'")}
    with pytest.raises(WeightsError) as caught:
        read_tensors(save(tmp_path / "weights.pth", saved, form))
    assert caught.value.advice
    assert not mark.exists()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("is_whole", [False, True])
def test_tensors_beside_an_attack_are_harmless(form: str, is_whole: bool, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    network = Net()
    attack = Attack(f"touch '{mark}'")
    network.act.extra = attack  # type: ignore[assignment]  # any attribute is pickled
    saved = network if is_whole else {"x": attack, **network.state_dict()}
    assert_same(read_tensors(save(tmp_path / "weights.pth", saved, form)), network.state_dict())
    assert not mark.exists()


def opcodes(mark: Path) -> dict[str, bytes]:
    """How a pickle can name a function -> a pickle that runs `touch mark` in Python's unpickler."""
    text = f"touch '{mark}'"
    command = b"X" + struct.pack("<I", len(text)) + text.encode()
    system = b"\x8c\x02os\x8c\x06system\x93"
    return {
        "GLOBAL": b"\x80\x02cos\nsystem\n" + command + b"\x85R.",
        "STACK_GLOBAL": b"\x80\x04" + system + command + b"\x85R.",
        "INST": b"(" + command + b"ios\nsystem\n.",
        "OBJ": b"\x80\x02(cos\nsystem\n" + command + b"o.",
        "NEWOBJ": b"\x80\x02csubprocess\nPopen\n(" + command + b"lK\x00NNNNN\x89\x88t\x81.",
        "NEWOBJ_EX": b"\x80\x04csubprocess\nPopen\n)}\x8c\x04args" + command + b"s\x92.",
        "BUILD": b"\x80\x02cpathlib\nPath\n)R}\x8c\x01x" + system + command + b"\x85Rsb.",
        "EXT1": b"\x80\x02\x82\xf0" + command + b"\x85R.",
        "EXT2": b"\x80\x02\x83\xf0\x00" + command + b"\x85R.",
        "EXT4": b"\x80\x02\x84\xf0\x00\x00\x00" + command + b"\x85R.",
        "dotted name": b"\x80\x04\x8c\x0bcollections\x8c\x24OrderedDict.fromkeys.__self__.__base__"
        b"\x93" + command + b"\x85R.",
        "getattr": b"\x80\x02c__builtin__\ngetattr\ncos\nos\nX\x06\x00\x00\x00system\x86R"
        + command + b"\x85R.",
        "persistent id": b"\x80\x02" + system + b"Q" + command + b"\x85R.",
        "persistent text": b"Pstorage\n" + command + b"\x85R.",
    }  # fmt: skip


@pytest.fixture
def _system_is_an_extension() -> Any:
    copyreg.add_extension("os", "system", 0xF0)
    yield
    copyreg.remove_extension("os", "system", 0xF0)


@pytest.mark.usefixtures("_system_is_an_extension")
@pytest.mark.parametrize("place", ["alone", "legacy", "zip"])
@pytest.mark.parametrize("kind", opcodes(Path()))
def test_no_opcode_runs_anything(kind: str, place: str, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    attack = opcodes(mark)[kind]
    path = tmp_path / "weights.pth"
    if place == "alone":
        path.write_bytes(attack)
    elif place == "legacy":
        head = b"".join(pickle.dumps(each, 2) for each in (_pickle_import._LEGACY_MAGIC, 1001, {}))
        path.write_bytes(head + attack + pickle.dumps([], 2))
    else:
        write_archive(path, attack)
    with pytest.raises(WeightsError) as caught:
        read_tensors(path)
    assert caught.value.advice
    assert not mark.exists()


@pytest.mark.usefixtures("_system_is_an_extension")
@pytest.mark.parametrize("kind", ["GLOBAL", "STACK_GLOBAL", "INST", "OBJ", "EXT1", "EXT2", "EXT4"])
def test_these_attacks_do_run_in_an_unpickler_of_pythons(kind: str, tmp_path: Path) -> None:
    """Or the tests above would prove nothing."""
    mark = tmp_path / "mark"
    pickle.loads(opcodes(mark)[kind])
    assert mark.exists()


@pytest.mark.parametrize(
    "change",
    [
        b"ctorch\nFloatStorage\n}X\x05\x00\x00\x00dtypeX\x01\x00\x00\x00Osb0",
        b"ctorch\nFloatStorage\nN}X\x05\x00\x00\x00dtypeX\x01\x00\x00\x00Os\x86b0",
        b"ctorch._utils\n_rebuild_parameter\nN}X\x08\x00\x00\x00__call__X\x01\x00\x00\x00Os\x86b0",
        b"ctorch._utils\n_rebuild_tensor_v2\nN}X\x06\x00\x00\x00tensorX\x01\x00\x00\x00Os\x86b0",
        b"cos\nsystem\nN}X\x05\x00\x00\x00stateX\x01\x00\x00\x00Os\x86b0",
    ],
)
def test_no_file_changes_how_the_next_is_read(change: bytes, tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(b"\x80\x02" + change + b"}.")
    with pytest.raises(WeightsError):
        read_tensors(path)
    state = Net().state_dict()
    assert_same(read_tensors(save(tmp_path / "good.pth", state, "torch-zip")), state)


# -- what would take all memory ---------------------------------------------------------------------


def write_archive(path: Path, data_pickle: bytes, compression: int = 0, **entries: bytes) -> None:
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("archive/data.pkl", data_pickle)
        for name, content in entries.items():
            archive.writestr(f"archive/data/{name.removeprefix('_')}", content)


def tensor_pickle(count: int, shape: tuple[int, ...], stride: tuple[int, ...]) -> bytes:
    """The pickle of {"x": a tensor of that shape on a storage said to hold `count` numbers}."""

    class Pickler(pickle.Pickler):
        def persistent_id(self, obj: Any) -> Any:
            if isinstance(obj, bytes):
                return ("storage", torch.FloatStorage, "0", "cpu", count)
            return None

    class View:
        def __reduce__(self) -> tuple[Any, ...]:
            arguments = (b"", 0, shape, stride, False, OrderedDict())
            return torch._utils._rebuild_tensor_v2, arguments  # type: ignore[attr-defined]  # private

    buffer = io.BytesIO()
    Pickler(buffer, 2).dump({"x": View()})
    return buffer.getvalue()


def bombs() -> dict[str, Callable[[Path], None]]:
    """What a few bytes claim to be -> how to write them."""
    numbers = np.ones(4, "<f4").tobytes()

    def legacy(count: int) -> bytes:
        head = (_pickle_import._LEGACY_MAGIC, 1001, {})
        body = tensor_pickle(count, (count,), (1,))
        parts = [*(pickle.dumps(each, 2) for each in head), body, pickle.dumps(["0"], 2)]
        return b"".join(parts) + struct.pack("<q", count) + numbers

    def laughs() -> bytes:
        saved: Any = {"x": 1}
        for _ in range(60):
            saved = {"a": saved, "b": saved}
        return pickle.dumps(saved)

    def deep() -> bytes:
        return b"\x80\x02" + b"}X\x01\x00\x00\x00a" * 100_000 + b"}" + b"s" * 100_000 + b"."

    return {
        "storage of a terabyte": lambda path: write_archive(
            path, tensor_pickle(TERABYTE, (TERABYTE,), (1,)), _0=numbers
        ),
        "old storage of a terabyte": lambda path: path.write_bytes(legacy(TERABYTE)) and None,
        "one number again and again": lambda path: write_archive(
            path, tensor_pickle(4, (TERABYTE,), (0,)), _0=numbers
        ),
        "view beyond its numbers": lambda path: write_archive(
            path, tensor_pickle(4, (2,), (TERABYTE,)), _0=numbers
        ),
        "compressed": lambda path: write_archive(
            path,
            tensor_pickle(1 << 26, (1 << 26,), (1,)),
            zipfile.ZIP_DEFLATED,
            _0=bytes(1 << 28),
        ),
        "text of a terabyte": lambda path: path.write_bytes(
            b"\x80\x04\x8e" + struct.pack("<Q", TERABYTE) + b"x."
        ) and None,
        "frame of a terabyte": lambda path: path.write_bytes(
            b"\x80\x04\x95" + struct.pack("<Q", TERABYTE) + b"N."
        ) and None,
        "memorized as number four billion": lambda path: path.write_bytes(
            b"\x80\x02}r\xff\xff\xff\xff."
        ) and None,
        "the same again and again": lambda path: path.write_bytes(laughs()) and None,
        "nested without end": lambda path: path.write_bytes(deep()) and None,
    }  # fmt: skip


@pytest.mark.timeout(20)
@pytest.mark.parametrize("kind", bombs())
def test_claims_that_would_take_all_memory_are_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    bombs()[kind](path)
    tracemalloc.start()
    try:
        with pytest.raises(WeightsError) as caught:
            read_tensors(path)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.advice
    assert peak < 200e6


@pytest.mark.parametrize("form", FORMS)
def test_any_damage_is_a_sentence(form: str, tmp_path: Path) -> None:
    """Cut and flipped anywhere, the file is refused or read, and nothing else happens."""
    data = save(tmp_path / "whole.pth", Net(), form).read_bytes()
    damaged = tmp_path / "damaged.pth"
    random = np.random.default_rng(5)
    for position in random.integers(0, len(data), 150):
        for content in (data[:position], data[:position] + b"\xff" + data[position + 1 :]):
            damaged.write_bytes(content)
            try:
                tensors = read_tensors(damaged)
            except WeightsError as error:
                assert error.advice  # noqa: PT017  most damage is refused, some hits unused bytes
            else:
                assert tensors
