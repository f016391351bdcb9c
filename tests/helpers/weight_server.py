"""A web server on this machine that serves files, well or badly."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


@dataclass
class Answer:
    """How the server answers one request.

    Attributes:
        status: 200 turns into 206 where a range is asked for.
        content_type: of the body.
        cut_after: bytes after which the connection is closed; None sends all.
        ignores_range: sends the whole file whatever is asked for.
        reason: words behind the status; None sends the usual ones.
        location: where a 302 sends on to.
    """

    status: int = 200
    content_type: str = "application/octet-stream"
    cut_after: int | None = None
    ignores_range: bool = False
    reason: str | None = None
    location: str = ""


@dataclass
class WeightServer:
    """Serves `body(path)`; `answers` are used up one after the other, then all goes well."""

    body: Callable[[str], bytes | None]
    answers: list[Answer] = field(default_factory=list)
    requests: list[tuple[str, str | None]] = field(default_factory=list)

    def __enter__(self) -> WeightServer:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            @override
            def log_message(self, format: str, *args: Any) -> None:
                """Stay silent."""

            def do_GET(self) -> None:
                outer.answer(self)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        wanted = handler.headers.get("Range")
        self.requests.append((handler.path, wanted))
        answer = self.answers.pop(0) if self.answers else Answer()
        body = self.body(handler.path)
        status = 404 if body is None else answer.status
        data = body or b""
        start = 0
        if wanted and status == 200 and not answer.ignores_range:
            match = re.fullmatch(r"bytes=(\d+)-", wanted)
            assert match
            start = int(match[1])
            status = 206 if start < len(data) else 416
        handler.send_response(status, answer.reason)
        handler.send_header("Content-Type", answer.content_type)
        if answer.location:
            handler.send_header("Location", answer.location)
        if status == 206:
            handler.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        data = data[start:] if status in (200, 206) else b""
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data[: answer.cut_after])
