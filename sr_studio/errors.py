"""Errors a user can act on: each is one sentence and an advice."""

from __future__ import annotations


class SrStudioError(Exception):
    """A failure with a message fit to show the user.

    Args:
        message: what happened, one sentence, with the value received and the value expected.
        advice: what the user can do about it, one sentence; may be empty.
    """

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


class UnreadableImage(SrStudioError):
    """A picture that could not be read: not a picture, truncated, too large, NaN."""


class CannotWrite(SrStudioError):
    """A file that could not be written; whatever stood there before is unharmed."""


class OutputExists(CannotWrite):
    """The output stands there already and overwriting was not asked for."""


class WeightsError(SrStudioError):
    """Weights that are missing, damaged, or do not fit the network."""


class OutOfMemory(SrStudioError):
    """Not enough memory even for the smallest tile."""


class InvalidRequest(SrStudioError):
    """A combination of settings that cannot be carried out; the command line exits with 2."""


class BadResult(SrStudioError):
    """The network's output failed the check that every result passes before it is called done."""
