"""Several untrained networks fill the same hole, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem
from typing_extensions import override

from sr_studio.engines.prior.network_grid import NetworkCell, NetworkGrid
from sr_studio.imaging.pixel_source import BufferSource
from sr_studio.tasks._network_grid import (
    SIX_NETWORKS,
    GridFiles,
    NetworkGridPictureRequest,
    NetworkGridSettings,
    count_in_words,
    write_grid,
)
from sr_studio.ui.canvas.compare_view import Pane
from sr_studio.ui.forms.request_form import RequestForm
from sr_studio.ui.study.experiment import Experiment
from sr_studio.ui.train.path_field import PathField

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext
    from sr_studio.jobs.runner import Request
    from sr_studio.settings import FormValues

_ROWS_SEEN = 6


@dataclass(frozen=True, slots=True, eq=False)
class SaveGridRequest:
    """Writes the sheet and each network's picture into a folder that is not there yet."""

    grid: NetworkGrid
    folder: Path

    def run(self, context: JobContext) -> GridFiles:
        context.checkpoint()
        folder, number = self.folder, 2
        while folder.exists():
            folder = self.folder.with_name(f"{self.folder.name}-{number}")
            number += 1
        return write_grid(self.grid, folder, overwrite=False)


class NetworkStudy(Experiment):
    """What depth and structure of a network fill a hole with (figure 6 of the paper)."""

    def __init__(self) -> None:
        super().__init__(
            "study-networks",
            self.tr("Networks side by side"),
            self.tr(
                "Each network fills the missing pixels of the open picture, in turns. None was "
                "ever trained: what they fill in comes from their depth and structure alone. "
                "Under each name: PSNR of what it filled in, parameters, iterations."
            ),
        )
        pictures = f"{self.tr('Pictures')} (*.png *.jpg *.jpeg *.tif *.tiff *.webp)"
        self.found: NetworkGrid | None = None
        self.mask_field = PathField(
            self.tr("Mask"), self.tr("White where pixels are missing"), wants=("file",),
            patterns=pictures,
        )  # fmt: skip
        self.truth_field = PathField(
            self.tr("Ground truth"), self.tr("As it should be, to measure PSNR"), wants=("file",),
            patterns=pictures,
        )  # fmt: skip
        self.networks = QListWidget()
        self.networks.setObjectName("ticks")
        self.networks.setAccessibleName(self.tr("Networks"))
        self.networks.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.networks.itemChanged.connect(self.changed)
        self._wanted: tuple[str, ...] = SIX_NETWORKS
        self.form = RequestForm(
            NetworkGridSettings,
            ("hide", "edge", "iterations", "seconds", "seed", "device"),
            titles={
                "hide": self.tr("What is missing"),
                "edge": self.tr("Reduce the picture to"),
                "iterations": self.tr("Iterations of each"),
                "seconds": self.tr("Seconds of each, at most"),
            },
            words={
                "hide": {
                    "mask": self.tr("What the mask says"),
                    "hole": self.tr("The middle is hidden"),
                    "half": self.tr("Half the pixels are hidden"),
                }
            },
        )
        for part in (self.mask_field, self.truth_field, self.form):
            part.changed.connect(self.changed)
        for words, widget in (
            (self.tr("&Mask; without one, what is transparent"), self.mask_field),
            (self.tr("Ground &truth, if you have it"), self.truth_field),
            (self.tr("&Networks"), self.networks),
        ):
            label = QLabel(words)
            label.setBuddy(widget)
            self._column.addWidget(label)
            self._column.addWidget(widget)
        self._column.addWidget(self.form)

    def set_networks(self, networks: Sequence[tuple[str, str]]) -> None:
        """Offer these (id, title), those of the paper first."""
        places = {each: place for place, each in enumerate(SIX_NETWORKS)}
        self.networks.blockSignals(True)  # noqa: FBT003  Qt's signature
        self.networks.clear()
        for prior_id, title in sorted(networks, key=lambda each: places.get(each[0], len(places))):
            item = QListWidgetItem(title)
            item.setData(Qt.ItemDataRole.UserRole, prior_id)
            item.setToolTip(title)
            self.networks.addItem(item)
        self.networks.blockSignals(False)  # noqa: FBT003  Qt's signature
        self._check(self._wanted)
        row_px = self.networks.sizeHintForRow(0)
        self.networks.setFixedHeight(_ROWS_SEEN * row_px + 2 * self.networks.frameWidth())

    @property
    def chosen(self) -> tuple[str, ...]:
        """The ids of those that are ticked."""
        if not self.networks.count():  # so early after the start
            return self._wanted
        items = [self.networks.item(row) for row in range(self.networks.count())]
        return tuple(
            str(item.data(Qt.ItemDataRole.UserRole))
            for item in items
            if item.checkState() == Qt.CheckState.Checked
        )

    @property
    @override
    def has_result(self) -> bool:
        return self.found is not None

    @override
    def values(self) -> FormValues:
        return {"networks": ",".join(self.chosen), **self.form.values()}

    @override
    def set_values(self, values: FormValues) -> None:
        self.form.set_values(values)
        networks = values.get("networks")
        if isinstance(networks, str) and networks:
            self._check(tuple(networks.split(",")))

    @override
    def request(self, source: ImageBuffer) -> Request:
        settings = NetworkGridSettings(networks=",".join(self.chosen), **self.form.values())
        return NetworkGridPictureRequest(
            source, settings, self.mask_field.path, self.truth_field.path
        )

    @override
    def take(self, found: Any) -> None:
        self.found = found if isinstance(found, NetworkGrid) else None

    @override
    def curves(self) -> Sequence[tuple[str, NDArray[np.float32]]]:
        cells = () if self.found is None else self.found.cells
        return tuple((cell.title, cell.losses) for cell in cells)

    @override
    def panes(self) -> tuple[Pane, ...]:
        if self.found is None:
            return ()
        observed = self.found.observed
        panes = [Pane(self.tr("Observed"), BufferSource(observed), self.tr("gray: missing"))]
        for cell in self.found.cells:
            caption = cell.problem or self._caption(cell)
            panes.append(Pane(cell.title, BufferSource(cell.image or observed), caption))
        if self.found.truth is not None:
            panes.append(Pane(self.tr("Ground truth"), BufferSource(self.found.truth)))
        return tuple(panes)

    @override
    def words(self) -> str:
        if self.found is None:
            return ""
        failed = [cell.title for cell in self.found.cells if cell.problem]
        known = [cell for cell in self.found.cells if cell.psnr is not None]
        if known:
            best = max(known, key=lambda cell: cell.psnr or 0.0)
            words = self.tr("%1 comes nearest to the truth: %2 dB in the hole.")
            parts = [words.replace("%1", best.title).replace("%2", f"{best.psnr:.2f}")]
        else:
            count = str(len(self.found.cells) - len(failed))
            parts = [self.tr("%1 networks filled the hole.").replace("%1", count)]
        if failed:
            parts.append(self.tr("Failed: %1.").replace("%1", ", ".join(failed)))
        return " ".join(parts)

    @override
    def saving(self, folder: Path) -> Request | None:
        return None if self.found is None else SaveGridRequest(self.found, folder)

    def _caption(self, cell: NetworkCell) -> str:
        """Say what fits a small pane."""
        parts = [] if cell.psnr is None else [f"{cell.psnr:.2f} dB"]
        parts.append(count_in_words(cell.parameters))
        parts.append(self.tr("iteration %1").replace("%1", f"{cell.iteration:,}"))
        return " · ".join(parts)

    def _check(self, ids: Sequence[str]) -> None:
        self._wanted = tuple(ids)
        for row in range(self.networks.count()):
            item = self.networks.item(row)
            is_on = item.data(Qt.ItemDataRole.UserRole) in ids
            item.setCheckState(Qt.CheckState.Checked if is_on else Qt.CheckState.Unchecked)
