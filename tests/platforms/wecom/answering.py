"""A tiny bot that answers as a test dictates; it proves the platform, it is not our product."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.platforms.wecom.bots import Bot
from tests.platforms.wecom.clock import ManualClock
from tests.platforms.wecom.crypto import Sealer
from tests.platforms.wecom.groups import Group
from tests.platforms.wecom.little import LittleWeCom
from tests.platforms.wecom.people import User

Json = dict[str, Any]
Said = Json | bytes | int | None  # a reply to seal, raw bytes, a bare status, or an empty body
Say = Callable[[Json], Said]


def stream(content: str | None, *, finish: bool = True, stream_id: str = "s1", **more: Any) -> Json:
    part: Json = {"id": stream_id, "finish": finish, **more}
    if content is not None:
        part["content"] = content
    return {"msgtype": "stream", "stream": part}


class AnsweringBot:
    """Listens on loopback, opens callbacks, and says what `say` returns."""

    def __init__(self) -> None:
        self.sealer: Sealer | None = None
        self.say: Say = lambda _: None
        self.break_envelope: Callable[[Json], Json] = lambda envelope: envelope
        self.break_echo: Callable[[bytes], bytes] = lambda echo: echo
        self.seen: list[Json] = []
        self.requests: list[tuple[Json, bytes]] = []
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/cb"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> AnsweringBot:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def verify(self, query: Json) -> tuple[int, bytes]:
        sealer = self._trusted(query, query["echostr"].replace(" ", "+"))
        echo = sealer.open(query["echostr"].replace(" ", "+")) if sealer else b""
        return (200, self.break_echo(echo)) if sealer else (403, b"")

    def message(self, query: Json, body: bytes) -> tuple[int, bytes]:
        self.requests.append((query, body))
        try:
            encrypt = json.loads(body)["encrypt"]
            sealer = self._trusted(query, encrypt)
            payload = json.loads(sealer.open(encrypt)) if sealer else None
        except (ValueError, KeyError, TypeError):
            return 400, b""
        if sealer is None or payload is None:
            return 403, b""
        self.seen.append(payload)
        said = self.say(payload)
        if isinstance(said, int):
            return said, b""
        if said is None or isinstance(said, bytes):
            return 200, said or b""
        return 200, json.dumps(self._seal(sealer, query["nonce"], said)).encode()

    def _trusted(self, query: Json, encrypt: str) -> Sealer | None:
        sealer = self.sealer
        if sealer is None or "msg_signature" not in query:
            return None
        right = sealer.sign(query["timestamp"], query["nonce"], encrypt)
        return sealer if right == query["msg_signature"] else None

    def _seal(self, sealer: Sealer, nonce: str, said: Json) -> Json:
        encrypt = sealer.seal(json.dumps(said, ensure_ascii=False).encode(), b"fedcba9876543210")
        signature = sealer.sign("1700000001", nonce, encrypt)
        envelope = {"encrypt": encrypt, "msgsignature": signature, "timestamp": 1700000001, "nonce": nonce}
        return self.break_envelope(envelope)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A platform that gave up waiting is no error of ours."""


def _handler(bot: AnsweringBot) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = True  # else every answer waits for the other side's delayed acknowledgement

        def do_GET(self) -> None:
            self._send(*bot.verify(self._query()))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self._send(*bot.message(self._query(), body))

        def _query(self) -> Json:
            query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
            return {name: values[0] for name, values in query.items()}

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    return Handler


@dataclass
class Scene:
    """An IT group with three people and a bot that answers as told."""

    wecom: LittleWeCom
    clock: ManualClock
    robot: AnsweringBot
    bot: Bot
    group: Group
    zhang: User
    li: User
    wang: User
    outsider: User


@contextmanager
def open_scene(*, auto_poll: bool = False) -> Iterator[Scene]:
    clock = ManualClock()
    with LittleWeCom(clock, auto_poll=auto_poll) as wecom, AnsweringBot() as robot:
        bot = wecom.bot("IT小助手")
        robot.sealer = bot.sealer
        assert bot.connect(robot.url).ok
        zhang = wecom.user("zhangsan", "张三", "13800000001")
        li = wecom.user("lisi", "李四", "13800000002")
        wang = wecom.user("wangwu", "王五", "13800000003")
        outsider = wecom.user("zhaoliu", "赵六", "13800000004")
        group = wecom.group("IT 求助", zhang, li, wang, bot)
        yield Scene(wecom, clock, robot, bot, group, zhang, li, wang, outsider)
