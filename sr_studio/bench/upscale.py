"""Enlarging, ours from picture to picture, against the network called plainly and its ceiling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional as F

from sr_studio.bench._spec import BenchSpec, Measurement
from sr_studio.bench._timing import best_seconds
from sr_studio.engines.device import DTYPES, choose_device, choose_precision
from sr_studio.engines.prepared_network import prepare_network
from sr_studio.engines.upscale import upscale
from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.models._spec import ModelSpec
from sr_studio.models.srvgg import SRVGGNetCompact

if TYPE_CHECKING:
    from sr_studio.jobs.control import JobContext

_SIDE_PX = 512
_FEATURES, _LAYERS, _SCALE = 64, 16, 4
_SPEC = ModelSpec(
    id="srvgg-16x64",
    title="SRVGGNetCompact 16 x 64",
    year=2021,
    paper="Wang et al., Real-ESRGAN, ICCV Workshops 2021, https://arxiv.org/abs/2107.10833",
    build=lambda scale: SRVGGNetCompact(
        num_in_ch=3, num_out_ch=3, num_feat=_FEATURES, num_conv=_LAYERS, upscale=scale
    ),
    scales=(_SCALE,),
    channels="rgb",
    upsampling="direct",
    context_px=lambda _scale: _LAYERS + 2,
    loss="none",
)


def _run(context: JobContext) -> tuple[Measurement, ...]:
    torch.manual_seed(0)  # the speed does not depend on the weights
    network = _SPEC.build(_SCALE).eval().requires_grad_(requires_grad=False)
    device = choose_device("auto")
    precision = choose_precision(device, "auto", is_8bit=True)
    prepared = prepare_network(_SPEC, network, _SCALE, device=device, precision=precision)
    pixels = np.random.default_rng(0).integers(0, 256, (_SIDE_PX, _SIDE_PX, 3), dtype=np.uint8)
    image = ImageBuffer(pixels)
    plain_input = torch.tensor(pixels).permute(2, 0, 1)[None].float() / 255  # (1, 3, H, W)
    plain_input = plain_input.contiguous().to(device)
    plain = network.to(device, memory_format=torch.contiguous_format)  # type: ignore[call-overload]  # stub lacks it
    features = torch.rand(1, _FEATURES, _SIDE_PX // 2, _SIDE_PX // 2, device=device)
    features = features.to(DTYPES[precision], memory_format=torch.channels_last)
    weight = torch.rand(_FEATURES, _FEATURES, 3, 3, device=device, dtype=DTYPES[precision])
    weight = weight.contiguous(memory_format=torch.channels_last)

    @torch.inference_mode()
    def run_plain() -> torch.Tensor:
        output: torch.Tensor = plain(plain_input)
        return output.cpu()  # waits for the device

    @torch.inference_mode()
    def run_ceiling() -> None:
        F.conv2d(features, weight, padding=1)[0, 0, 0, 0].item()

    silent = context.part(0, 0)
    tiled_s, untiled_s, plain_s, ceiling_s = best_seconds(
        (
            lambda: upscale(image, prepared, context=silent),
            lambda: upscale(image, prepared, tile="off", context=silent),
            run_plain,
            run_ceiling,
        ),
        context,
    )
    mega = 1e6 / _SIDE_PX**2
    per_px = 2 * sum(p.numel() for p in network.parameters() if p.ndim == 4)  # FLOP
    gflops = per_px * _SIDE_PX**2 / tiled_s / 1e9
    ceiling = 2 * 9 * _FEATURES**2 * (_SIDE_PX // 2) ** 2 / ceiling_s / 1e9
    name = f"{_SPEC.id} x{_SCALE} {precision}"
    return (
        Measurement(
            name,
            tiled_s * mega,
            "s/MP in",
            plain_s * mega,
            plain_s / tiled_s,
            "the network alone, fp32, untiled",
        ),
        Measurement(f"{name} arithmetic", gflops, "GFLOP/s", ceiling, gflops / ceiling, "ceiling"),
        Measurement(
            f"{name} tiling",
            tiled_s * mega,
            "s/MP in",
            untiled_s * mega,
            untiled_s / tiled_s,
            "one tile",
        ),
    )


BENCH = BenchSpec("upscale", "Enlarging by a network", _run)
