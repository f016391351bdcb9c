"""The weights that plain stacks of convolutions start with, so that they learn at all soon."""

from __future__ import annotations

from torch import nn


def fill_for_rectifiers(network: nn.Module) -> None:
    """Fill every convolution so that signals keep their variance through ReLU and PReLU.

    Kaiming He, Xiangyu Zhang, Shaoqing Ren, Jian Sun: "Delving Deep into Rectifiers: Surpassing
    Human-Level Performance on ImageNet Classification", ICCV 2015,
    https://arxiv.org/abs/1502.01852 (equation 10). torch's own start shrinks them layer by layer.
    """
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def fill_with_little(layer: nn.Conv2d | nn.ConvTranspose2d) -> None:
    """Fill with N(0, 0.001^2), as SRCNN and FSRCNN do: the picture starts black, not as noise."""
    nn.init.normal_(layer.weight, std=1e-3)
