"""Train: a network learns from the user's photographs, watched while it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from sr_studio.errors import SrStudioError
from sr_studio.resource_files import data_folder
from sr_studio.ui.canvas_note import canvas_note
from sr_studio.ui.panels._spec import NetworkChoice, Panel, PanelSpec, Workplace
from sr_studio.ui.train.train_bar import TrainBar
from sr_studio.ui.train.train_form import TrainForm
from sr_studio.ui.train.training_run import TrainingRun
from sr_studio.ui.train.validation_panes import baseline_words, validation_panes

if TYPE_CHECKING:
    from sr_studio.tasks.models import ModelInfo
    from sr_studio.tasks.train import TrainReport
    from sr_studio.ui.train.training_board import TrainingBoard

_ID = "train"
_UPSCALE = "upscale"


class TrainPanel(Panel):
    """Ties the form, the training and what is seen of it together."""

    def __init__(self, place: Workplace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settingsPanel")
        self._place = place
        self._is_active = False
        self._shown_restored: object | None = None
        self.board: TrainingBoard | None = None
        self.form = TrainForm(data_folder() / "training")
        self.bar = TrainBar()
        self.run = TrainingRun(place.desk, self)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.form, 1)
        outer.addWidget(self.bar)
        self.form.restore(place.settings.form(_ID))
        self._wire()
        self._on_models(place.networks.models)
        self._on_form()

    @property
    @override
    def is_busy(self) -> bool:
        return self.run.is_busy

    @override
    def activate(self) -> None:
        self._is_active = True
        if self.board is None:  # its curves need a library that nobody else does
            from sr_studio.ui.train.training_board import TrainingBoard

            self.board = TrainingBoard(self._place.theme)
        self._place.view.set_placeholder(
            canvas_note(
                self.tr(
                    "The curves of the training and the picture that it is measured on appear here."
                )
            )
        )
        self._place.view.set_panes(())
        self._place.middle.set_board(self.board)
        self._shown_restored = None
        self._on_preview()

    @override
    def deactivate(self) -> None:
        self._is_active = False
        self._place.middle.set_board(None)

    @override
    def run_current(self) -> None:
        reason = self.form.why_not()
        if reason or self.run.is_busy:
            self._place.messages.tell(
                "warning", reason or self.tr("A training is running already."), ""
            )
            return
        self._place.messages.clear()
        self.run.start(self.form.request(), self.form.recipes.title)
        self._keep(unfinished=str(self.run.folder))
        self._on_run()

    @override
    def cancel(self) -> None:
        if self.run.job is not None:
            self.run.job.cancel()

    @override
    def take_network(self, choice: NetworkChoice) -> None:
        if not self.run.is_busy:
            self.form.recipes.prefer(choice.model, choice.scale)

    def _wire(self) -> None:
        self._place.networks.listed.connect(self._on_models)
        self.form.changed.connect(self._on_form)
        self.form.recipes.refused.connect(self._on_refused)
        self.run.changed.connect(self._on_run)
        self.run.previewed.connect(self._on_preview)
        self.run.ended.connect(self._on_ended)
        self.bar.start_wanted.connect(self.run_current)
        self.bar.finish_wanted.connect(self._finish)
        self.bar.pause_wanted.connect(self.run.toggle_pause)
        self.bar.cancel_wanted.connect(self.cancel)
        self.bar.use_wanted.connect(self._use)

    def _keep(self, *, unfinished: str) -> None:
        self._place.settings.keep_form(_ID, self.form.stored() | {"unfinished": unfinished})

    @Slot(object)
    def _on_models(self, models: tuple[ModelInfo, ...]) -> None:
        self.form.recipes.set_models(models)

    @Slot()
    def _on_form(self) -> None:
        self.bar.allow_start(self.form.why_not(), goes_on=self.form.store.goes_on)
        if not self.run.is_busy:
            problem = self.form.problem()
            report = self.run.report
            self.bar.show_idle(
                problem or self._outcome() or self.form.why_not(),
                can_use=report is not None and bool(report.kept_as),
                is_poor=report is not None and report.below_baseline_db > 0,
                is_problem=bool(problem),
            )

    @Slot(Exception)
    def _on_refused(self, error: Exception) -> None:
        if isinstance(error, SrStudioError):
            self._place.messages.tell("error", error.message, error.advice)

    @Slot()
    def _on_run(self) -> None:
        job = self.run.job
        self.form.set_locked(is_locked=self.run.is_busy)
        if job is not None and not job.has_ended:
            preview = self.run.preview
            self.bar.show_progress(job, None if preview is None else preview.left_s)
        self.busy_changed.emit()

    @Slot()
    def _on_preview(self) -> None:
        preview = self.run.preview
        if not self._is_active or preview is None or self.board is None:
            return
        self.board.show()
        self.board.show_preview(preview)
        if preview.restored is not self._shown_restored or not self._place.view.panes:
            self._shown_restored = preview.restored
            self._place.view.set_panes(validation_panes(preview))
            self._place.middle.refresh()

    @Slot()
    def _on_ended(self) -> None:
        report = self.run.report
        is_whole = report is not None and report.is_complete
        self._keep(unfinished="" if is_whole else str(self.run.folder))
        self.form.set_locked(is_locked=False)
        self.form.store.refresh()
        self._on_form()
        self.busy_changed.emit()
        if report is not None and report.kept_as:
            self._place.networks.load()
            if not self._is_active:
                is_poor = report.below_baseline_db > 0
                self._place.messages.tell(
                    "warning" if is_poor else "info",
                    self.tr("%1 is trained.").replace("%1", self._title(report)),
                    self._outcome(),
                    action=None if is_poor else (self.tr("Use it"), self._use),
                )

    @Slot()
    def _finish(self) -> None:
        if self.run.job is not None:
            self.run.job.finish_early()
            self.bar.show_finishing()

    @Slot()
    def _use(self) -> None:
        report = self.run.report
        if report is not None:
            model = self.form.recipes.model_of(report.model)
            is_colorizer = model is not None and model.task == "colorize"
            panel = "colorize" if is_colorizer else _UPSCALE
            self.other_wanted.emit(panel, NetworkChoice(report.model, report.scales[0]))

    def _title(self, report: TrainReport) -> str:
        scales = ", ".join(f"×{scale}" for scale in report.scales)
        return f"{self.form.recipes.title_of(report.model)} {scales}"

    def _outcome(self) -> str:
        """Say what came of the last training, "" where there was none."""
        report = self.run.report
        if report is None:
            return ""
        words = self.tr("%1 after %2 steps.").replace("%1", self._title(report))
        parts = [words.replace("%2", f"{report.steps:,}")]
        if report.validation_psnr is not None and report.baseline_psnr is not None:
            measured = self.tr("On pictures it did not see: %1 dB, %3 %2 dB.")
            measured = measured.replace("%1", f"{report.validation_psnr:.2f}")
            measured = measured.replace("%3", baseline_words(report.baseline))
            parts.append(measured.replace("%2", f"{report.baseline_psnr:.2f}"))
            if report.below_baseline_db > 0:
                words = self.tr("That is still below %1: train it longer.")
                parts.append(words.replace("%1", baseline_words(report.baseline)))
        return " ".join(parts)


PANEL = PanelSpec(
    id=_ID,
    title="Train",
    icon="mdi6.school-outline",
    order=90,
    run_words=("Start training", ""),
    build=TrainPanel,
)
