from __future__ import annotations

import torch

from sr_studio.models.msrresnet import MSRResNet, rename_older_layout


def test_older_files_of_basicsr_fit() -> None:
    network = MSRResNet(4, num_block=2, num_feat=4)
    old = {
        name.replace("body", "recon_trunk").replace("conv_hr", "HRconv"): tensor
        for name, tensor in network.state_dict().items()
    }
    network.load_state_dict(rename_older_layout(old))


def test_a_network_of_zeros_gives_the_bilinear_enlargement() -> None:
    network = MSRResNet(2, num_block=1, num_feat=4)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        result = network(torch.full((1, 3, 3, 4), 0.25))
    assert torch.equal(result, torch.full((1, 3, 6, 8), 0.25))
