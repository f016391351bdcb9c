from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sr_studio.errors import InvalidRequest
from sr_studio.tasks._naming import (
    DEFAULT_TEMPLATE,
    FIELDS,
    check_template,
    distinct_path,
    output_path,
)


def name_of(template: str, source: str = "photo.jpg", **changes: Any) -> str:
    values: dict[str, Any] = {
        "model": "compact",
        "scale": 2.0,
        "width": 200,
        "height": 100,
        "counter": 7,
        "suffix": ".png",
    }
    return output_path(template, Path("out"), Path(source), **(values | changes)).name


def test_the_default_says_what_was_done() -> None:
    assert name_of(DEFAULT_TEMPLATE) == "photo_compact_x2.png"
    assert name_of(DEFAULT_TEMPLATE, scale=1.3667) == "photo_compact_x1.367.png"


def test_every_field_can_be_named() -> None:
    template = "-".join(f"{{{field}}}" for field in FIELDS)
    assert name_of(template).startswith("photo-compact-2-200-100-2")
    assert name_of("{counter}") == "007.png"


@pytest.mark.parametrize(
    "template", ["{nme}", "{name", "}", "{0}", "{}", "{name.parent}", "{name!r}"]
)
def test_wrong_templates_are_refused_with_the_fields(template: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        check_template(template)
    assert "{counter}" in caught.value.advice


def test_empty_names_are_refused() -> None:
    with pytest.raises(InvalidRequest):
        name_of("  ")


@given(source=st.text(min_size=1, max_size=300).filter(lambda text: "\x00" not in text))
def test_results_never_leave_their_folder(source: str) -> None:
    path = output_path(
        "x{name}",
        Path("out"),
        Path(source),
        model="m",
        scale=2,
        width=1,
        height=1,
        counter=1,
        suffix=".png",
    )
    assert path.parent == Path("out")
    assert len(path.name.encode()) < 255


def test_the_same_name_twice_gets_a_number() -> None:
    taken = {Path("a.png"), Path("a (2).png")}
    assert distinct_path(Path("a.png"), taken) == Path("a (3).png")
    assert distinct_path(Path("b.png"), taken) == Path("b.png")
