"""SR Studio Photo: for photographs as cameras and messengers leave them."""

from __future__ import annotations

from sr_studio.models._shipped import shipped_weights
from sr_studio.models._spec import ModelSpec
from sr_studio.models.srvgg import SRVGGNetCompact

_NUM_FEAT = 48
_NUM_CONV = 10

MODEL = ModelSpec(
    id="photo",
    title="SR Studio Photo",
    year=2026,
    paper="Trained by this project. The architecture and the degradations are those of Xintao Wang, "
    "Liangbin Xie, Chao Dong, Ying Shan: Real-ESRGAN, ICCV Workshops 2021, "
    "https://arxiv.org/abs/2107.10833; not its adversarial loss, which invents texture",
    build=lambda scale: SRVGGNetCompact(num_feat=_NUM_FEAT, num_conv=_NUM_CONV, upscale=scale),
    scales=(2, 4),
    channels="rgb",
    upsampling="direct",
    context_px=lambda _scale: _NUM_CONV + 2,
    loss="l1",
    weights=shipped_weights(
        "photo", (2, 4), "BSDS500 train and a sample of ImageNet (1,099 pictures)"
    ),
)
