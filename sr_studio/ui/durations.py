"""Spans of time, as people say them."""

from __future__ import annotations


def duration_in_words(seconds: float) -> str:
    """Return "0.4 s", "12 s", "3 min 5 s" or "2 h 4 min"."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"
