"""How soon a stroke of the mask is seen on a picture of 48 megapixels."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from sr_studio.bench._spec import BenchSpec, Measurement

if TYPE_CHECKING:
    from sr_studio.jobs.control import JobContext

_POLL_S = 0.2
_WANTED_MS = 8.0  # half a frame of a screen of 60 Hz


def _run(context: JobContext) -> tuple[Measurement, ...]:
    """Measure in a process of its own, with a window where there is a screen."""
    context.checkpoint()
    environment = dict(os.environ)
    if sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY"} & environment.keys():
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    words = [sys.executable, "-m", "sr_studio.ui.canvas.stroke_latency"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, env=environment) as process:
        try:
            output = _output_of(process, context)
        finally:
            process.kill()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, words)
    measured = []
    for each in json.loads(output):
        name, median_ms, slow_ms = each["name"], each["median_ms"], each["slow_ms"]
        plain_ms = each["plain_ms"]
        measured += [
            Measurement(name, median_ms, "ms", plain_ms, plain_ms / median_ms, "painting it all"),
            Measurement(
                "19 of 20 events", slow_ms, "ms", _WANTED_MS, _WANTED_MS / slow_ms, "what is wanted"
            ),
        ]
    return tuple(measured)


def _output_of(process: subprocess.Popen[bytes], context: JobContext) -> bytes:
    while True:
        try:
            return process.communicate(timeout=_POLL_S)[0]
        except subprocess.TimeoutExpired:
            context.checkpoint()


BENCH = BenchSpec("canvas", "From the mouse to the screen, while the mask is brushed", _run)
