"""List, download, import and verify the weights of the networks."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from sr_studio.errors import InvalidRequest, SrStudioError
from sr_studio.tasks._spec import Flag, Help, TaskSpec
from sr_studio.tasks.models import align

if TYPE_CHECKING:
    from sr_studio.jobs.control import JobContext
    from sr_studio.models._weight_entry import WeightEntry
    from sr_studio.models._weights import WeightStore


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One weight file, here or to be fetched.

    Attributes:
        id: of the weights.
        model: the network they are for.
        scales: that they serve.
        origin: shipped, installed, local, downloadable or none.
        path: None where it is not on this machine.
        sha256: of the file at `path`; empty without one.
        bytes: of the file or of the download; 0 where not known.
        licence: SPDX name, or "none stated".
        advice: how to bring it here; empty where it is.
        error: what went wrong with this one; empty where nothing did.
        found: what an import recognised the file as, and by what; empty elsewhere.
    """

    id: str
    model: str
    scales: tuple[int, ...]
    origin: str
    path: Path | None
    sha256: str
    bytes: int
    licence: str
    advice: str
    error: str = ""
    found: str = field(default="", compare=False)


class WeightList(tuple[WeightFile, ...]):
    """Weight files, and how they read on a terminal."""

    __slots__ = ()

    @property
    def failures(self) -> tuple[str, ...]:
        """A sentence for each file with which something went wrong."""
        return tuple(f"{file.id}: {file.error}" for file in self if file.error)

    def text(self) -> str:
        rows = [("WEIGHTS", "NETWORK", "SCALES", "ORIGIN", "SIZE", "LICENCE", "")]
        rows += [
            (
                file.id,
                file.model,
                " ".join(f"x{scale}" for scale in file.scales),
                file.origin,
                f"{file.bytes / 1e6:.1f} MB" if file.bytes else "-",
                file.licence,
                file.advice or (str(file.path) if file.origin == "local" else ""),
            )
            for file in self
        ]
        found = [f"{file.id}: {file.found}." for file in self if file.found]
        return "\n".join([*found, *([""] if found else []), align(rows)])


@dataclass(frozen=True, slots=True)
class WeightsRequest:
    """Do one thing with weights."""

    action: Annotated[
        Literal["list", "download", "import", "verify"],
        Flag(positional=True),
        Help("what to do: list, download, import or verify"),
    ]
    names: Annotated[
        tuple[str, ...],
        Flag(positional=True, metavar="ID|FILE"),
        Help("ids of weights or networks (none: all); files to import"),
    ] = ()
    model: Annotated[str | None, Help("network of an imported file; else found out")] = None
    scale: Annotated[int | None, Help("scale of an imported file; else found out")] = None
    id: Annotated[str | None, Help("what to call an imported file")] = None
    mirror: Annotated[
        str | None, Help("address of a folder that holds copies of the published files")
    ] = None

    def __post_init__(self) -> None:
        if self.action in ("download", "import") and not self.names:
            is_import = self.action == "import"
            what = "the files" if is_import else "the ids of weights or networks"
            raise InvalidRequest(
                f"Name {what} to {self.action}.",
                advice=f"See: sr-studio weights {'--help' if is_import else 'list'}",
            )
        if self.action != "import" and (self.model or self.scale or self.id):
            raise InvalidRequest(
                "--model, --scale and --id belong to import.",
                advice=f"Leave them out, or name networks behind {self.action}.",
            )
        if self.mirror is not None and self.action != "download":
            raise InvalidRequest("--mirror belongs to download.", advice="Leave it out.")
        if self.id and len(self.names) > 1:
            raise InvalidRequest("--id names one file.", advice="Import one file at a time.")

    def run(self, context: JobContext) -> WeightList:
        """Do it for one after the other; where one fails, the rest go on."""
        from sr_studio.models._weights import WeightStore

        store = WeightStore()
        names = self.names if self.action == "import" else self._ids(store)
        files = []
        for number, name in enumerate(names):
            context.checkpoint()
            part = context.part(number / len(names), 1 / len(names))
            try:
                files.append(_describe(self._do(store, name, part)))
            except SrStudioError as error:
                if len(names) == 1:
                    raise
                sentence = f"{error.message} {error.advice}".rstrip()
                files.append(WeightFile(name, "", (), "none", None, "", 0, "", "", sentence))
            part.report(1, 1, name)
        return WeightList(files)

    def _ids(self, store: WeightStore) -> tuple[str, ...]:
        """Return the ids of weights that `names` stand for: a network stands for all of its own."""
        from sr_studio.models._recognition import refuse_weights

        entries = store.entries()
        if not self.names:
            needs_file = self.action == "verify"
            return tuple(entry.id for entry in entries if entry.path or not needs_file)
        ids: dict[str, None] = {}
        for name in self.names:
            of_model = [entry.id for entry in entries if entry.model_id == name]
            known = store.specs()
            if not of_model and name in known:
                refuse_weights(known[name])
                raise InvalidRequest(
                    f"No weights of {name} are known.",
                    advice=f"Import your own: sr-studio weights import FILE --model {name} "
                    "--scale N",
                )
            ids |= dict.fromkeys(of_model or [name])
        return tuple(ids)

    def _do(self, store: WeightStore, name: str, context: JobContext) -> WeightEntry:
        match self.action:
            case "list":
                return store.find(name)
            case "download":
                return store.download(name, context, mirror=self.mirror)
            case "import":
                return store.import_file(Path(name), self.model, self.scale, self.id)
            case "verify":
                return store.verify(name)


def _describe(entry: WeightEntry) -> WeightFile:
    from sr_studio.models._weight_files import sha256_of

    return WeightFile(
        entry.id,
        entry.model_id,
        entry.scales,
        entry.origin,
        entry.path,
        sha256_of(entry.path) if entry.path else "",
        entry.bytes,
        entry.licence,
        entry.advice,
        found=entry.found,
    )


TASK = TaskSpec(
    id="weights",
    title="Weights",
    help="List, download, import and verify the weights of the networks.",
    example="sr-studio weights download imdn-x4",
    request=WeightsRequest,
)
