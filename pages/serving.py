"""The explorer as a local page that asks the running checker: for spaces that no file can hold.

Only this machine reaches it, and only who knows its address: every path begins with a random token. A page of somebody
else cannot ask in the reader's name, since the host asked for has to be this one by its number (which a rebound name is
not), a request has to come from this page, and its answer cannot be read from elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import compare_digest, token_urlsafe
from threading import Lock
from typing import Any, TypeAlias

from haboot.checker import ModelError
from haboot.diagrams import Walker, template
from haboot.pages.content import Checked, MachineEntry, machines
from haboot.pages.report import SCRIPTS, drawing, environment, own, styles
from markupsafe import Markup

LOOPBACK = "127.0.0.1"
MOST_ASKED = 8 << 20  # bytes of a question
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'"
HEADERS = {
    "Content-Security-Policy": f"{POLICY}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
Ask: TypeAlias = Callable[..., Any]


def serve(checked: Checked, port: int = 0) -> Server:
    """Return a server of the explorer of what was checked; port 0 takes any that is free.

    Raises ModelError for a port that cannot be had.
    """
    try:
        return Server(Walker(checked.walkable()), [*machines([checked])], port)
    except OSError as error:
        raise ModelError(f"cannot serve at port {port}: {error.strerror} (0 takes any that is free)") from error


def explorer_html(walker: Walker, drawn: Sequence[MachineEntry]) -> str:
    """Return the page, with what it must know before its first step."""
    script = "\n".join([*map(template, SCRIPTS), own("explore.js")])
    return (
        environment()
        .get_template("explore.html")
        .render(
            head=walker.head(),
            styles=styles("page.css"),
            script=Markup(f'"use strict";\n{script}'),  # noqa: S704 - own files
            explorer=Markup(template("explorer.html")),  # noqa: S704 - an own file
            machines=drawn,
            drawings=[drawing(place, one) for place, one in enumerate(drawn)],
        )
    )


class Server(ThreadingHTTPServer):
    """Serves the explorer of a walker at ``address``, on this machine alone; ``port`` 0 takes any that is free."""

    daemon_threads = True

    def __init__(self, walker: Walker, drawn: Sequence[MachineEntry], port: int) -> None:
        self.page, self.token, self.lock = explorer_html(walker, drawn).encode(), token_urlsafe(24), Lock()
        self.asks: dict[str, Ask] = {one.__name__: one for one in (walker.at, walker.ahead, walker.trace, walker.find)}
        super().__init__((LOOPBACK, port), _Handler)

    @property
    def host(self) -> str:
        """What a browser calls this server."""
        return f"{LOOPBACK}:{self.server_address[1]}"

    @property
    def address(self) -> str:
        """The address of the page."""
        return f"http://{self.host}/{self.token}/"

    def answer(self, what: str, given: object) -> Any:
        """Return the answer to a question; raise ModelError for one that makes no sense."""
        ask = self.asks.get(what)
        if ask is None or not isinstance(given, dict):
            raise ModelError(f"nobody can ask '{what}' (allowed: {', '.join(self.asks)}, with an object)")
        try:
            with self.lock:  # the checker does one thing at a time
                return ask(**given)
        except (TypeError, ValueError, AttributeError) as error:  # data of the wrong shape
            raise ModelError(f"'{what}' cannot be asked so: {error}") from error


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        """Answer with the page; there is nothing else to get."""
        if not self._is_allowed():
            return
        if self._asked():
            self._tell(HTTPStatus.NOT_FOUND, {"error": "there is one page"})
        else:
            self._send(HTTPStatus.OK, "text/html; charset=utf-8", self.server.page)

    def do_POST(self) -> None:
        """Answer a question with data."""
        if not self._is_allowed(posted=True):
            return
        size = self.headers.get("Content-Length", "")
        if not size.isascii() or not size.isdecimal() or int(size) > MOST_ASKED:
            self._tell(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": f"a question has at most {MOST_ASKED:,} bytes"})
            return
        try:
            answer = self.server.answer(self._asked() or "", json.loads(self.rfile.read(int(size))))
        except (ModelError, json.JSONDecodeError, UnicodeDecodeError) as error:
            self._tell(HTTPStatus.BAD_REQUEST, {"error": str(error)})
        else:
            self._tell(HTTPStatus.OK, answer)

    def _is_allowed(self, *, posted: bool = False) -> bool:
        """Whether this server was meant, and asked by who knows its token, from its own page where data is asked."""
        headers, server = self.headers, self.server
        allowed = headers.get("Host") == server.host and self._asked() is not None
        if posted:
            is_data = headers.get("Content-Type") == "application/json"
            allowed = allowed and is_data and headers.get("Origin") == f"http://{server.host}"
        if not allowed:
            self._tell(HTTPStatus.FORBIDDEN, {"error": "not allowed"})
        return allowed

    def _asked(self) -> str | None:
        """What stands behind the token, None without the right one."""
        _, token, *rest = (*self.path.split("/", 2), "")
        return rest[0] if len(rest) == 2 and compare_digest(token.encode(), self.server.token.encode()) else None

    def _tell(self, status: HTTPStatus, data: object) -> None:
        self._send(status, "application/json", json.dumps(data).encode())

    def _send(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **HEADERS}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
