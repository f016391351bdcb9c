"""Make the mask of what is to be filled."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias, get_args

from sr_studio.tasks._output_files import check_outputs
from sr_studio.tasks._spec import Decimals, Flag, Help, Range, TaskSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext

MaskKind: TypeAlias = Literal["dust-and-scratches", "text", "date-stamp", "missing-pixels"]
MASK_KINDS: tuple[MaskKind, ...] = get_args(MaskKind)


@dataclass(frozen=True, slots=True, eq=False)
class FindMaskRequest:
    """Find damage in a picture in memory.

    Attributes:
        image: the picture.
        kind: of the damage.
        sensitivity: from 0, only what is certain, to 1.
    """

    image: ImageBuffer
    kind: MaskKind
    sensitivity: float = 0.5

    def run(self, context: JobContext) -> NDArray[np.uint8]:
        """Return (H, W), 255 where a pixel is to be filled, read-only."""
        from sr_studio.engines.automatic_masks._registry import all_automatic_masks

        method = all_automatic_masks()[self.kind]
        found = method.find(self.image, sensitivity=self.sensitivity, context=context)
        found.flags.writeable = False
        return found


@dataclass(frozen=True, slots=True)
class MaskReport:
    """A mask that was written.

    Attributes:
        output: its file.
        share: of the pixels that are masked, 0 to 1.
    """

    output: Path
    share: float

    def text(self) -> str:
        return f"{self.output}  {self.share:.2%} of the pixels"


@dataclass(frozen=True, slots=True)
class MaskRequest:
    """Find damage in a file and write where it is."""

    input: Annotated[Path, Flag(positional=True, metavar="IN"), Help("picture")]
    output: Annotated[
        Path,
        Flag(names=("-o", "--output"), metavar="OUT"),
        Help("PNG that is white where a pixel is to be filled"),
    ]
    find: Annotated[MaskKind, Help("what")] = "dust-and-scratches"
    sensitivity: Annotated[
        float, Range(0, 1), Decimals(2), Help("0: only what is certain; 1: all that might be")
    ] = 0.5
    as_alpha: Annotated[bool, Help("write the picture, transparent there, in place of a mask")] = (
        False
    )
    overwrite: Annotated[bool, Help("replace what stands there")] = False

    def run(self, context: JobContext) -> MaskReport:
        """Find and write.

        Raises:
            OutputExists: before any work.
            SrStudioError: a file cannot be read or written.
        """
        from sr_studio.imaging.decode_image import decode_image
        from sr_studio.imaging.encode_image import SaveOptions, encode_image
        from sr_studio.imaging.mask_image import mask_picture, with_mask_as_alpha

        check_outputs((self.output,), overwrite=self.overwrite)
        image = decode_image(self.input)
        found = FindMaskRequest(image, self.find, self.sensitivity).run(context.part(0, 0.9))
        context.checkpoint()
        picture = with_mask_as_alpha(image, found) if self.as_alpha else mask_picture(found)
        encode_image(picture, self.output, SaveOptions(overwrite=self.overwrite))
        context.report(1, 1)
        return MaskReport(self.output, float((found > 0).mean()))


TASK = TaskSpec(
    id="mask",
    title="Mask",
    help="Find scratches, text, a date stamp or missing pixels, and write them as a mask.",
    example="sr-studio mask scan.png -o mask.png --find dust-and-scratches",
    request=MaskRequest,
)
