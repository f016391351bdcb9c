"""Deep random projector: frozen random convolutions; only their input and scales are fitted."""

from __future__ import annotations

from torch import nn

from sr_studio.models.priors._spec import PriorSpec
from sr_studio.models.priors.hourglass import Hourglass, HourglassShape

_PAPER = (
    "Taihui Li, Hengkang Wang, Zhong Zhuang, Ju Sun: Deep Random Projector: Accelerated Deep "
    "Image Prior, CVPR 2023, https://openaccess.thecvf.com/content/CVPR2023/html/"
    "Li_Deep_Random_Projector_Accelerated_Deep_Image_Prior_CVPR_2023_paper.html"
)


def _projector(channels: int) -> PriorSpec:
    """Return the projector of one scale with this many channels.

    The convolutions keep the random weights they start with. What is fitted: the input, at a rate
    of 0.1, and scale and shift of the normalisations. The root of the squared error and 0.45 times
    the mean total variation are minimised (section 3 of the paper).
    """

    def build(channels_in: int, channels_out: int) -> nn.Module:
        shape = HourglassShape(
            channels=(channels,),
            skip=(4,),
            kernels_down=(3,),
            kernels_up=(3,),
            upsampling=("bilinear",),
        )
        network = Hourglass(channels_in, channels_out, shape)
        for layer in network.modules():
            if isinstance(layer, nn.Conv2d):
                layer.requires_grad_(requires_grad=False)
        return network

    return PriorSpec(
        id=f"projector-{channels}",
        title=f"Deep random projector, {channels} channels",
        paper=_PAPER,
        build=build,
        size_multiple=2,
        input_channels=3,
        learning_rate=0.1,
        fits_input=True,
        takes_root=True,
        tv_weight=0.45,
    )


PRIOR = (_projector(64), _projector(32), _projector(16))
