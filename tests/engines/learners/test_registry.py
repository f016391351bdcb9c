from __future__ import annotations

from sr_studio.engines.learners._registry import all_learners
from sr_studio.models._registry import all_models


def test_every_network_that_learns_from_the_picture_has_its_engine() -> None:
    learning = {spec.id for spec in all_models().values() if spec.learns_from == "picture"}
    assert set(all_learners()) == learning
