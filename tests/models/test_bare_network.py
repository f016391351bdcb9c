from __future__ import annotations

import os
import subprocess
import sys

from sr_studio.models._bare_network import bare_networks
from sr_studio.models._registry import all_models


def test_shapes_are_those_of_the_network() -> None:
    spec = all_models()["scn"]
    with bare_networks():
        bare = spec.build(2).state_dict()
    assert all(tensor.is_meta for tensor in bare.values())
    assert {n: t.shape for n, t in bare.items()} == {
        n: t.shape for n, t in spec.build(2).state_dict().items()
    }


def test_counting_every_network_stays_away_from_what_is_slow_to_import() -> None:
    program = (
        "import sys\n"
        "from sr_studio.models._bare_network import bare_networks\n"
        "from sr_studio.models._registry import all_models\n"
        "for spec in all_models().values():\n"
        "    with bare_networks():\n"
        "        spec.count_parameters(spec.build(spec.counted_scale))\n"
        "    assert 'sympy' not in sys.modules, spec.id\n"
    )
    done = subprocess.run([sys.executable, "-c", program], env=dict(os.environ), check=False)
    assert done.returncode == 0
