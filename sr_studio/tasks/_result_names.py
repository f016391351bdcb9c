"""Where the results of a batch go."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sr_studio.errors import CannotWrite, InvalidRequest, OutputExists
from sr_studio.tasks._naming import distinct_path, output_path
from sr_studio.tasks._upscale_settings import DEFAULT_SCALE, UpscaleSettings, result_size

if TYPE_CHECKING:
    from collections.abc import Sequence

_SAVED_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".avif"})
_SUFFIX_OF = {"jpeg": ".jpg", "png": ".png", "tiff": ".tif", "webp": ".webp", "avif": ".avif"}


class ResultNames:
    """Where each result goes; refuses what is taken, before any work where that can be told.

    Args:
        sources: the pictures.
        output: a file, or the folder of the results.
        settings: how large they become.
        is_folder: which of the two `output` is.
        template: of names in a folder.
        file_format: of the results; "auto": that of the source.
        overwrite: results may replace what stands there.

    Raises:
        OutputExists: a name is taken and overwriting was not asked for.
        InvalidRequest: a result would replace a source.
        CannotWrite: the folder is missing or may not be written to, or the name says no format.
    """

    def __init__(
        self,
        sources: Sequence[Path],
        output: Path,
        settings: UpscaleSettings,
        *,
        is_folder: bool,
        template: str,
        file_format: str,
        overwrite: bool,
    ) -> None:
        self._sources = sources
        self._output = output
        self._settings = settings
        self._template = template
        self._file_format = file_format
        self._overwrite = overwrite
        self._originals = {source.resolve() for source in sources}
        self._taken: set[Path] = set()
        self._early: list[Path] | None = None
        if not is_folder:
            self._early = [self._checked(output)]
        elif not self._needs_size():
            self._early = [self._name(index, 0, 0) for index in range(len(sources))]

    def path(self, index: int, width: int, height: int) -> Path:
        """Return the path for the result of a source of this size."""
        if self._early is not None:
            return self._early[index]
        return self._name(index, width, height)

    def _needs_size(self) -> bool:
        settings, template = self._settings, self._template
        is_scaled = settings.size is None and settings.long_edge is None
        needing = ("{width}", "{height}") if is_scaled else ("{width}", "{height}", "{scale}")
        return any(name in template for name in needing)

    def _name(self, index: int, width: int, height: int) -> Path:
        source, settings = self._sources[index], self._settings
        size = result_size(width, height, settings) if width else (0, 0)
        path = output_path(
            self._template,
            self._output,
            source,
            model=settings.model,
            scale=max(size) / max(width, height) if width else settings.scale or DEFAULT_SCALE,
            width=size[0],
            height=size[1],
            counter=index + 1,
            suffix=_suffix(source, self._file_format),
        )
        path = self._checked(distinct_path(path, self._taken))
        self._taken.add(path)
        return path

    def _checked(self, path: Path) -> Path:
        from sr_studio.imaging.atomic_file import explain_errors
        from sr_studio.imaging.encode_image import check_name

        with explain_errors(path):
            self._refuse_taken(path)
        check_name(path, self._file_format)
        return path

    def _refuse_taken(self, path: Path) -> None:
        if path.resolve() in self._originals:
            raise InvalidRequest(
                f"The result would replace the picture {path}.", advice="Choose another output."
            )
        if path.is_dir():
            raise CannotWrite(f"{path} is a folder.", advice="Name a file in it.")
        if path.exists() and not self._overwrite:
            raise OutputExists(
                f"{path} exists already.", advice="Choose another name or add --overwrite."
            )
        if path.parent != self._output and not path.parent.is_dir():
            raise CannotWrite(
                f"The folder {path.parent} does not exist.", advice="Make it, or choose another."
            )
        if path.parent.is_dir() and not os.access(path.parent, os.W_OK):
            raise CannotWrite(
                f"The folder {path.parent} may not be written to.", advice="Choose another folder."
            )


def _suffix(source: Path, file_format: str) -> str:
    if file_format != "auto":
        return _SUFFIX_OF[file_format]
    suffix = source.suffix.lower()
    return suffix if suffix in _SAVED_SUFFIXES else ".png"
