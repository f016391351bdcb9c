"""SR Studio Compact: the network that ships with the program."""

from __future__ import annotations

from sr_studio.models._shipped import SET_291, shipped_weights
from sr_studio.models._spec import ModelSpec
from sr_studio.models.srvgg import SRVGGNetCompact

_NUM_CONV = 8

MODEL = ModelSpec(
    id="compact",
    title="SR Studio Compact",
    year=2026,
    paper="Trained by this project. The architecture is SRVGGNetCompact of Xintao Wang, Liangbin "
    "Xie, Chao Dong, Ying Shan: Real-ESRGAN, ICCV Workshops 2021, https://arxiv.org/abs/2107.10833",
    build=lambda scale: SRVGGNetCompact(
        num_in_ch=3, num_out_ch=3, num_feat=32, num_conv=_NUM_CONV, upscale=scale
    ),
    scales=(2, 3, 4),
    channels="rgb",
    upsampling="direct",
    context_px=lambda _scale: _NUM_CONV + 2,
    loss="l1",
    weights=shipped_weights("compact", (2, 3, 4), SET_291),
)
