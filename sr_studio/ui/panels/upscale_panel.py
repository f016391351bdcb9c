"""The panel that enlarges photos: network, size, look, ground truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from sr_studio.errors import SrStudioError
from sr_studio.tasks._networks import Networks
from sr_studio.tasks.upscale import UpscaleSettings, result_size
from sr_studio.ui.panels._spec import NetworkChoice, Panel, PanelSpec, Workplace
from sr_studio.ui.upscale.network_supply import NetworkSupply
from sr_studio.ui.upscale.result_check import ResultCheckView
from sr_studio.ui.upscale.run_bar import RunBar
from sr_studio.ui.upscale.upscale_form import UpscaleForm
from sr_studio.ui.upscale.upscale_runs import UpscaleDetail, UpscaleRuns, is_same_work
from sr_studio.ui.upscale.upscale_stage import UpscaleStage, Wish

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sr_studio.tasks.models import ModelInfo
    from sr_studio.tasks.upscale import UpscalePreview
    from sr_studio.ui.documents import PictureDocument

_ID = "upscale"


class UpscalePanel(Panel):
    """Ties the form, the runs and the canvas together."""

    def __init__(self, place: Workplace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settingsPanel")
        self._place = place
        self._settings = UpscaleSettings()
        self._complaints: dict[str, SrStudioError] = {}
        self._early: list[PictureDocument] = []
        self.form = UpscaleForm()
        self.check = ResultCheckView()
        self.run_bar = RunBar(self.check)
        self.networks = place.networks
        self.supply = NetworkSupply(place, self.form.picker, self.networks, self)
        networks = Networks()
        self.runs = UpscaleRuns(place.desk, place.documents, networks, self)
        self.stage = UpscaleStage(place, networks, self)
        self._lay_out()
        self.form.restore(place.settings.form(_ID))
        self._wire()
        self._on_settings()

    @property
    @override
    def is_busy(self) -> bool:
        return self.runs.is_busy or bool(self._early)

    @override
    def activate(self) -> None:
        self.stage.set_active(is_active=True)

    @override
    def deactivate(self) -> None:
        self.stage.set_active(is_active=False)

    @override
    def run_current(self) -> None:
        document = self._place.documents.current
        if document is None:
            self._place.messages.tell("info", self.tr("Open a photo first."), "")
        else:
            self._run([document])

    @override
    def run_all(self) -> None:
        self._run([d for d in self._place.documents if d.state != "failed" or d.dimensions])

    @override
    def cancel(self) -> None:
        self._early = []
        self.runs.cancel()
        self._on_shown()

    @override
    def take_network(self, choice: NetworkChoice) -> None:
        self.form.picker.prefer(choice.model)
        self.form.size_controls.choose_scale(choice.scale)

    @override
    def take_weights(self, paths: Sequence[Path]) -> None:
        for path in paths:
            self.networks.import_file(path)

    def _run(self, documents: list[PictureDocument]) -> None:
        error = next(iter(self._complaints.values()), None)
        if error is not None:
            self._place.messages.tell("warning", error.message, error.advice)
            return
        if self.form.picker.model is None:  # so early after the start: do it when the list is there
            self._early = documents
            self.run_bar.show_idle(self._idle_words())
            return
        if not self.form.picker.has_weights:
            self._place.messages.tell(
                "warning", self.tr("The chosen network has no weights on this machine."),
                self.tr("Choose another one, or get weights for it in the panel at the right."),
            )  # fmt: skip
            return
        settings = self._settings
        recipe = self.form.recipe
        todo = [
            d
            for d in documents
            if d.outcome is None or not is_same_work(d.outcome, settings, recipe)
        ]
        self._place.messages.clear()
        can_finish = self.form.picker.model.learns_from == "picture"
        self.runs.add(todo, settings, recipe, can_finish=can_finish)

    @Slot()
    def _train(self) -> None:
        picker = self.form.picker
        if picker.model is not None:
            self.other_wanted.emit("train", NetworkChoice(picker.model.id, picker.scale))

    def _lay_out(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.form, 1)
        outer.addWidget(self.run_bar)

    def _wire(self) -> None:
        self.form.changed.connect(self._on_settings)
        self.networks.listed.connect(self._on_models)
        self.form.picker.train_wanted.connect(self._train)
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

    @Slot(object)
    def _on_models(self, models: tuple[ModelInfo, ...]) -> None:
        self.form.picker.set_models([m for m in models if m.task != "colorize"])
        early = [document for document in self._early if document in self._place.documents]
        self._early = []
        if early:
            self._run(early)

    @Slot()
    def _on_settings(self) -> None:
        try:
            self._settings = self.form.settings()
        except SrStudioError as error:
            self._judge("words", error)
            return
        self._judge("words", None)
        model = self.form.picker.model
        wish = Wish(
            settings=self._settings,
            title=model.title if model is not None else "",
            recipe=self.form.recipe,
            can_run=self.form.picker.has_weights,
            has_preview=model is None or model.learns_from == "weights",
        )
        self.stage.set_wish(wish)
        if model is not None:
            self._place.settings.keep_form(_ID, self.form.stored())
        self._on_shown()

    def _judge(self, part: Literal["words", "size"], error: SrStudioError | None) -> None:
        """Tell what is wrong with a part of the settings, until it is right again."""
        if error is not None:
            self._complaints[part] = error
            self._place.messages.tell("warning", error.message, error.advice)
        elif self._complaints.pop(part, None) is not None:
            self._place.messages.clear()

    @Slot()
    def _on_shown(self) -> None:
        """Bring all that depends on the shown picture up to date."""
        document = self._place.documents.current
        size = None if document is None else document.dimensions
        self.form.size_controls.set_source(size)
        self._show_size(size)
        outcome = self.stage.outcome
        detail = None if outcome is None else outcome.detail
        self.check.show_result(detail.result if isinstance(detail, UpscaleDetail) else None)
        model = self.form.picker.model
        self.run_bar.name_work(removes_noise=model is not None and model.task == "denoise")
        reason = self._why_not(document)
        self.run_bar.allow_run(reason, is_done=outcome is not None)
        self.run_bar.run_all_button.setEnabled(not reason and len(self._place.documents) > 1)
        self.run_bar.save_button.setEnabled(document is not None and document.outcome is not None)
        if self.is_busy:
            return
        if isinstance(detail, UpscaleDetail):
            self.run_bar.show_done(detail.result.report)
        else:
            self.run_bar.show_idle(self._idle_words())

    def _why_not(self, document: PictureDocument | None) -> str:
        """Return why nothing can be enlarged now, "" if it can."""
        if document is None:
            return self.tr("Open a photo first.")
        if document.dimensions is None:
            return self.tr("This picture is not read.")
        if self.form.picker.model is None:
            return self.tr("The networks are not listed yet.")
        if not self.form.picker.has_weights:
            return self.tr("The chosen network has no weights on this machine.")
        return ""

    def _idle_words(self) -> str:
        """Return what is to be said while no full run is under way."""
        if self._early:
            return self.tr("Starts as soon as the networks are listed…")
        if self.stage.is_previewing:
            return self.tr("Preview…")
        document = self._place.documents.current
        is_stale = document is not None and document.outcome is not None
        if is_stale:
            return self.tr("The last full result has other settings.")
        model = self.form.picker.model
        if document is not None and model is not None and model.learns_from == "picture":
            return self.tr("No preview: it learns once you start it.")
        return ""

    def _show_size(self, size: tuple[int, int] | None) -> None:
        low = None
        if size is not None and self.form.truth.switch.isChecked():
            scale = self.form.size_controls.scale
            low = size = size[0] // scale, size[1] // scale
        result = None
        if size is not None and min(size) > 0:
            try:
                result = result_size(*size, self._settings)
            except SrStudioError as error:
                self._judge("size", error)
            else:
                self._judge("size", None)
        self.form.size_controls.show_result(result, low)

    @Slot()
    def _on_preview_busy(self) -> None:
        if not self.is_busy and self.stage.outcome is None:
            self.run_bar.show_idle(self._idle_words())

    @Slot(bool)
    def _on_map(self, is_on: bool) -> None:  # noqa: FBT001  Qt's signal
        self.stage.show_map(shows_map=is_on)

    @Slot()
    def _on_runs(self) -> None:
        self.stage.set_paused(is_paused=self.runs.is_busy)
        if self.runs.is_busy:
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
        if is_shown and self.runs.work == (self._settings, self.form.recipe):
            self.stage.add_tiles(tiles)

    @Slot(int)
    def _on_removed(self, _index: int) -> None:
        running = self.runs.document
        if running is not None and running not in self._place.documents:
            self.runs.forget(running)


PANEL = PanelSpec(
    id=_ID,
    title="Upscale",
    icon="mdi6.arrow-expand-all",
    order=10,
    run_words=("Upscale", "Upscale all"),
    build=UpscalePanel,
)
