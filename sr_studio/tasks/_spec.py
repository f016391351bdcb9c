"""What a task says about itself: its request's fields make the form and the flags."""

from __future__ import annotations

from dataclasses import dataclass, is_dataclass
from dataclasses import fields as dataclass_fields
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sr_studio.jobs.runner import Request


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds of a number, both included."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Unit:
    """What a number counts: "px", "dB", "iterations"."""

    name: str


@dataclass(frozen=True, slots=True)
class Decimals:
    """How many places behind the point a form shows of a number."""

    places: int


@dataclass(frozen=True, slots=True)
class Unset:
    """What a form shows in a number that may be left out: "automatic"; "off" without this.

    Of a number that may not, what its least value means: "full size".
    """

    words: str


@dataclass(frozen=True, slots=True)
class Help:
    """One line under the field or behind the flag, lower case, no full stop."""

    text: str


@dataclass(frozen=True, slots=True)
class Flag:
    """How the command line writes a field where it is not `--field-name`.

    Attributes:
        names: such as ("-o", "--output").
        positional: the field is an argument without a flag.
        metavar: shown in the usage.
        hidden: not on the command line at all (an in-memory picture).
    """

    names: tuple[str, ...] = ()
    positional: bool = False
    metavar: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """One field of a request, as forms and the command line need it.

    Attributes:
        name: dotted where the field lies in a nested dataclass: "settings.scale".
        type: without Annotated and without None.
        optional: None is allowed.
        default: dataclasses.MISSING where the field is required.
        marks: the Range, Unit, Help, Flag and other annotations.
    """

    name: str
    type: Any
    optional: bool
    default: Any
    default_factory: Any
    marks: tuple[object, ...]

    def mark(self, kind: type[Any]) -> Any:
        """Return the annotation of this kind, or None."""
        return next((mark for mark in self.marks if isinstance(mark, kind)), None)


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """One thing a user can ask for; its id is the sub-command.

    Attributes:
        id: "upscale".
        title: "Upscale".
        help: one sentence.
        example: a full command line.
        request: a frozen dataclass with `run(context)`; nested dataclasses are flattened.
            Its result is a dataclass, a tuple of them or plain JSON values; a result with
            `failures` (a tuple of sentences) makes the command line exit with 1; a result with
            `text()` says how to print itself without `--json`.
    """

    id: str
    title: str
    help: str
    example: str
    request: type[Request]


def request_fields(request: type[Any], prefix: str = "") -> Iterator[FieldInfo]:
    """Yield the fields of a request, those of nested dataclasses in their place."""
    hints = get_type_hints(request, include_extras=True)
    for field in dataclass_fields(request):
        hint = hints[field.name]
        marks: tuple[object, ...] = ()
        if get_origin(hint) is Annotated:
            hint, *extras = get_args(hint)
            marks = tuple(extras)
        optional = False
        if get_origin(hint) in (Union, UnionType):
            options = [option for option in get_args(hint) if option is not type(None)]
            optional = len(options) < len(get_args(hint))
            hint = options[0] if len(options) == 1 else hint
        if is_dataclass(hint) and isinstance(hint, type):
            yield from request_fields(hint, f"{prefix}{field.name}.")
        else:
            yield FieldInfo(
                prefix + field.name, hint, optional, field.default, field.default_factory, marks
            )


def build_request(request: type[Any], values: dict[str, Any]) -> Any:
    """Build a request from dotted field names; missing ones take their defaults."""
    own: dict[str, Any] = {}
    nested: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        head, _, rest = name.partition(".")
        if rest:
            nested.setdefault(head, {})[rest] = value
        else:
            own[head] = value
    hints = get_type_hints(request)
    for head, inner in nested.items():
        own[head] = build_request(hints[head], inner)
    return request(**own)
