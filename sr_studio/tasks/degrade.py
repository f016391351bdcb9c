"""Make a poor picture of a good one, to see how well a network brings it back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from sr_studio.degradations.recipe import Degradation, DownsampleKernel
from sr_studio.errors import InvalidRequest, OutputExists, SrStudioError
from sr_studio.tasks._picture_files import find_pictures, is_folder_wanted, make_folder
from sr_studio.tasks._spec import Flag, Help, Range, TaskSpec, Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext

Preset: TypeAlias = Literal["unknown", "classical", "second-order"]

_LOSSLESS_SUFFIXES = frozenset({".png", ".tif", ".tiff"})
_LOSSY_SUFFIXES = frozenset({".jpg", ".jpeg", ".webp", ".avif"})


@dataclass(frozen=True, slots=True)
class DegradationSettings(Degradation):
    """The recipe with what forms and flags need to know of it."""

    scale: Annotated[int, Range(1, 16), Help("divide the sides by this; 1 leaves them")] = 4
    kernel: Annotated[
        DownsampleKernel, Help("of the downsampling; matlab-bicubic made the field's test sets")
    ] = "matlab-bicubic"
    sigma_blur: Annotated[
        float,
        Range(0, 100),
        Unit("px"),
        Help("Gaussian blur first; with gaussian the kernel itself, 0: half the scale"),
    ] = 0.0
    noise: Annotated[float, Range(0, 255), Help("sigma of Gaussian noise, of 255")] = 0.0
    jpeg: Annotated[int | None, Range(1, 100), Help("JPEG quality, last of all")] = None
    seed: Annotated[int, Range(0, 999_999), Help("of all that is random")] = 0


@dataclass(frozen=True, slots=True)
class DegradedPicture:
    """One picture that was written.

    Attributes:
        input: the good picture.
        output: the poor one.
        width: of the poor one.
        height: of the poor one.
        notes: what the user should know, a sentence each.
        steps: what a preset did, in this order.
    """

    input: Path
    output: Path
    width: int
    height: int
    notes: tuple[str, ...]
    steps: tuple[str, ...] = ()

    def text(self) -> str:
        steps = (f"  {step}" for step in self.steps)
        return "\n".join([f"{self.output}  {self.width} × {self.height}", *steps, *self.notes])


@dataclass(frozen=True, slots=True)
class DegradedFolder:
    """Several pictures that were written.

    Attributes:
        output: the folder.
        pictures: what was written.
        failures: a sentence for each picture that was not.
    """

    output: Path
    pictures: tuple[DegradedPicture, ...]
    failures: tuple[str, ...]

    def text(self) -> str:
        return "\n".join(picture.text() for picture in self.pictures)


@dataclass(frozen=True, slots=True)
class DegradeRequest:
    """Degrade files."""

    inputs: Annotated[
        tuple[Path, ...], Flag(positional=True, metavar="IN"), Help("pictures or folders")
    ]
    output: Annotated[
        Path, Flag(names=("-o", "--output"), metavar="OUT"), Help("file; folder for several")
    ]
    recipe: DegradationSettings = DegradationSettings()
    preset: Annotated[
        Preset | None,
        Help("random damage as in training, with --scale and --seed; the other flags stay out"),
    ] = None
    metadata: Annotated[
        Literal["keep", "no-place", "strip"], Help("EXIF, XMP and IPTC of the output")
    ] = "keep"
    overwrite: Annotated[bool, Help("replace outputs that exist")] = False

    def __post_init__(self) -> None:
        own = DegradationSettings(scale=self.recipe.scale, seed=self.recipe.seed)
        if self.preset is not None and self.recipe != own:
            raise InvalidRequest(
                f"The preset {self.preset} draws kernel, blur, noise and JPEG by itself.",
                advice="Leave those out, or leave out the preset.",
            )

    def run(self, context: JobContext) -> DegradedPicture | DegradedFolder:
        """Decode, degrade and write each picture; with several, one that fails is reported."""
        if not is_folder_wanted(self.inputs, self.output):
            return self._degrade_file(self.inputs[0], self.output, 0, context)
        sources = find_pictures(self.inputs)
        make_folder(self.output)
        pictures: list[DegradedPicture] = []
        failures = []
        for index, source in enumerate(sources):
            context.report(index, len(sources), source.name)
            part = context.part(index / len(sources), 1 / len(sources))
            try:
                pictures.append(self._degrade_into_folder(source, pictures, index, part))
            except SrStudioError as error:
                failures.append(f"{source}: {error.message} {error.advice}".rstrip())
        context.report(1, 1)
        return DegradedFolder(self.output, tuple(pictures), tuple(failures))

    def _degrade_into_folder(
        self, source: Path, before: Sequence[DegradedPicture], index: int, context: JobContext
    ) -> DegradedPicture:
        suffix = source.suffix if source.suffix.lower() in _LOSSLESS_SUFFIXES else ".png"
        output = self.output / f"{source.stem}{suffix}"
        twin = next((picture.input for picture in before if picture.output == output), None)
        if twin is not None:
            raise OutputExists(
                f"{output} was just made of {twin}.", advice="Rename one of the two pictures."
            )
        return self._degrade_file(source, output, index, context)

    def _degrade_file(
        self, source: Path, output: Path, index: int, context: JobContext
    ) -> DegradedPicture:
        from sr_studio.imaging.atomic_file import explain_errors
        from sr_studio.imaging.decode_image import decode_image
        from sr_studio.imaging.encode_image import SaveOptions, check_name, encode_image

        check_name(output, "auto")
        with explain_errors(output):
            is_source = output.exists() and source.exists() and output.samefile(source)
            is_taken = output.is_file() and not self.overwrite
        if is_source:
            raise OutputExists(
                f"{output} is the good picture itself.", advice="Choose another name or folder."
            )
        if is_taken:
            raise OutputExists(
                f"{output} exists already.", advice="Choose another name or add --overwrite."
            )
        context.checkpoint()
        image = decode_image(source)
        context.checkpoint()
        poor, steps = self._degrade(image, index)
        context.checkpoint()
        options = SaveOptions(metadata=self.metadata, overwrite=self.overwrite)
        warnings = encode_image(poor, output, options)
        if output.suffix.lower() in _LOSSY_SUFFIXES:
            lossy = f"A {output.suffix} file changes the pixels once more; a .png keeps them."
            warnings = (*warnings, lossy)
        context.report(1, 1)
        notes = (*poor.origin.notes, *warnings)
        return DegradedPicture(source, output, poor.width, poor.height, notes, steps)

    def _degrade(self, image: ImageBuffer, index: int) -> tuple[ImageBuffer, tuple[str, ...]]:
        """Return the poor picture and the steps of the preset, if one is wanted.

        Args:
            image: the good picture.
            index: its place among the inputs: each draws its own damage.
        """
        if self.preset is None:
            from sr_studio.degradations.degrade import degrade

            return degrade(image, self.recipe), ()
        import numpy as np

        from sr_studio.degradations.degrade_randomly import degrade_randomly
        from sr_studio.degradations.random_degradation import RandomDegradation

        seed = self.recipe.seed
        degradation = RandomDegradation(self.preset, seed=seed)
        generator = np.random.default_rng([seed, index])
        return degrade_randomly(image, degradation, self.recipe.scale, generator)


@dataclass(frozen=True, slots=True, eq=False)
class DegradePictureRequest:
    """Degrade a picture in memory.

    Attributes:
        image: the ground truth.
        recipe: what happens to it.
    """

    image: ImageBuffer
    recipe: Degradation

    def run(self, context: JobContext) -> ImageBuffer:
        """Return the poor picture, of the same depth."""
        from sr_studio.degradations.degrade import degrade

        context.checkpoint()
        return degrade(self.image, self.recipe)


TASK = TaskSpec(
    id="degrade",
    title="Degrade",
    help="Make a picture smaller, blurred, noisy or JPEG-damaged, in a known way.",
    example="sr-studio degrade photo.tif -o small.png --scale 4 --sigma-blur 1.2 --noise 5",
    request=DegradeRequest,
)
