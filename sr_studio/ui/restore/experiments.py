"""What the Study panel can do with a picture."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from typing_extensions import override

from sr_studio.tasks.priors import PriorsPictureRequest, PriorsSettings
from sr_studio.tasks.resistance import ResistancePictureRequest, ResistanceSettings
from sr_studio.ui.forms.request_form import RequestForm

if TYPE_CHECKING:
    from sr_studio.engines.prior.fits_compared import FitsCompared
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.runner import Request
    from sr_studio.settings import FormValues


class Experiment(QObject):
    """Several fits of one picture, side by side.

    Attributes:
        id: kept in the settings.
        title: of it.
        about: what it shows.
        form: its settings.
    """

    id: str
    title: str
    about: str
    form: RequestForm

    @abstractmethod
    def request(self, image: ImageBuffer) -> Request:
        """Return what to run; its result and previews are FitsCompareds."""

    @abstractmethod
    def titles(self, found: FitsCompared) -> tuple[str, ...]:
        """Return what the fits are called."""

    @abstractmethod
    def words(self, found: FitsCompared) -> str:
        """Return what came of it."""

    def captions(self, found: FitsCompared) -> tuple[str, ...]:
        """Return the line under each title."""
        loss = self.tr("loss %1")
        return tuple(
            problem or (loss.replace("%1", f"{last:.4f}") if psnr is None else f"{psnr:.2f} dB")
            for problem, psnr, last in zip(
                found.problems, found.psnrs, found.last_losses(), strict=True
            )
        )


class ResistanceExperiment(Experiment):
    """One network, four pictures."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.id = "resistance"
        self.title = self.tr("Resistance to noise")
        self.about = self.tr(
            "The same untrained network is fitted to the open picture, to the picture with "
            "noise, to its pixels in random order, and to noise alone. It learns the picture "
            "first: that resistance is what restores pictures."
        )
        self.form = RequestForm(
            ResistanceSettings,
            ("edge", "iterations", "network", "seed", "device"),
            titles={"edge": self.tr("Reduce the picture to"), "network": self.tr("Network")},
        )

    @override
    def request(self, image: ImageBuffer) -> Request:
        return ResistancePictureRequest(image, ResistanceSettings(**self.form.values()))

    @override
    def titles(self, found: FitsCompared) -> tuple[str, ...]:
        return (
            self.tr("Picture"),
            self.tr("With noise"),
            self.tr("Shuffled pixels"),
            self.tr("Noise alone"),
        )

    @override
    def words(self, found: FitsCompared) -> str:
        losses = found.last_losses()
        words = self.tr("After %1 iterations the picture's loss is %2, that of noise alone %3.")
        words = words.replace("%1", f"{found.losses.shape[1]:,}")
        return words.replace("%2", f"{losses[0]:.4f}").replace("%3", f"{losses[3]:.4f}")


class NetworksExperiment(Experiment):
    """One picture, several networks."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.id = "networks"
        self.title = self.tr("Networks side by side")
        self.about = self.tr(
            "A part of the open picture is hidden, and untrained networks of different depth and "
            "kind look for it. Which one finds it tells which structure knows pictures best."
        )
        self.form = RequestForm(
            PriorsSettings,
            ("hide", "networks", "edge", "iterations", "seed", "device"),
            titles={"edge": self.tr("Reduce the picture to"), "hide": self.tr("Hidden")},
            words={"hide": {"hole": self.tr("Middle"), "half": self.tr("Half the pixels")}},
        )

    @override
    def request(self, image: ImageBuffer) -> Request:
        return PriorsPictureRequest(image, PriorsSettings(**self.form.values()))

    @override
    def titles(self, found: FitsCompared) -> tuple[str, ...]:
        return found.names

    @override
    def words(self, found: FitsCompared) -> str:
        known = [
            (psnr, name)
            for psnr, name in zip(found.psnrs, found.names, strict=True)
            if psnr is not None
        ]
        if not known:
            return ""
        psnr, name = max(known)
        words = self.tr("After %1 iterations %2 is nearest to what was hidden: %3 dB.")
        words = words.replace("%1", f"{found.losses.shape[1]:,}").replace("%2", name)
        return words.replace("%3", f"{psnr:.2f}")


def all_experiments(parent: QObject) -> tuple[Experiment, ...]:
    """Return them in the order of the list."""
    return ResistanceExperiment(parent), NetworksExperiment(parent)


def stored_values(experiments: tuple[Experiment, ...], chosen: Experiment) -> dict[str, Any]:
    """Return what the next start should find again."""
    values = {f"{each.id}.{name}": value for each in experiments
              for name, value in each.form.values().items()}  # fmt: skip
    return {"experiment": chosen.id, **values}


def take_stored(experiments: tuple[Experiment, ...], values: FormValues) -> None:
    """Set the forms to what `stored_values` returned."""
    for each in experiments:
        prefix = f"{each.id}."
        each.form.set_values(
            {name.removeprefix(prefix): value for name, value in values.items()
             if name.startswith(prefix)}
        )  # fmt: skip
