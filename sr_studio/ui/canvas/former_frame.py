"""What was on the screen before another picture came: it stays until that one is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from sr_studio.ui.canvas.view_transform import ViewTransform


@dataclass(slots=True, eq=False)
class FormerFrame:
    """A view as it was painted.

    Attributes:
        image: the whole view, in device pixels.
        view: where the picture lay in it.
        is_same_scene: the new picture shows the same things, so that the frame moves with it;
            otherwise it stays as it is and goes once the user moves on.
        held_for: the view when the new picture was set.
    """

    image: QImage
    view: ViewTransform
    is_same_scene: bool
    held_for: ViewTransform | None = None

    def is_in_place(self, view: ViewTransform) -> bool:
        """Whether the user has not moved since the new picture was set."""
        return view == self.held_for

    def paint(self, painter: QPainter, view: ViewTransform) -> None:
        """Draw the former picture where the new one shows the same things, or simply the frame."""
        if not self.is_same_scene:
            painter.drawImage(0, 0, self.image)
            return
        old, new = self.view, view
        left, top = old.to_view(0, 0)
        right, bottom = old.to_view(old.picture_width, old.picture_height)
        source = QRectF(left, top, right - left, bottom - top) & QRectF(self.image.rect())
        across = new.zoom * new.picture_width / (old.zoom * old.picture_width)
        down = new.zoom * new.picture_height / (old.zoom * old.picture_height)
        x = new.left + (source.x() - left) * across
        y = new.top + (source.y() - top) * down
        target = QRectF(x, y, source.width() * across, source.height() * down)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(target, self.image, source)
