"""Makes one argparse sub-command of each task from the fields of its request."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn, get_args, get_origin

from typing_extensions import override

from sr_studio import __version__
from sr_studio.tasks._spec import (
    FieldInfo,
    Flag,
    Help,
    Range,
    TaskSpec,
    Unit,
    build_request,
    request_fields,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_DEVICES = "auto, cpu, cuda, cuda:N or mps"


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one sentence with an advice."""

    @override
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}. See: {self.prog} --help\n")


def build_parser(tasks: Mapping[str, TaskSpec]) -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = _Parser(
        prog="sr-studio",
        description="Enlarge, restore and colour photographs.",
        epilog="sr-studio [FILE ...] opens the window. Each command has its own --help.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"sr-studio {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for task in tasks.values():
        command = commands.add_parser(
            task.id,
            help=task.help,
            description=task.help,
            epilog=f"example:\n  {task.example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        infos = list(request_fields(task.request))
        for info in infos:
            _add_field(command, info)
        if not any(info.name.rpartition(".")[2] == "device" for info in infos):
            command.add_argument(
                "--device", default="auto", help=f"accepted everywhere, without effect: {_DEVICES}"
            )
        command.add_argument("--json", action="store_true", help="one JSON value on stdout")
        command.add_argument("--quiet", action="store_true", help="no progress")
    return parser


def request_from_arguments(task: TaskSpec, arguments: argparse.Namespace) -> Any:
    """Build the task's request from parsed arguments.

    Raises:
        InvalidRequest: the request's own checks refuse the combination.
    """
    values = {}
    for info in request_fields(task.request):
        value = getattr(arguments, info.name, None)
        if value is not None:
            values[info.name] = tuple(value) if isinstance(value, list) else value
    return build_request(task.request, values)


def _add_field(command: argparse.ArgumentParser, info: FieldInfo) -> None:
    flag: Flag = info.mark(Flag) or Flag()
    if flag.hidden:
        return
    leaf = info.name.rpartition(".")[2]
    required = info.default is dataclasses.MISSING and info.default_factory is dataclasses.MISSING
    details: dict[str, Any] = {"help": _help_text(info, required=required)}
    if flag.metavar:
        details["metavar"] = flag.metavar
    is_many = get_origin(info.type) is tuple
    item = get_args(info.type)[0] if is_many else info.type
    if item is bool:
        has_opposite = info.default is True  # --no-x only where x is what happens without a word
        action = argparse.BooleanOptionalAction if has_opposite else "store_true"
        details |= {"action": action, "default": None}
    elif get_origin(item) is Literal:
        choices = get_args(item)
        details |= {"choices": choices, "type": type(choices[0])}
    else:
        details["type"] = _converter(item, info.mark(Range))
    if is_many:
        details["nargs"] = "+" if required else "*"
    if flag.positional:
        if not required and not is_many:
            details["nargs"] = "?"
        details.setdefault("metavar", leaf.upper())
        command.add_argument(info.name, **details)
        return
    details.setdefault("default", None)
    names = flag.names or (f"--{leaf.replace('_', '-')}",)
    if item is not bool and "choices" not in details:
        details.setdefault("metavar", leaf.upper())
    command.add_argument(*names, dest=info.name, required=required, **details)


def _help_text(info: FieldInfo, *, required: bool) -> str:
    help_mark, unit, bounds = info.mark(Help), info.mark(Unit), info.mark(Range)
    extras = []
    if bounds:
        extras.append(f"{bounds.low:g} to {bounds.high:g}")
    if unit:
        extras.append(unit.name)
    shown = info.default
    if not required and shown not in (None, False, "", (), dataclasses.MISSING):
        extras.append(f"default {shown}")
    text = help_mark.text if help_mark else info.name.rpartition(".")[2].replace("_", " ")
    return (f"{text} ({', '.join(extras)})" if extras else text).replace("%", "%%")


def _converter(kind: Any, bounds: Range | None) -> Callable[[str], Any]:
    def convert(text: str) -> Any:
        try:
            value = kind(text)
        except ValueError:
            wanted = {int: "a whole number", float: "a number"}.get(kind, f"a {kind.__name__}")
            raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}") from None
        if bounds and not bounds.low <= value <= bounds.high:
            raise argparse.ArgumentTypeError(
                f"{text} is not between {bounds.low:g} and {bounds.high:g}"
            )
        return value

    return Path if kind is Path else convert
