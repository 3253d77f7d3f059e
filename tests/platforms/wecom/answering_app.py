"""A tiny callback address of a self-built app that answers as a test dictates; it proves the platform."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

from tests.platforms.wecom.app_xml import build
from tests.platforms.wecom.crypto import Sealer


class AnsweringApp:
    """`say`: the parts of the passive answer; none: an empty body. `status`: anything but 200 is a failure."""

    def __init__(self) -> None:
        self.sealer: Sealer | None = None
        self.say: dict[str, Any] = {}
        self.status = 200
        self.seen: list[dict[str, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/cb"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> AnsweringApp:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def opened(self, query: dict[str, str], encrypt: str) -> tuple[Sealer, bytes]:
        sealer = self.sealer
        assert sealer is not None, "the test gives the key"
        assert query["msg_signature"] == sealer.sign(query["timestamp"], query["nonce"], encrypt)
        return sealer, sealer.open(encrypt)

    def answer(self, query: dict[str, str], body: bytes) -> bytes:
        encrypt = ElementTree.fromstring(body).findtext("Encrypt") or ""
        sealer, plain = self.opened(query, encrypt)
        data = {one.tag: one.text or "" for one in ElementTree.fromstring(plain)}
        self.seen.append(data)
        if not self.say:
            return b""
        ends = {"ToUserName": data["FromUserName"], "FromUserName": data["ToUserName"], "CreateTime": 1700000000}
        sealed = sealer.seal(build({"xml": {**ends, **self.say}}).encode(), b"fedcba9876543210")
        signature = sealer.sign("1700000000", "n", sealed)
        parts = {"Encrypt": sealed, "MsgSignature": signature, "TimeStamp": 1700000000, "Nonce": "n"}
        return build({"xml": parts}).encode()


def _handler(app: AnsweringApp) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._send(app.opened(self._query(), self._query()["echostr"])[1])

        def do_POST(self) -> None:
            assert self.headers["content-type"] == "text/xml"
            self._send(app.answer(self._query(), self.rfile.read(int(self.headers["content-length"]))), app.status)

        def _query(self) -> dict[str, str]:
            return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}

        def _send(self, body: bytes, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    return Handler
