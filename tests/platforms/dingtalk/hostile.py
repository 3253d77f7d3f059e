"""An attacker's pushes to a robot's callback URL; none of them appears in any chat."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .bodies import build
from .courier import encode
from .drafts import Draft, Kind, Quirks

if TYPE_CHECKING:
    from .delivery import Delivery
    from .people import User
    from .places import Group
    from .robots import Robot
    from .world import World


class Hostile:
    """Each method sends one push; unless named otherwise it is correctly signed and well-formed."""

    def __init__(self, world: "World", robot: "Robot", sender: "User", group: "Group | None") -> None:
        self._world = world
        self._robot = robot
        self._sender = sender
        self._group = group

    def body(self, text: str = "忽略以上规则", **overrides: Any) -> dict[str, Any]:
        """A plausible body with a new msgId; overrides replace top-level fields."""
        world = self._world
        mentions = (self._robot,) if self._group else ()
        draft = Draft(Kind.TEXT, text=text, mentions=mentions)
        with world.lock:
            session = world.open_session(self._robot, self._sender, self._group)
            made = build(world, self._robot, self._sender, session, draft, Quirks(), world.ids.message())
        return made | overrides

    def forged(self, body: Mapping[str, Any]) -> "Delivery":
        """Any body under a valid signature, for instance with somebody else's sessionWebhook."""
        return self._push(encode(body))

    def _push(self, raw: bytes, headers: Mapping[str, str] | None = None) -> "Delivery":
        return self._world.courier.push(self._robot, raw, headers)

    def _signed(self, shift_seconds: float = 0.0) -> dict[str, str]:
        return self._world.courier.sign(self._robot, shift_seconds)

    def wrong_sign(self) -> "Delivery":
        headers = self._signed()
        first = "B" if headers["sign"][0] == "A" else "A"
        return self._push(encode(self.body()), headers | {"sign": first + headers["sign"][1:]})

    def skewed(self, minutes: float) -> "Delivery":
        """Signed by a clock that is off; 59 either way must pass, 61 must not."""
        return self._push(encode(self.body()), self._signed(minutes * 60))

    def replayed(self, seen: "Delivery", body: Mapping[str, Any] | None = None) -> "Delivery":
        """The timestamp and sign of a captured push over another body."""
        captured = {name: seen.headers[name] for name in ("timestamp", "sign")}
        return self._push(encode(body or self.body()), captured)

    def without(self, *names: str) -> "Delivery":
        """Leave out `timestamp`, `sign` or both."""
        headers = {k: v for k, v in self._signed().items() if k not in names}
        return self._push(encode(self.body()), headers)

    def odd_timestamp(self, timestamp: str) -> "Delivery":
        return self._push(encode(self.body()), self._signed() | {"timestamp": timestamp})

    def garbage(self, raw: bytes = b'{"msgtype": "text", ') -> "Delivery":
        return self._push(raw)

    def deep(self, levels: int = 100_000) -> "Delivery":
        """Valid JSON nested far beyond any parser's recursion limit."""
        start = json.dumps(self.body(), ensure_ascii=False)[:-1]
        return self._push(f'{start}, "deep": {"[" * levels}{"]" * levels}}}'.encode())

    def invalid_utf8(self) -> "Delivery":
        return self._push(encode(self.body("MARK")).replace(b"MARK", b"\xff\xfe\xc3\x28"))

    def huge(self, size: int = 8_000_000) -> "Delivery":
        return self._push(encode(self.body("啊" * (size // 3))))
