"""What goes wrong in a drill. A fault is armed and bites at the next opportunity; only one that bit is counted."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

import httpx

from tests.drill.clock import WorldClock
from tests.drill.duty import DINGTALK, WECOM
from tests.drill.evidence import Bite, Evidence, Refused, Shut
from tests.drill.image import Image
from tests.drill.wire import Target
from tests.platforms.dingtalk.wire import Endpoint as DingTalkEndpoint
from tests.platforms.wecom.faults import Endpoint as WeComEndpoint

KILL, RESTART, LOST = "kill", "restart", "lost_reply"
TEMPORARY, PERMANENT, LOCK_OUT = "vendor_temporary", "vendor_permanent", "lock_out"
JUMP, STEP = "clock_jump", "clock_step"
ROSTER, LOCKED, TWICE = "roster_edit", "database_locked", "duplicate_delivery"
SHARES = {
    KILL: 22,
    RESTART: 8,
    LOST: 16,
    TEMPORARY: 10,
    PERMANENT: 8,
    LOCK_OUT: 7,
    JUMP: 7,
    STEP: 4,
    ROSTER: 8,
    LOCKED: 6,
    TWICE: 10,
}
MOST_LINES = 6_000  # of the program's source, within which a process that is to die at any of them does
PAGES_SHARE = 0.6  # of the faults on calls that wait for a page

Code = int | str
_BUSY: dict[str, tuple[Code, ...]] = {WECOM: (-1, 45033, 846601), DINGTALK: (-1, 15, 88)}
_REFUSED: dict[str, tuple[Code, ...]] = {
    WeComEndpoint.PUSH: (40058, 93000, 93004, 45002),
    WeComEndpoint.RESPONSE: (600039, 846605),
    DingTalkEndpoint.CUSTOM: (310000, 400102, 400013, 430104),
    DingTalkEndpoint.SESSION: (300001, 430104),
    DingTalkEndpoint.GROUP_SEND: ("group.disbanded", "bot.stopped"),
    DingTalkEndpoint.OTO_SEND: ("bot.stopped",),
}
# With how long the platforms' own pages say that it lasts. Whether it begins anew with a knock they leave open: the
# worst is taken, so that a desk which cannot know when a lock began has to respect what it is told.
_LOCKS: dict[str, tuple[tuple[Code, float], ...]] = {
    WECOM: ((45009, 60.0),),
    DINGTALK: ((130101, 600.0), (410100, 600.0)),
}


@dataclass(frozen=True, slots=True)
class _Shutter:
    """`restarts`: the seconds for which a lock begins anew when somebody knocks; 0 where the answer says how long."""

    until: float
    answer: Callable[[float], httpx.Response | Code]
    restarts: float = 0.0


class Mischief:
    """Faults on calls and in the process; those of the world around are told to the drill."""

    def __init__(self, rng: random.Random, clock: WorldClock, evidence: Evidence, image: Callable[[], Image]) -> None:
        self._rng, self._clock, self._evidence, self._image = rng, clock, evidence, image
        self._armed: list[tuple[str, bool]] = []  # on calls: (kind, only on pages)
        self._shutters: dict[Target, _Shutter] = {}
        self._fate = ""

    def pick(self) -> str:
        return self._rng.choices(list(SHARES), list(SHARES.values()))[0]

    @property
    def armed(self) -> int:
        return len(self._armed)

    def bit(self, kind: str, detail: str = "") -> None:
        """It really happened."""
        self._evidence.bites.append(Bite(self._clock.now(), kind, detail))

    def calm(self) -> None:
        """No more of it."""
        self._armed.clear()

    def arm(self, kind: str) -> None:
        """A fault on a call, or the end of the process."""
        rng, image = self._rng, self._image()
        if kind != KILL or rng.random() < 0.4:
            self._armed.append((kind, rng.random() < PAGES_SHARE))
        elif rng.random() < 0.6:
            image.die_after_lines(rng.randint(1, MOST_LINES))
        else:
            image.doomed = rng.choice(("commit-before", "commit-after"))

    # -- what becomes of a call -------------------------------------------------------------------------

    def before(self, target: Target, text: str) -> httpx.Response | Code | None:
        now = self._clock.now()
        shutter = self._shutters.get(target)
        if shutter and shutter.until > now:
            if shutter.restarts:
                self._shutters[target] = replace(shutter, until=now + shutter.restarts)
                self._evidence.shut.append(Shut(now, now + shutter.restarts, target.platform, target.room))
            return shutter.answer(shutter.until - now)
        kind = self._take(target)
        if kind == KILL and self._rng.random() < 0.5:
            self._image().die()
        self._fate = kind if kind in (KILL, LOST) else ""
        if kind == PERMANENT:
            code = self._rng.choice(_REFUSED[target.endpoint])
            self.bit(kind, f"{target.platform} {target.room} {code}")
            if target.pages:
                self._evidence.refused.append(Refused(now, target.platform, text))
            return code
        if kind in (TEMPORARY, LOCK_OUT):
            return self._shut(kind, target, now)
        return None

    def after(self, target: Target) -> bool:
        fate, self._fate = self._fate, ""
        if fate == KILL:
            self._image().die()
        if fate == LOST:
            self.bit(LOST, f"{target.platform} {target.room}")
        return fate != LOST

    def _take(self, target: Target) -> str:
        for index, (kind, only_pages) in enumerate(self._armed):
            known = target.endpoint in _REFUSED
            if known and (target.pages or not only_pages):
                del self._armed[index]
                return kind
        return ""

    def _shut(self, kind: str, target: Target, now: float) -> httpx.Response | Code:
        rng = self._rng
        legacy = target.endpoint in (DingTalkEndpoint.CUSTOM, DingTalkEndpoint.SESSION)
        named = target.platform == WECOM or legacy
        answer: Callable[[float], httpx.Response | Code]
        restarts = 0.0
        if kind == TEMPORARY:
            code: Code = rng.choice(_BUSY[target.platform]) if named else "system.busy"
            seconds, answer = rng.uniform(0.2, 20.0), lambda _left: code
        elif named and rng.random() < 0.7:
            code, seconds = rng.choice(_LOCKS[target.platform])
            restarts = seconds
            answer = lambda _left: code  # noqa: E731
        else:
            code, seconds = 429, rng.uniform(5.0, 300.0)
            answer = _slow_down
        self._shutters[target] = _Shutter(now + seconds, answer, restarts)
        self._evidence.shut.append(Shut(now, now + seconds, target.platform, target.room))
        self.bit(kind, f"{target.platform} {target.room} {code}，{seconds:.0f} 秒")
        return answer(seconds)


def _slow_down(left: float) -> httpx.Response:
    """A gateway in between, which tells for how long."""
    return httpx.Response(429, headers={"retry-after": str(int(left) + 1)}, content=b"slow down")
