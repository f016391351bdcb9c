"""The panel that enlarges photos: network, size, look, ground truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Slot
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from sr_studio.errors import SrStudioError
from sr_studio.tasks._networks import Networks
from sr_studio.tasks.models import ListModelsRequest
from sr_studio.tasks.upscale import UpscaleSettings, result_size
from sr_studio.tasks.weights import WeightsRequest
from sr_studio.ui.durations import duration_in_words
from sr_studio.ui.forms.request_form import RequestForm
from sr_studio.ui.panels._spec import Panel, PanelSpec, Workplace
from sr_studio.ui.section import Section
from sr_studio.ui.upscale.network_picker import NetworkPicker
from sr_studio.ui.upscale.result_check import ResultCheckView
from sr_studio.ui.upscale.run_bar import RunBar
from sr_studio.ui.upscale.size_controls import SizeControls
from sr_studio.ui.upscale.truth_controls import TruthControls
from sr_studio.ui.upscale.upscale_runs import UpscaleDetail, UpscaleRuns, is_same_work
from sr_studio.ui.upscale.upscale_stage import UpscaleStage, Wish

if TYPE_CHECKING:
    from sr_studio.tasks.models import ModelInfo
    from sr_studio.tasks.upscale import UpscalePreview
    from sr_studio.ui.documents import PictureDocument

_ID = "upscale"
_AFTER_FIRST_PAINTING_MS = 100


class UpscalePanel(Panel):
    """Turns widgets into settings; what they do lies in ui/upscale."""

    def __init__(self, place: Workplace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settingsPanel")
        self._place = place
        self._settings = UpscaleSettings()
        self._early: list[PictureDocument] = []
        self.picker = NetworkPicker()
        self.size_controls = SizeControls()
        self.look = RequestForm(
            UpscaleSettings,
            ("strength", "match_tone"),
            titles={
                "strength": self.tr("Strength: faithful to deep"),
                "match_tone": self.tr("Match source tone"),
            },
        )
        self.truth = TruthControls()
        self.machine = RequestForm(
            UpscaleSettings,
            ("tile", "precision", "device"),
            titles={
                "tile": self.tr("Tile: auto, off, or pixels"),
                "precision": self.tr("Precision"),
                "device": self.tr("Device"),
            },
        )
        self.check = ResultCheckView()
        self.run_bar = RunBar()
        networks = Networks()
        self.runs = UpscaleRuns(place.desk, place.documents, networks, self)
        self.stage = UpscaleStage(place, networks, self)
        self._lay_out()
        self._restore()
        self._wire()
        # torch comes behind the window: importing it at once would hold up the first painting
        later = QTimer(self, singleShot=True, interval=_AFTER_FIRST_PAINTING_MS)
        later.timeout.connect(self._load_models)
        later.start()
        self._on_settings()

    @property
    @override
    def is_busy(self) -> bool:
        return self.runs.is_busy

    def _read_settings(self) -> UpscaleSettings:
        """Return what the widgets say.

        Raises:
            InvalidRequest: a text cannot be understood.
        """
        model = self.picker.model
        values: dict[str, Any] = {**self.look.values(), **self.machine.values()}
        if self.truth.switch.isChecked():
            values["scale"] = self.size_controls.scale
        else:
            values.update(self.size_controls.values())
        if model is not None:
            values["model"] = model.id
        return UpscaleSettings(**values)

    @override
    def activate(self) -> None:
        self.stage.set_active(is_active=True)

    @override
    def deactivate(self) -> None:
        self.stage.set_active(is_active=False)

    @override
    def run_current(self) -> None:
        document = self._place.documents.current
        if document is not None:
            self._run([document])

    @override
    def run_all(self) -> None:
        self._run([d for d in self._place.documents if d.state != "failed" or d.dimensions])

    @override
    def cancel(self) -> None:
        self.runs.cancel()

    def _run(self, documents: list[PictureDocument]) -> None:
        if self.picker.model is None:  # so early after the start: do it when the list is there
            self._early = documents
            return
        if not self.picker.has_weights:
            self._place.messages.tell(
                "warning", self.tr("The chosen network has no weights on this machine."),
                self.tr("Choose another one, or download its weights."),
            )  # fmt: skip
            return
        settings = self._settings
        recipe = self.truth.recipe(self.size_controls.scale)
        todo = [
            d
            for d in documents
            if d.outcome is None or not is_same_work(d.outcome, settings, recipe)
        ]
        self._place.messages.clear()
        self.runs.add(todo, settings, recipe)

    def _lay_out(self) -> None:
        page = QWidget()
        page.setObjectName("settingsPage")
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(12)
        title = QLabel(self.tr("Upscale"))
        title.setObjectName("panelTitle")
        column.addWidget(title)
        for words, widget, is_folded in (
            (self.tr("Network"), self.picker, None),
            (self.tr("Size"), self.size_controls, None),
            (self.tr("Look"), self.look, None),
            (self.tr("Ground truth"), self.truth, None),
            (self.tr("Machine"), self.machine, True),
        ):
            section = Section(words, is_folded=is_folded)
            section.add(widget)
            column.addWidget(section)
        column.addWidget(self.check)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(scroll, 1)
        outer.addWidget(self.run_bar)

    def _wire(self) -> None:
        for part in (self.size_controls, self.look, self.truth, self.machine):
            part.changed.connect(self._on_settings)
        self.picker.changed.connect(self._on_network)
        self.picker.download_wanted.connect(self._on_download)
        self.run_bar.run_wanted.connect(self.run_current)
        self.run_bar.run_all_wanted.connect(self.run_all)
        self.run_bar.cancel_wanted.connect(self.cancel)
        self.run_bar.save_wanted.connect(self.save_wanted)
        self.check.map_toggled.connect(self._on_map)
        self.stage.shown.connect(self._on_shown)
        self.stage.preview_busy.connect(self._on_preview_busy)
        self.runs.changed.connect(self._on_runs)
        self.runs.progressed.connect(self._on_progress)
        self.runs.tiles_ready.connect(self._on_tiles)
        self._place.documents.removed.connect(self._on_removed)

    def _restore(self) -> None:
        values = self._place.settings.form(_ID)
        model = values.get("model")
        self.picker.prefer(model if isinstance(model, str) else UpscaleSettings().model)
        for part in (self.size_controls, self.truth):
            part.restore(values)
        for form in (self.look, self.machine):
            form.set_values(values)

    @Slot()
    def _load_models(self) -> None:
        job = self._place.desk.start(
            ListModelsRequest(), title=self.tr("Look for networks"), is_listed=False
        )
        job.succeeded.connect(self._on_models)

    @Slot(object)
    def _on_models(self, models: tuple[ModelInfo, ...]) -> None:
        self.picker.set_models(models)
        early = [document for document in self._early if document in self._place.documents]
        self._early = []
        if early:
            self._run(early)

    @Slot()
    def _on_network(self) -> None:
        model = self.picker.model
        if model is not None:
            with QSignalBlocker(self.size_controls):
                self.size_controls.set_scales(model.scales)
        self._on_settings()

    @Slot()
    def _on_settings(self) -> None:
        self.picker.set_scale(self.size_controls.scale)
        try:
            self._settings = self._read_settings()
        except SrStudioError as error:
            self._place.messages.tell("warning", error.message, error.advice)
            return
        model = self.picker.model
        wish = Wish(
            settings=self._settings,
            title=model.title if model is not None else "",
            recipe=self.truth.recipe(self.size_controls.scale),
            can_run=self.picker.has_weights,
        )
        self.stage.set_wish(wish)
        if model is not None:
            stored = {**self.size_controls.stored(), **self.truth.stored(), **self.look.values()}
            self._place.settings.keep_form(
                _ID, {**stored, **self.machine.values(), "model": model.id}
            )
        self._on_shown()

    @Slot()
    def _on_shown(self) -> None:
        """Bring all that depends on the shown picture up to date."""
        document = self._place.documents.current
        size = None if document is None else document.dimensions
        self.size_controls.set_source(size)
        self._show_size(size)
        outcome = self.stage.outcome
        detail = None if outcome is None else outcome.detail
        self.check.show_result(detail.result if isinstance(detail, UpscaleDetail) else None)
        can_run = size is not None and self.picker.has_weights
        self.run_bar.run_button.setEnabled(can_run and outcome is None)
        self.run_bar.run_all_button.setEnabled(can_run and len(self._place.documents) > 1)
        self.run_bar.save_button.setEnabled(document is not None and document.outcome is not None)
        if outcome is not None and isinstance(detail, UpscaleDetail) and not self.is_busy:
            report = detail.result.report
            self.run_bar.show_idle(
                self.tr("Done in %1 · %2 · %3")
                .replace("%1", duration_in_words(report.seconds))
                .replace("%2", str(report.device))
                .replace("%3", str(report.precision))
            )
        elif not self.is_busy:
            self.run_bar.show_idle()

    def _show_size(self, size: tuple[int, int] | None) -> None:
        low = None
        if size is not None and self.truth.switch.isChecked():
            scale = self.size_controls.scale
            low = size = size[0] // scale, size[1] // scale
        result = None
        if size is not None:
            try:
                result = result_size(*size, self._settings)
            except SrStudioError as error:
                self._place.messages.tell("warning", error.message, error.advice)
        self.size_controls.show_result(result, low)

    @Slot()
    def _on_preview_busy(self) -> None:
        if not self.is_busy and self.stage.outcome is None:
            self.run_bar.show_idle(self.tr("Preview…") if self.stage.is_previewing else "")

    @Slot(bool)
    def _on_map(self, is_on: bool) -> None:  # noqa: FBT001  Qt's signal
        self.stage.show_map(shows_map=is_on)

    @Slot()
    def _on_runs(self) -> None:
        self.stage.set_paused(is_paused=self.is_busy)
        if self.is_busy:
            self.run_bar.show_progress(self.runs)
        else:
            self._on_shown()
        self.busy_changed.emit()

    @Slot()
    def _on_progress(self) -> None:
        self.run_bar.show_progress(self.runs)

    @Slot(object)
    def _on_tiles(self, tiles: UpscalePreview) -> None:
        is_shown = self.runs.document is self._place.documents.current
        if is_shown and self.runs.settings == self._settings:
            self.stage.add_tiles(tiles)

    @Slot(int)
    def _on_removed(self, _index: int) -> None:
        running = self.runs.document
        if running is not None and running not in self._place.documents:
            self.runs.forget(running)

    @Slot(str)
    def _on_download(self, weight_id: str) -> None:
        job = self._place.desk.start(
            WeightsRequest("download", (weight_id,)),
            title=self.tr("Download %1").replace("%1", weight_id),
            on="downloads",
        )
        job.succeeded.connect(self._load_models)


PANEL = PanelSpec(
    id=_ID,
    title="Upscale",
    icon="mdi6.arrow-expand-all",
    order=10,
    run_words=("Upscale", "Upscale all"),
    build=UpscalePanel,
)
