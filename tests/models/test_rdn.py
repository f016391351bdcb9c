from __future__ import annotations

import pytest
import torch

from sr_studio.models.rdn import RDN, from_unit_range


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_weights_for_the_unit_range_give_the_same_picture(scale: int) -> None:
    torch.manual_seed(1)
    unit = RDN(scale, num_feat=3)
    theirs = {}
    for name, tensor in unit.state_dict().items():
        for ours, other in (
            ("SFENet", "sfe"),
            ("RDBs", "rdbs"),
            ("convs", "layers"),
            ("conv.0", "conv"),
            ("LFF", "lff"),
            ("GFF", "gff"),
        ):
            name = name.replace(ours, other)
        last = 4 if scale == 4 else 2
        name = name.replace(f"UPNet.{last}.", "output.").replace("UPNet", "upscale")
        theirs[name] = tensor
    network = RDN(scale, num_feat=3)
    network.load_state_dict(from_unit_range(theirs))
    picture = torch.rand(1, 3, 5, 6)
    with torch.inference_mode():
        torch.testing.assert_close(network(picture * 255) / 255, unit(picture))


def test_other_weights_are_left_alone() -> None:
    state = RDN(2, num_feat=1).state_dict()
    assert from_unit_range(state) is state
