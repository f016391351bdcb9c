"""The mask's tool and overlay on a canvas of their own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtWidgets import QApplication

from sr_studio.editing.mask_layer import MaskLayer
from sr_studio.imaging.region import Region
from sr_studio.ui.canvas.compare_view import CompareView
from sr_studio.ui.canvas.mask_overlay import MaskLook
from sr_studio.ui.canvas.mask_tool import MaskTool
from tests.ui.canvas.conftest import flat_source, is_settled

GRAY = (120, 120, 120)
Canvas = tuple[CompareView, MaskTool, MaskLayer]


@pytest.fixture
def canvas(show: Callable[..., CompareView]) -> Canvas:
    view = show([flat_source(GRAY, 600, 440)])
    view.set_zoom(1.0)
    tool, layer = MaskTool(view), MaskLayer(600, 440)
    tool.repaint.connect(view.update_region)
    tool.set_layer(layer, None)
    tool.set_look(MaskLook())
    view.set_tool(tool)
    return view, tool, layer


def mark(canvas: Canvas, region: Region, value: int = 255) -> None:
    _, tool, layer = canvas
    layer.write(region, np.full((region.height, region.width), value, np.uint8))
    tool.show_change(region)


def colour(canvas: Canvas, x: int, y: int) -> tuple[int, int, int]:
    """Return what is seen of a pixel of the picture."""
    view = canvas[0]
    first = view._views.shown[0]
    image = QImage(first.size(), QImage.Format.Format_RGB32)
    first.render(image, QPoint(0, 0))
    left, top = view.state.view.to_view(x, y)
    found: QColor = image.pixelColor(int(left), int(top))
    return found.red(), found.green(), found.blue()


def test_the_mask_is_seen_as_it_is_looked_at(canvas: Canvas, qtbot) -> None:
    _, tool, _ = canvas
    qtbot.waitUntil(lambda: is_settled(canvas[0]))
    mark(canvas, Region(100, 100, 80, 60))
    red, green, _ = colour(canvas, 120, 120)
    assert red > 180
    assert green < 100
    assert colour(canvas, 300, 300) == GRAY
    tool.set_look(MaskLook(colour=(0, 0, 255), opacity=1.0))
    assert colour(canvas, 120, 120) == (0, 0, 255)
    tool.set_look(MaskLook(show="picture"))
    assert colour(canvas, 120, 120) == GRAY
    tool.set_look(MaskLook(show="mask"))
    assert colour(canvas, 120, 120) == (255, 255, 255)
    assert colour(canvas, 300, 300) == (0, 0, 0)
    tool.set_look(MaskLook(colour=(0, 0, 255), opacity=1.0, is_hatched=True))
    seen = {colour(canvas, 110 + d, 120) for d in range(12)}
    assert (255, 255, 255) in seen, "lines for who does not see the colour"
    assert (0, 0, 255) in seen


def test_what_is_drawn_again_equals_what_is_drawn_at_once(canvas: Canvas, qtbot) -> None:
    view, tool, _ = canvas
    qtbot.waitUntil(lambda: is_settled(view))
    for zoom in (1.0, 0.5, 3.0):
        view.set_zoom(zoom)
        qtbot.waitUntil(lambda: is_settled(view))
        view.grab()
        mark(canvas, Region(203, 155, 61, 37))
        mark(canvas, Region(240, 170, 11, 13), 0)
        piecewise = view._views.shown[0].grab().toImage()
        tool.set_look(MaskLook())
        assert view._views.shown[0].grab().toImage() == piecewise
        mark(canvas, Region(0, 0, 600, 440), 0)


def pen(
    canvas: Canvas, kind: QEvent.Type, place: tuple[int, int], pressure: float, *, is_eraser: bool
) -> None:
    view = canvas[0]
    widget = view._views.shown[0]
    tip = QPointingDevice.PointerType
    device = QPointingDevice(
        "pen",
        1,
        QInputDevice.DeviceType.Stylus,
        tip.Eraser if is_eraser else tip.Pen,
        QInputDevice.Capability.Position | QInputDevice.Capability.Pressure,
        1,
        2,
    )
    at = QPointF(*view.state.view.to_view(*place))
    is_up = kind == QEvent.Type.TabletRelease
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    event = QTabletEvent(
        kind, device, at, widget.mapToGlobal(at), pressure, 0.0, 0.0, 0.0, 0.0, 0.0,
        Qt.KeyboardModifier.NoModifier,
        none if kind == QEvent.Type.TabletMove else left,
        none if is_up else left,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


def draw(canvas: Canvas, pressure: float, *, is_eraser: bool = False, y: int = 200) -> None:
    pen(canvas, QEvent.Type.TabletPress, (150, y), pressure, is_eraser=is_eraser)
    pen(canvas, QEvent.Type.TabletMove, (250, y), pressure, is_eraser=is_eraser)
    pen(canvas, QEvent.Type.TabletRelease, (250, y), 0.0, is_eraser=is_eraser)


def test_a_pen_draws_as_wide_as_it_is_pressed_and_its_other_end_erases(canvas: Canvas) -> None:
    _, tool, layer = canvas
    tool.set_tip(diameter_px=40, hardness=1.0)
    draw(canvas, 1.0, y=100)
    draw(canvas, 0.5, y=300)
    heights = [
        int((layer.coverage[rows, 200] > 127).sum()) for rows in (slice(220), slice(220, 440))
    ]
    assert heights == [40, 20]
    draw(canvas, 1.0, is_eraser=True, y=100)
    assert not (layer.coverage[:220] > 127).any()
    assert layer.coverage[300, 200] == 255
