"""The other side of a signed HTTP door: a little server that checks signatures by its own reading of the format."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Counterpart:
    """What came in, and how it answers: `answers` is used up one by one, then everything is taken."""

    def __init__(self) -> None:
        self.secret = ""
        self.got: list[dict[str, Any]] = []
        self.answers: list[tuple[int, bytes]] = []
        self.url = ""

    def right(self, handler: BaseHTTPRequestHandler, body: bytes) -> bool:
        """Whether the signature is what the interface document says."""
        h = handler.headers
        text = f"POST\n{handler.path}\n{h['X-Timestamp']}\n{h['X-Nonce']}\n{hashlib.sha256(body).hexdigest()}"
        return hmac.new(self.secret.encode(), text.encode(), "sha256").hexdigest() == h["X-Signature"]


@contextmanager
def running(side: Counterpart) -> Iterator[Counterpart]:
    """Serve on the loopback until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # noqa: N802
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = 200, b""
            if not side.right(self, body):
                status, answer = 401, b'{"code": 401}'
            elif side.answers:
                status, answer = side.answers.pop(0)
            if not answer:
                side.got.append(json.loads(body))
                answer = json.dumps({"code": 0, "receipt": f"R{len(side.got)}"}).encode()
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    side.url = f"http://127.0.0.1:{server.server_port}/states?from=zj"
    try:
        yield side
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
