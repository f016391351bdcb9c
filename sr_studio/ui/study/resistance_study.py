"""The experiment behind Deep Image Prior: pictures are learned before noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from sr_studio.engines.prior.resistance import Resistance
from sr_studio.imaging.pixel_source import BufferSource
from sr_studio.tasks.resistance import ResistancePictureRequest, ResistanceSettings
from sr_studio.ui.canvas.compare_view import Pane
from sr_studio.ui.forms.request_form import RequestForm
from sr_studio.ui.study.experiment import Experiment

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.runner import Request
    from sr_studio.settings import FormValues


class ResistanceStudy(Experiment):
    """Fits one network to a picture, to it with noise, to its shuffled pixels and to noise."""

    def __init__(self) -> None:
        super().__init__(
            "study",
            self.tr("Resistance to noise"),
            self.tr(
                "The same untrained network is fitted to the open picture, to the picture with "
                "noise, to its pixels in random order, and to noise alone. It learns the picture "
                "first: that resistance is what restores pictures."
            ),
        )
        self._names = (
            self.tr("Picture"),
            self.tr("With noise"),
            self.tr("Shuffled pixels"),
            self.tr("Noise alone"),
        )
        self.found: Resistance | None = None
        self.form = RequestForm(
            ResistanceSettings,
            ("edge", "iterations", "network", "seed", "device"),
            titles={"edge": self.tr("Reduce the picture to"), "network": self.tr("Network")},
        )
        self.form.changed.connect(self.changed)
        self._column.addWidget(self.form)

    @property
    @override
    def has_result(self) -> bool:
        return self.found is not None

    @override
    def values(self) -> FormValues:
        return self.form.values()

    @override
    def set_values(self, values: FormValues) -> None:
        self.form.set_values(values)

    @override
    def request(self, source: ImageBuffer) -> Request:
        return ResistancePictureRequest(source, ResistanceSettings(**self.form.values()))

    @override
    def take(self, found: Any) -> None:
        self.found = found if isinstance(found, Resistance) else None

    @override
    def curves(self) -> Sequence[tuple[str, NDArray[np.float32]]]:
        if self.found is None:
            return ()
        return tuple(zip(self._names, self.found.losses, strict=True))

    @override
    def panes(self) -> tuple[Pane, ...]:
        if self.found is None:
            return ()
        return tuple(
            Pane(name, BufferSource(picture), self.tr("loss %1").replace("%1", f"{loss:.4f}"))
            for name, picture, loss in zip(
                self._names, self.found.pictures, self.found.losses[:, -1], strict=True
            )
        )

    @override
    def words(self) -> str:
        if self.found is None:
            return ""
        losses = self.found.losses[:, -1]
        words = self.tr("After %1 iterations the picture's loss is %2, that of noise alone %3.")
        words = words.replace("%1", f"{self.found.losses.shape[1]:,}")
        return words.replace("%2", f"{losses[0]:.4f}").replace("%3", f"{losses[3]:.4f}")
