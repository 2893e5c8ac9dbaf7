"""A web server of the tests that has the PDFs an ATS fetches by itself, and addresses that give none."""

from __future__ import annotations

import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

NOT_THERE: Final = "/not-there"
TOO_LATE: Final = "/too-late"
ELSEWHERE: Final = "/elsewhere"
_LET_GO = threading.Event()  # who waits for TOO_LATE; never set, waited for no longer than _WAIT_S
_WAIT_S: Final = 3.0
_FILES: Final[dict[str, bytes]] = {}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == TOO_LATE:
            _LET_GO.wait(_WAIT_S)
        content = _FILES.get(self.path)
        if content is None:
            self.send_response(302 if self.path == ELSEWHERE else 404)
            self.send_header("Location", "/")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/pdf")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it is called with
        """Addresses are not for the tests' output."""


@cache
def _server() -> str:
    """One for all tests of a run; it ends with the process."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}"


def link_to(content: bytes, name: str = "profile") -> str:
    """Where these bytes can be fetched from now on."""
    _FILES[f"/{name}.pdf"] = content
    return f"{_server()}/{name}.pdf"


def link_that_fails(path: str) -> str:
    """One of NOT_THERE, TOO_LATE and ELSEWHERE at the same server."""
    return _server() + path
