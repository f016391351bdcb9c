"""Brings a published file from the network: resumed, checked, cancelled within one block."""

from __future__ import annotations

import errno
import http.client
import shutil
import time
import urllib.error
import urllib.request
from typing import IO, TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from sr_studio import __version__
from sr_studio.errors import InvalidRequest, WeightsError
from sr_studio.models._weight_files import sha256_of

if TYPE_CHECKING:
    from email.message import Message
    from pathlib import Path

    from sr_studio.jobs.control import JobContext

_BLOCK = 1 << 16
_TIMEOUT_S = 20.0
_WAITS_S = (0.5, 2.0, 5.0)  # before the second, third and fourth try
_WORTH_ANOTHER_TRY = frozenset({408, 425, 429, 500, 502, 503, 504})
_RANGE_REFUSED = 416
_MOST_BYTES = 4 << 30  # of a file whose size is not known beforehand
SHORTEST_SUM = 8  # digits of a sha256; authors put as many into the names of their files


def download_file(url: str, part: Path, *, sha256: str, size: int, context: JobContext) -> None:
    """Fetch `url` into `part`, going on where an earlier run stopped, and check it.

    `part` stays when the connection breaks or the user cancels, so that the next call resumes; it
    is removed when what came is wrong.

    Args:
        url: http or https.
        part: the unfinished file.
        sha256: of the whole file, or its first digits, eight at least.
        size: of the whole file in bytes; 0 where it is not known: then the server says it.
        context: progress and cancel.

    Raises:
        WeightsError: no connection, not there, not what was published, no space.
        InvalidRequest: `url` is of another kind.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise InvalidRequest(f"{url} is no web address.", advice="Use http:// or https://.")
    if len(sha256) < SHORTEST_SUM:
        raise ValueError(f"a checksum of at least {SHORTEST_SUM} digits, not {sha256!r}")
    _check_disk_space(part, size)
    for wait_s in (*_WAITS_S, None):
        try:
            expected = _fetch(url, part, size, context)
        except urllib.error.HTTPError as error:
            error.close()
            problem = f"{url} answers {error.code} ({error.reason})."
            if error.code == _RANGE_REFUSED:
                if _is_published(part, sha256, context):  # and there is nothing behind its end
                    return
                part.unlink(missing_ok=True)
            elif error.code not in _WORTH_ANOTHER_TRY:
                raise WeightsError(
                    problem,
                    advice="The file may have moved: look for a newer version of SR Studio.",
                ) from error
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            problem = f"{urlsplit(url).hostname} cannot be reached ({reason})."
        else:
            if _size_of(part) == expected or not expected:
                break
            problem = f"The download of {url} was cut off at {_size_of(part)} of {expected} bytes."
        if wait_s is None:
            raise WeightsError(
                problem,
                advice="Check the connection and try again: it goes on where it stopped. Or fetch "
                f"{url} elsewhere and run: sr-studio weights import FILE",
            )
        _wait(wait_s, context)
    if not _is_published(part, sha256, context):
        part.unlink(missing_ok=True)
        raise WeightsError(
            f"What came from {url} is not what was published: its checksum differs.",
            advice="Try again; if it stays so, the file there was changed, and you should not use "
            "it.",
        )


def _fetch(url: str, part: Path, size: int, context: JobContext) -> int:
    """Append to `part` what is missing; returns early where the server closes the connection.

    Returns: the size of the whole file; 0 where it is not known, and the server does not say it.
    """
    done = _size_of(part)
    if size and done == size:
        return size
    if size and done > size:  # left over from another version of the file
        part.unlink()
        done = 0
    request = urllib.request.Request(url, headers={"User-Agent": f"sr-studio/{__version__}"})
    if done:
        request.add_header("Range", f"bytes={done}-")
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as response:
        if response.headers.get_content_type() == "text/html":
            raise WeightsError(
                f"{url} answers with a web page instead of the weights.",
                advice="Some networks ask you to log in first: open any page in a browser, then "
                "try again.",
            )
        is_resumed = response.status == http.client.PARTIAL_CONTENT
        if not is_resumed:
            done = 0
        expected = size or _announced_size(response.headers, done)
        most = expected or _MOST_BYTES
        if not size:
            _check_disk_space(part, expected)
        with _open(part, "ab" if is_resumed else "wb") as file:
            while block := response.read(_BLOCK):
                context.checkpoint()
                done += len(block)
                if done > most:
                    break
                _write(file, block)
                if expected:
                    context.report(done, expected, f"{done / 1e6:.1f} of {expected / 1e6:.1f} MB")
                else:
                    context.report(0, 1, f"{done / 1e6:.1f} MB")
    if done > most:
        part.unlink()
        raise WeightsError(
            f"{url} sends more than the {most} bytes that were published.",
            advice="The file there was changed: look for a newer version of SR Studio.",
        )
    return expected


def _announced_size(headers: Message, done: int) -> int:
    """Return the size of the whole file as the server says it; 0 where it does not."""
    rest = headers.get("Content-Length", "")
    return done + int(rest) if rest.isdecimal() and len(rest) < 16 else 0


def _is_published(part: Path, sha256: str, context: JobContext) -> bool:
    """Whether the file has the published checksum, or one that begins as it does."""
    return part.exists() and sha256_of(part, context.checkpoint).startswith(sha256.lower())


def _open(part: Path, mode: Literal["ab", "wb"]) -> IO[bytes]:
    try:
        return part.open(mode)
    except OSError as error:
        raise _disk_error(error) from error


def _write(file: IO[bytes], block: bytes) -> None:
    try:
        file.write(block)
        file.flush()
    except OSError as error:
        raise _disk_error(error) from error


def _disk_error(error: OSError) -> WeightsError:
    if error.errno == errno.ENOSPC:
        return WeightsError(
            "The disk is full: the weights could not be saved.",
            advice="Free some space and try again: the download goes on where it stopped.",
        )
    return WeightsError(
        f"The weights could not be saved: {error.strerror or error}.",
        advice="Check that you may write into the data folder, or set SR_STUDIO_HOME to another.",
    )


def _check_disk_space(part: Path, size: int) -> None:
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(part.parent).free
    except OSError as error:
        raise _disk_error(error) from error
    # the converted file lies beside the download for a moment
    if free < 2 * size - _size_of(part):
        raise _disk_error(OSError(errno.ENOSPC, "no space"))


def _size_of(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _wait(seconds: float, context: JobContext) -> None:
    """Sleep in short steps, so that a cancel is heard."""
    until_s = time.monotonic() + seconds
    while (left_s := until_s - time.monotonic()) > 0:
        context.checkpoint()
        time.sleep(min(left_s, 0.1))
