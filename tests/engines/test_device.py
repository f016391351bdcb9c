from __future__ import annotations

import pytest
import torch

from sr_studio.engines.device import (
    choose_device,
    choose_precision,
    describe_devices,
    free_memory_bytes,
)
from sr_studio.errors import InvalidRequest, SrStudioError

CPU = torch.device("cpu")


def test_auto_is_the_first_device_described() -> None:
    devices = describe_devices()
    assert str(choose_device("auto")) == devices[0].name
    assert devices[-1].name == "cpu"
    assert all(device.title and device.memory_mib > 0 for device in devices)


@pytest.mark.parametrize("name", ["gpu", "cuda:x", "cuda:", "cpu:a", ""])
def test_unknown_names_are_wrong_usage(name: str) -> None:
    with pytest.raises(InvalidRequest):
        choose_device(name)


def test_a_device_that_is_not_there_is_said_with_those_that_are() -> None:
    with pytest.raises(SrStudioError, match="cuda:99") as caught:
        choose_device("cuda:99")
    assert not isinstance(caught.value, InvalidRequest)
    assert "cpu" in caught.value.advice


def test_deep_pictures_are_computed_in_fp32_unless_asked_otherwise() -> None:
    assert choose_precision(CPU, "auto", is_8bit=False) == "fp32"
    assert choose_precision(CPU, "bf16", is_8bit=False) == "bf16"
    assert choose_precision(CPU, "auto", is_8bit=True) in ("fp32", "bf16")


def test_free_memory_is_known() -> None:
    assert free_memory_bytes(CPU) > 0


@pytest.mark.gpu
def test_the_gpu_gives_the_picture_of_the_cpu() -> None:
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    from sr_studio.engines.prepared_network import prepare_network
    from tests.helpers.networks import make_spec

    spec = make_spec()
    ready = prepare_network(spec, spec.build(2), 2, device=choose_device("cuda"), precision="fp16")
    assert ready.device.type == "cuda"
    assert ready.notes == ()
