"""What a job tells the world. Every job ends with exactly one FinalEvent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Started:
    job_id: int


@dataclass(frozen=True, slots=True)
class Progressed:
    """How far a job is: `fraction` in [0, 1], `eta_s` None until it can be told."""

    job_id: int
    fraction: float
    note: str
    eta_s: float | None


@dataclass(frozen=True, slots=True)
class PreviewReady:
    """A preview waits in the job's slot; take it with `job.previews.take()`."""

    job_id: int


@dataclass(frozen=True, slots=True)
class Succeeded:
    job_id: int
    result: object


@dataclass(frozen=True, slots=True, eq=False)
class Failed:
    job_id: int
    error: Exception


@dataclass(frozen=True, slots=True)
class Cancelled:
    job_id: int


FinalEvent = Succeeded | Failed | Cancelled
JobEvent = Started | Progressed | PreviewReady | FinalEvent
