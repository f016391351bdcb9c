"""Every classifier whose features can be compared, found by discovery."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sr_studio.discovery import discover
from sr_studio.errors import InvalidRequest
from sr_studio.models import features
from sr_studio.models.features._spec import FeatureNetwork, FeatureSpec

if TYPE_CHECKING:
    from sr_studio.jobs.control import JobContext


@cache
def all_feature_networks() -> dict[str, FeatureSpec]:
    """Return id -> classifier, in order of file name."""
    return discover(features, "FEATURES", FeatureSpec)


def find_features(feature_id: str) -> FeatureSpec:
    """Return the classifier of this id.

    Raises:
        InvalidRequest: there is none.
    """
    known = all_feature_networks()
    if feature_id not in known:
        raise InvalidRequest(
            f"There is no backbone {feature_id!r}.", advice=f"Choose of {', '.join(known)}."
        )
    return known[feature_id]


def load_features(feature_id: str, context: JobContext) -> FeatureNetwork:
    """Return a classifier with its weights, frozen, in eval mode, on the CPU.

    Args:
        feature_id: of `all_feature_networks`.
        context: of the job, for the progress of a download.

    Raises:
        InvalidRequest: there is none of this id.
        WeightsError: its weights are not here and cannot be had.
    """
    spec = find_features(feature_id)
    network = spec.build()
    network.load_state_dict(dict(spec.read(context)))
    return network.eval().requires_grad_(requires_grad=False)
