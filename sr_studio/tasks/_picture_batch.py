"""The same work on several pictures: one that fails is told, the rest go on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from sr_studio.errors import InvalidRequest, SrStudioError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sr_studio.jobs.control import JobContext


class WrittenPicture(Protocol):
    """What a task says of a picture that it has written."""

    def text(self) -> str: ...


Written = TypeVar("Written", bound=WrittenPicture)


@dataclass(frozen=True, slots=True)
class PictureBatch(Generic[Written]):
    """Several pictures that were written.

    Attributes:
        output: the folder.
        pictures: what was written.
        failures: a sentence for each picture that was not.
    """

    output: Path
    pictures: tuple[Written, ...]
    failures: tuple[str, ...]

    def text(self) -> str:
        return "\n".join(picture.text() for picture in self.pictures)


def run_batch(
    sources: Sequence[Path],
    output: Path,
    write: Callable[[int, JobContext], Written],
    context: JobContext,
) -> PictureBatch[Written]:
    """Write one picture after the other.

    Args:
        sources: the pictures.
        output: the folder.
        write: does the work on the picture of that index.
        context: of the job.

    Raises:
        InvalidRequest: from `write`: what is wrong with the settings is wrong for every picture.
    """
    pictures, failures = [], []
    for index, source in enumerate(sources):
        try:
            pictures.append(write(index, context.part(index / len(sources), 1 / len(sources))))
        except InvalidRequest:
            raise
        except SrStudioError as error:
            failures.append(f"{source}: {error.message} {error.advice}".rstrip())
    return PictureBatch(output, tuple(pictures), tuple(failures))
