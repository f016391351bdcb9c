"""Measure colours on photographs whose own are known, as the papers do."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from sr_studio.errors import InvalidRequest, SrStudioError
from sr_studio.tasks._colorize_pictures import ColorizeSettings, FindColoursRequest
from sr_studio.tasks._colorizers import Colorizers
from sr_studio.tasks._output_files import (
    check_outputs,
    csv_text,
    in_digits,
    markdown_table,
    write_text,
)
from sr_studio.tasks._spec import Flag, Help, Range, TaskSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from sr_studio.engines.colorization.evaluation import ColourFigures, ColourReport
    from sr_studio.engines.colorization.hints import Hint
    from sr_studio.engines.colorization.recognition import Recognition
    from sr_studio.imaging.image_buffer import Pixels
    from sr_studio.jobs.control import JobContext
    from sr_studio.tasks._picture_sources import PictureSource

_MOST_DIGITS = 6  # of a number of hints
_HINT_PX = 5  # side of a hint, at the working size
_HEAD = ("hints", "AuC", "rebalanced", "ab PSNR/dB", "RGB PSNR/dB", "within 20", "colourfulness")


@dataclass(frozen=True, slots=True)
class ColourEvaluation:
    """What `sr-studio evaluate-colors` says.

    Attributes:
        name: of the network or the method.
        images: how many photographs.
        gray: the figures of leaving them gray.
        by_hints: number of random hints -> figures.
        truth_colourfulness: mean of the photographs.
        recognition: number of hints -> what a classifier recognises; empty where not asked for.
        definition: what the figures are.
    """

    name: str
    images: int
    gray: ColourFigures
    by_hints: dict[int, ColourFigures]
    truth_colourfulness: float
    recognition: dict[int, Recognition]
    definition: str

    def text(self) -> str:
        rows = self._rows()
        widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
        lines = [
            "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
            for row in rows
        ]
        return "\n".join([self._title(), *lines, *self._seen(), self.definition])

    def markdown(self) -> str:
        """Return the same with a table in Markdown."""
        parts = [self._title(), markdown_table(self._rows()), *self._seen(), self.definition]
        return "\n\n".join(parts) + "\n"

    def csv(self) -> str:
        """Return all figures unrounded."""
        rows: list[tuple[str | float | None, ...]] = [_HEAD]
        for words, each in self._figures():
            rows.append(
                (
                    words,
                    each.auc,
                    each.auc_rebalanced,
                    each.ab_psnr,
                    each.rgb_psnr,
                    each.share_within_20,
                    each.colourfulness,
                )
            )
        return csv_text(rows)

    def _title(self) -> str:
        colourful = f"{self.truth_colourfulness:.1f}"
        return f"{self.name}, {self.images} photographs, colourfulness {colourful}"

    def _figures(self) -> list[tuple[str, ColourFigures]]:
        return [("gray", self.gray), *((str(n), each) for n, each in self.by_hints.items())]

    def _rows(self) -> list[tuple[str, ...]]:
        cells = [
            (
                words,
                in_digits(100 * each.auc, 2),
                in_digits(100 * each.auc_rebalanced, 2),
                in_digits(each.ab_psnr, 2),
                in_digits(each.rgb_psnr, 2),
                f"{100 * each.share_within_20:.1f} %",
                in_digits(each.colourfulness, 1),
            )
            for words, each in self._figures()
        ]
        return [_HEAD, *cells]

    def _seen(self) -> list[str]:
        """Return a line for each number of hints with which a classifier was asked."""
        lines = []
        for count, seen in self.recognition.items():
            line = (
                f"a classifier sees what it sees in the photograph: {seen.coloured_agreement:.1%} "
                f"with {count} hints, {seen.gray_agreement:.1%} in gray"
            )
            if seen.labelled and seen.truth_accuracy is not None:
                line += (
                    f"; right of {seen.labelled}: photograph {seen.truth_accuracy:.1%}, "
                    f"coloured {seen.coloured_accuracy:.1%}, gray {seen.gray_accuracy:.1%}"
                )
            lines.append(line)
        return lines


@dataclass(frozen=True, slots=True)
class EvaluateColorsRequest:
    """Take the colours from photographs, find them again, and compare."""

    photos: Annotated[
        Path, Flag(positional=True, metavar="DIR"), Help("folder or tar file of colour photos")
    ]
    settings: ColorizeSettings = field(default_factory=ColorizeSettings)
    hints: Annotated[
        str, Help("numbers of random hints of the true colours, with commas: 0,1,10")
    ] = "0"
    seed: Annotated[int, Range(0, 999_999), Help("of the places of the hints")] = 0
    most: Annotated[int | None, Range(1, 1_000_000), Help("so many photos, evenly chosen")] = None
    recognise: Annotated[
        bool, Help("also ask a classifier what it sees (needs the extra perceptual)")
    ] = False
    csv: Annotated[Path | None, Flag(metavar="FILE"), Help("write unrounded figures")] = None
    markdown: Annotated[Path | None, Flag(metavar="FILE"), Help("write a table")] = None
    overwrite: Annotated[bool, Help("replace files that exist")] = False

    def __post_init__(self) -> None:
        self.hint_counts()
        if self.settings.method in ("welsh", "histogram"):
            raise InvalidRequest(
                f"The method {self.settings.method} needs a reference for each photo.",
                advice="Choose network or levin.",
            )

    def hint_counts(self) -> tuple[int, ...]:
        """Return how many hints are given, in turn.

        Raises:
            InvalidRequest: it is no list of numbers.
        """
        words = [word.strip() for word in self.hints.split(",") if word.strip()]
        if not words or not all(word.isdecimal() for word in words):
            raise InvalidRequest(
                f"{self.hints!r} names no numbers of hints.", advice="Write such as 0,1,10."
            )
        counts = tuple(dict.fromkeys(int(word) for word in words if len(word) < _MOST_DIGITS))
        if len(counts) < len(set(words)):
            raise InvalidRequest(
                f"{self.hints!r} asks for too many hints.", advice="Ask for 99,999 at most."
            )
        return counts

    def run(self, context: JobContext) -> ColourEvaluation:
        """Measure with each number of hints.

        Raises:
            InvalidRequest: there are no photos in colour, or no such network.
            WeightsError: its weights, or those of the classifier, are not on this machine.
        """
        from sr_studio.engines.colorization.evaluation import DEFINITION
        from sr_studio.tasks._picture_sources import find_sources

        check_outputs((self.csv, self.markdown), overwrite=self.overwrite)
        if not self.photos.exists():
            raise SrStudioError(f"{self.photos} is not there.", advice="Check the folder's name.")
        sources = find_sources([self.photos])
        if self.most is not None and self.most < len(sources):
            sources = tuple(
                sources[number * len(sources) // self.most] for number in range(self.most)
            )
        sources = tuple(source for source in sources if _has_colour(source, context))
        if not sources:
            raise InvalidRequest(
                f"None of the photos in {self.photos} has colours to compare with.",
                advice="Choose photos in colour.",
            )
        colorizers = Colorizers()
        counts = self.hint_counts()
        reports: dict[int, ColourReport] = {}
        for number, count in enumerate(counts):
            part = context.part(number / len(counts), 1 / len(counts))
            reports[count] = self._measure(sources, count, colorizers, part)
        first = reports[counts[0]]
        network = self.settings.method == "network"
        evaluation = ColourEvaluation(
            name=colorizers.find(self.settings.network).id if network else self.settings.method,
            images=first.count,
            gray=first.gray,
            by_hints={count: report.coloured for count, report in reports.items()},
            truth_colourfulness=first.truth_colourfulness,
            recognition={
                count: report.recognition
                for count, report in reports.items()
                if report.recognition is not None
            },
            definition=DEFINITION,
        )
        write_text(self.csv, evaluation.csv(), overwrite=self.overwrite)
        write_text(self.markdown, evaluation.markdown(), overwrite=self.overwrite)
        return evaluation

    def _measure(
        self,
        sources: tuple[PictureSource, ...],
        count: int,
        colorizers: Colorizers,
        context: JobContext,
    ) -> ColourReport:
        import numpy as np

        from sr_studio.engines.colorization.evaluation import evaluate_colours
        from sr_studio.imaging.colour_map import colour_picture
        from sr_studio.imaging.image_buffer import ImageBuffer
        from sr_studio.jobs.progress import silent_context

        truth: list[Pixels] = []  # of the photo whose turn it is: hints are of its colours
        random = np.random.default_rng(self.seed)

        def photos() -> Iterator[Pixels]:
            from sr_studio.tasks._training_pictures import rgb8

            for source in sources:
                truth[:] = [rgb8(source)]
                yield truth[0]

        def colour(gray: Pixels) -> Pixels:
            image = ImageBuffer(gray)
            hints = _random_hints(truth[0], count, random, self.settings.working_px)
            request = FindColoursRequest(image, hints, self.settings, None, colorizers)
            found = request.run(silent_context())
            return colour_picture(image, found.colours, lambda _share: None).pixels

        classify = labels = None
        if self.recognise:
            from sr_studio.engines.colorization.recognition import load_classify
            from sr_studio.engines.device import choose_device
            from sr_studio.models.features._class_order import class_of_name, find_class_order

            classify = load_classify(choose_device(self.settings.device))
            order = find_class_order()
            if order is not None:
                labels = [class_of_name(source.name, order) for source in sources]
        return evaluate_colours(
            photos(),
            colour,
            context=context,
            total=len(sources),
            classify=classify,
            labels=labels,
        )


def _has_colour(source: PictureSource, context: JobContext) -> bool:
    """Whether R, G and B differ anywhere: gray photos would count as found."""
    context.checkpoint()
    pixels = source.read().pixels
    return pixels.shape[2] == 3 and bool((pixels != pixels[..., :1]).any())


def _random_hints(
    truth: Pixels, count: int, random: np.random.Generator, working_px: int
) -> tuple[Hint, ...]:
    """Return hints of the true mean colours of squares anywhere in the photo (H, W, 3) uint8."""
    import cv2

    from sr_studio.engines.colorization.hints import Hint
    from sr_studio.imaging.image_buffer import to_float
    from sr_studio.imaging.lab import rgb_to_lab

    if count == 0:
        return ()
    height, width = truth.shape[:2]
    side_px = max(1, round(_HINT_PX * min(height, width) / working_px))
    mean = cv2.blur(rgb_to_lab(to_float(truth))[..., 1:], (side_px, side_px))
    places = random.random((count, 2)) * (height, width)
    return tuple(
        Hint(
            ((x, y),), side_px / 2, (float(mean[int(y), int(x), 0]), float(mean[int(y), int(x), 1]))
        )
        for y, x in places
    )


TASK = TaskSpec(
    id="evaluate-colors",
    title="Evaluate colours",
    help="Measure colours on photographs whose own are known, as the papers do.",
    example="sr-studio evaluate-colors photos --hints 0,1,10 --most 100",
    request=EvaluateColorsRequest,
)
