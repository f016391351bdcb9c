"""How long the command line takes to answer."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from sr_studio.bench._spec import BenchSpec, Measurement
from sr_studio.bench._timing import best_seconds

if TYPE_CHECKING:
    from sr_studio.jobs.control import JobContext


def _python(*words: str) -> None:
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)


def _run(context: JobContext) -> tuple[Measurement, ...]:
    ours_s, torch_s = best_seconds(
        (
            lambda: _python("-m", "sr_studio", "--help"),
            lambda: _python("-c", "import torch"),
        ),
        context,
    )
    return (Measurement("--help", ours_s, "s", torch_s, torch_s / ours_s, "importing torch alone"),)


BENCH = BenchSpec("startup", "The answer to --help", _run)
