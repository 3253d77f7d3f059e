"""All that the drill knows of the set-up: who can be called, how long a step waits, which words mean what.

Whoever changes the roster's form, the escalation policy or a line that the judge reads changes this file only.
"""

import json
import random
import re
from dataclasses import dataclass
from typing import Any

LATE_SECONDS = 5.0
NAME, ON_CALL = "IT小助手", "值班群"
WECOM, DINGTALK = "wecom", "dingtalk"
TAKEOVER = (
    8.0  # seconds until a process may count as dead (ten after its last beat), where several may serve: PostgreSQL
)
PATIENCE_FOR_A_PAGER = 120.0  # seconds that a page may wait for one that is shut, while another is open
PAGER_PER_MINUTE = 20  # what both platforms allow a webhook of a group
PAGERS = {WECOM, DINGTALK}
REPEATS_WITH_KEY = frozenset({DINGTALK})  # pagers whose platform drops a second send of the same page
DAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


@dataclass(frozen=True, slots=True)
class Colleague:
    """An engineer. Whom a platform's id does not name there, it finds by the number of the mobile."""

    id: str
    name: str
    mobile: str
    wecom: str = ""
    dingtalk: str = ""

    def on(self, platform: str) -> str:
        """The id in that platform's on-call group; everybody is in both."""
        return self._known(platform) or f"{self.id}-{platform}"

    def writes_on(self, platform: str) -> str:
        """The platform on which the roster knows him: this one, else the other."""
        return platform if self._known(platform) else WECOM if platform == DINGTALK else DINGTALK

    def _known(self, platform: str) -> str:
        return self.wecom if platform == WECOM else self.dingtalk


PEOPLE = (
    Colleague("zhang", "张工", "13900000001", wecom="zhanggong"),
    Colleague("li", "李工", "13900000002", dingtalk="li01"),
    Colleague("chen", "陈工", "13900000003", wecom="chengong", dingtalk="chen01"),
    Colleague("sun", "孙工", "13900000004", dingtalk="sun01"),
    Colleague("wang", "王主管", "13900000005", wecom="wangzg", dingtalk="wang01"),
)
FIRST_LINE = ("zhang", "li", "chen", "sun")
FALLBACK = "wang"

HUMAN, WITHDRAW, SOLVED, PROGRESS = "人工", "撤销", "已解决", "进度"
QUESTION = "想申请给邮箱扩容"


@dataclass(frozen=True, slots=True)
class Policy:
    """How long the steps of a case wait that is opened while this is in force."""

    waits: tuple[int, ...]  # minutes; the last is repeated
    repeats: int

    @property
    def seconds(self) -> tuple[float | None, ...]:
        """What each step waits for somebody, first to last; None: no step comes after it."""
        minutes = [*self.waits, *([self.waits[-1]] * self.repeats)]
        return (*(60.0 * wait for wait in minutes), None)


POLICIES = (Policy((2, 3, 5), 1), Policy((3, 3), 1), Policy((1, 4), 2), Policy((2, 2, 2), 0))


def roster(rng: random.Random) -> str:
    """A duty roster as the admin would write it: days, nights and weekends, with a gap now and then."""
    day, night, weekend = (rng.sample(FIRST_LINE, 2) for _ in range(3))
    shifts = [
        {"days": DAYS[:5], "from": "09:00", "to": rng.choice(("18:00", "21:00")), "who": day},
        {"days": DAYS[:5], "from": "21:00", "to": "09:00", "who": night[:1]},
        {"days": DAYS[5:], "from": "08:00", "to": "24:00", "who": weekend},
    ]
    people = [_person(one) for one in PEOPLE]
    return json.dumps({"people": people, "shifts": shifts, "fallback": FALLBACK}, ensure_ascii=False)


def _person(one: Colleague) -> dict[str, str]:
    ids = {"wecom": one.wecom, "dingtalk": one.dingtalk}
    return {"id": one.id, "name": one.name, "mobile": one.mobile, **{key: id for key, id in ids.items() if id}}


def settings(policy: Policy, **more: Any) -> dict[str, Any]:
    """What `zhiban.yaml` holds beside the channels and pagers."""
    return {"environment": "test", "escalation": {"waits": policy.waits, "repeats": policy.repeats}, **more}


def take(case: int) -> str:
    return f"接单 {case}"


def resolve(case: int) -> str:
    return f"解决 {case} 清理了邮箱"


_TAKES, _RESOLVES = re.compile(r"接单 (\d+)"), re.compile(r"解决 (\d+)")
_OPENED = re.compile(r"单号 (\d+)")
_PAGE = re.compile(r"(?:第 (\d+) 次呼叫，前面还没人接。[^【]*)?【单 (\d+)】([^（\s]*)")
_JOINED = re.compile(r"单 (\d+) 已经在.+那里，您刚说的我补进去了")
_FORBIDDEN = re.compile(r"单 (\d+) 在.+手上，要由他或主管来改")
_GAVE_UP = re.compile(r"单 (\d+) .*(?:呼叫不到人|没有人接|没人能接)")


@dataclass(frozen=True, slots=True)
class Page:
    """One step of one case, as an on-call group reads it; `who` waits."""

    case: int
    step: int  # from 1
    who: str


def pages_in(text: str) -> list[Page]:
    """Several where they were sent together."""
    return [Page(int(case), int(step or 1), who) for step, case, who in _PAGE.findall(text)]


def opened_in(text: str) -> int:
    """The case that an answer says somebody was called for; 0 where it says nothing of the kind."""
    found = _OPENED.search(text)
    return int(found[1]) if found else 0


def given_up_in(text: str) -> int:
    """The case of which a line says that nobody could be reached; 0 where it does not."""
    found = _GAVE_UP.search(text)
    return int(found[1]) if found else 0


def joined_in(text: str) -> int:
    """The open case to which a person's words were added; 0 where the line says nothing of the kind."""
    found = _JOINED.search(text)
    return int(found[1]) if found else 0


def forbidden_in(text: str) -> int:
    """The case that somebody wanted to resolve who may not; 0 for other lines."""
    found = _FORBIDDEN.search(text)
    return int(found[1]) if found else 0


def taken_by(text: str) -> int:
    """The case that an engineer takes with these words; 0 for others."""
    found = _TAKES.match(text)
    return int(found[1]) if found else 0


def resolved_by(text: str) -> int:
    """The case that an engineer resolves with these words; 0 for others."""
    found = _RESOLVES.match(text)
    return int(found[1]) if found else 0


def ends_it(text: str) -> bool:
    """Whether a staff member says so that nobody is needed any more."""
    return text in (WITHDRAW, SOLVED)


def colleague(platform: str, id: str) -> Colleague | None:
    """The engineer with that id in the platform's on-call group."""
    return next((one for one in PEOPLE if one.on(platform) == id), None)
