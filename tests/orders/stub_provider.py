"""A provider of messages on this machine: an SMS gateway and a WeChat account that answer as they are told."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

SLOW = 1.0


@dataclass
class Provider:
    """What was asked, and what is answered next: (status, JSON, headers), one after the other, the last for good.

    A status of 0 answers nothing until the asker has gone. `started` holds what came in, `asked` what was answered.
    """

    answers: list[tuple[int, dict[str, Any], dict[str, str]]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    started: list[dict[str, Any]] = field(default_factory=list)
    gets: list[dict[str, list[str]]] = field(default_factory=list)
    tokens: int = 0
    good_token: str = ""
    url: str = ""

    def say(self, status: int, data: dict[str, Any] | None = None, **headers: str) -> None:
        """Answer so next."""
        self.answers.append(
            (status, data or {}, {name.replace("_", "-"): text for name, text in headers.items()})
        )

    def answer(self, path: str, data: dict[str, Any]) -> tuple[int, dict[str, Any], dict[str, str]]:
        """The next answer; WeChat's own interface tells tokens and refuses old ones."""
        where = urlsplit(path)
        if where.path == "/cgi-bin/stable_token":
            if data["secret"] != "right":
                return 200, {"errcode": 40125, "errmsg": "invalid appsecret"}, {}
            self.tokens += 1
            self.good_token = f"token-{self.tokens}"
            return 200, {"access_token": self.good_token, "expires_in": 7200}, {}
        given = parse_qs(where.query).get("access_token", [self.good_token])[0]
        if given != self.good_token:
            return 200, {"errcode": 42001, "errmsg": "access_token expired"}, {}
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def provider(made: Provider | None = None) -> Iterator[Any]:
    """A provider that listens on a free port of this machine."""
    made = made or Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            data = json.loads(body)
            what = {"path": self.path, "body": body, "data": data, "headers": dict(self.headers)}
            made.started.append(what)
            status, told, headers = made.answer(self.path, data)
            if not self.path.startswith("/cgi-bin/stable_token"):
                made.asked.append(what)
            if status == 0:
                time.sleep(SLOW)
                return
            content = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            for name, text in headers.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            made.gets.append(parse_qs(urlsplit(self.path).query))
            status, told, _headers = made.answers[0]
            content = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_given: None  # type: ignore[method-assign]  # whoever asked has gone
    made.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
