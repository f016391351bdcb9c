"""Every network that can be fitted to one picture, found by discovery."""

from __future__ import annotations

from functools import cache

from sr_studio.discovery import discover
from sr_studio.errors import InvalidRequest
from sr_studio.models import priors
from sr_studio.models.priors._spec import PriorSpec


@cache
def all_priors() -> dict[str, PriorSpec]:
    """Return id -> network, in order of file name."""
    return discover(priors, "PRIOR", PriorSpec)


def find_prior(prior_id: str) -> PriorSpec:
    """Return the network of this id.

    Raises:
        InvalidRequest: there is none.
    """
    known = all_priors()
    if prior_id not in known:
        raise InvalidRequest(
            f"There is no network {prior_id!r} to fit.", advice=f"Choose of {', '.join(known)}."
        )
    return known[prior_id]
