"""The sandbox's page: two groups and private chats, people to play, and a clock to push forward."""

import hashlib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import AfterValidator

from app.channels.base import RawRequest
from app.channels.sandbox.room import ON_CALL, SUPPORT, Line, SandboxRooms
from app.clock import CHINA, TravelClock, new_id
from app.core.calendar.days import WEEKDAYS
from app.core.duty.calling import called
from app.core.message import InboundMessage, MessageKind, Person, Room, RoomKind
from app.core.secrets import mask
from app.core.taps import tap_id
from app.flows.deliver import deliver
from app.flows.desk import Desk
from app.flows.escalate import escalate
from app.flows.receive import receive
from app.flows.tap import card_in_response
from app.store import cases, views
from app.store.tables import CaseRow
from app.store.views import CaseView
from app.web.pages import HEADERS, templates

STAFF = {"xiaolin": "小林", "xiaochen": "小陈", "zhaojie": "赵姐", "laozhou": "老周", "sunzong": "孙总"}
EXAMPLES = (
    "outlook 报 0x800CCC0E 发不出去",
    "输错太多次邮箱被锁了",
    "手机收邮件老慢，电脑秒到",
    "VPN 连不上了",
    "转人工",
)
PRIVATE = "private"
TITLES = {SUPPORT: "IT支持群", PRIVATE: "私聊IT小助手", ON_CALL: "值班群"}
JUMPS = {1: "1 分钟", 10: "10 分钟", 60: "1 小时"}
MOST_TEXT = 5000
SHOWN = 200  # lines of a room
CASES = 30  # newest cases of which the page knows the state
TONES = 6  # avatar colours in zhiban.css
_NUMBER = re.compile(r"单 (\d{1,9})")


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person who can be played."""

    id: str
    name: str
    tone: int
    engineer: bool = False
    on_duty: bool = False

    @property
    def mark(self) -> str:
        """The character on the avatar: 林 of 小林, 张 of 张工."""
        return self.name.lstrip("小老阿")[:1] or self.name[:1]


@dataclass(frozen=True, slots=True)
class Bubble:
    """A line as the page shows it. `case` and `page`: it is about that case; it calls somebody for it."""

    line: Line
    author: Somebody | None  # None: the desk
    mine: bool
    time: str
    day: str  # told when it is another than that of the line before
    called: tuple[str, ...]
    calls_me: bool
    note: str
    case: CaseView | None = None
    page: bool = False
    last: bool = False  # the newest line about its case: the buttons stand here
    owner: Somebody | None = None  # who has the case, or was called last


class Sandbox:
    """What the page shows and does. Keeps what each line led to; everything else is the rooms' and the desk's."""

    def __init__(self, desk: Desk, rooms: SandboxRooms, clock: TravelClock, nudge: Callable[[], None]) -> None:
        self._desk, self._rooms, self._clock, self._nudge = desk, rooms, clock, nudge
        self._notes: dict[int, str] = {}
        self._owner = new_id()

    def people(self) -> list[Somebody]:
        """Staff, then the engineers of the roster."""
        with self._desk.database.reading() as session:
            duty = {engineer.id for engineer in self._desk.duty(session, self._clock.now()).order[:1]}
        engineers = self._desk.roster.people
        staff = [(id, name) for id, name in STAFF.items() if not self._desk.roster.engineer(id)]
        played = [Somebody(id, name, i % TONES) for i, (id, name) in enumerate(staff)]
        return played + [
            Somebody(e.id, e.name, (i + len(staff)) % TONES, True, e.id in duty) for i, e in enumerate(engineers)
        ]

    def say(self, who: str, place: str, text: str, *, at: bool) -> None:
        """Write one line; the desk gets it when it was named or in private."""
        me = _find(self.people(), who)
        if me is None or place not in TITLES:
            raise HTTPException(422, "没有这个人或这个群")
        mark = f"@{self._rooms.desk_name}"
        words = text.replace(mark, "").strip()
        named = at or mark in text
        private = place == PRIVATE
        if not words and (private or not named):
            return
        room = me.id if private else place
        now = self._clock.now()
        shown = mask(words)[0]
        line = self._rooms.write(room, me.id, shown if private or not named else f"{mark} {shown}", now)
        if not private and not named:
            self._notes[line.number] = f"没有 @，{self._rooms.desk_name}收不到"
            return
        if not receive(self._desk, self._message(me, place, new_id(), words)).reply:
            self._notes[line.number] = f"工程师在处理，{self._rooms.desk_name}不插话"
        self._nudge()

    def tap(self, who: str, place: str, card: str, says: str) -> None:
        """Tap a button of the desk's."""
        me = _find(self.people(), who)
        if me is None or place not in TITLES or not any(line.card == card for line in self._lines_of(me, place)):
            raise HTTPException(422, "没有这个人、这个群或这张卡片")
        message = replace(self._message(me, place, tap_id(card, me.id, says), says), clicked=card)
        receive(self._desk, message)
        card_in_response(self._desk, RawRequest("POST", {}, {}, b""), message)
        self._nudge()

    def _message(self, me: Somebody, place: str, id: str, words: str) -> InboundMessage:
        private = place == PRIVATE
        kind = RoomKind.SINGLE if private else RoomKind.GROUP
        room = Room(me.id if private else place, kind, "私聊" if private else TITLES[place])
        now = self._clock.now()
        return InboundMessage(self._rooms.name, id, room, Person(me.id, me.name), MessageKind.TEXT, words, now)

    def _lines_of(self, me: Somebody, place: str) -> list[Line]:
        return self._rooms.lines(me.id if place == PRIVATE else place)

    def travel(self, minutes: int) -> None:
        """Move the clock on minute by minute, so that every timer on the way fires at its own time."""
        for _ in range(minutes):
            self._clock.advance(timedelta(minutes=1))
            if escalate(self._desk):
                deliver(self._desk, self._owner, [*self._desk.channels, *self._desk.pagers])
        self._nudge()

    def view(self, who: str) -> dict[str, Any]:
        """Everything that the page shows to `who`, and a mark that changes whenever any of it does."""
        now = self._clock.now()
        people = self.people()
        me = _find(people, who) or people[0]
        with self._desk.database.reading() as session:
            cases = {case.number: case for case in views.list_cases(session, CASES)}
            duty = self._desk.duty(session, now)
        rooms = {place: self._bubbles(place, me, people, cases) for place in TITLES}
        waiting = [case for case in cases.values() if case.state == "waiting"]
        shown: dict[str, Any] = {
            "me": me,
            "people": people,
            "clock": _moment(now),
            "duty": duty,
            "next_call": self._next_call(waiting, now),
            "waiting": len(waiting),
        }
        newest = [bubbles[-1].line.number if bubbles else 0 for bubbles in rooms.values()]
        tapped = [bubble.line.card for bubbles in rooms.values() for bubble in bubbles if bubble.line.tapped]
        facts = repr((shown, newest, tapped, [(case.number, case.state, case.engineer) for case in cases.values()]))
        seen = hashlib.sha256(facts.encode()).hexdigest()[:16]
        fixed = {"titles": TITLES, "examples": EXAMPLES, "jumps": JUMPS, "most_text": MOST_TEXT}
        return {**shown, **fixed, "rooms": rooms, "seen": seen, "desk_name": self._rooms.desk_name}

    def _bubbles(self, place: str, me: Somebody, people: list[Somebody], cases: dict[int, CaseView]) -> list[Bubble]:
        lines = self._lines_of(me, place)[-SHOWN:]
        about = {line.number: _case_of(line, cases) for line in lines} if place == ON_CALL else {}
        last = {case.number: number for number, case in about.items() if case}
        bubbles: list[Bubble] = []
        day = ""
        for line in lines:
            case = about.get(line.number)
            today, time = _moment(line.at).rsplit(" ", 1)
            bubbles.append(
                Bubble(
                    line,
                    None if line.by_desk else _find(people, line.author),
                    not line.by_desk and line.author == me.id,
                    time,
                    today if today != day else "",
                    tuple(_name(people, id) for id in line.mentions),
                    me.id in line.mentions,
                    self._notes.get(line.number, ""),
                    case,
                    case is not None and _is_page(line, case),
                    case is not None and last[case.number] == line.number,
                    _find(people, case.engineer or case.paged) if case else None,
                )
            )
            day = today
        return bubbles

    def _next_call(self, waiting: list[CaseView], now: datetime) -> str:
        """When the oldest waiting case is called next, and whom."""
        if not waiting:
            return ""
        number = min(case.number for case in waiting)
        with self._desk.database.reading() as session:
            row, timer = session.get(CaseRow, number), cases.timer_of(session, number)
            if row is None or timer is None:
                return f"单 {number} 已经呼叫完最后一轮"
            people = called(self._desk.duty(session, timer.due_at), cases.plan_of(row), row.step)
        minutes = max(1, math.ceil((timer.due_at - now) / timedelta(minutes=1)))
        whom = f"呼叫{'、'.join(person.name for person in people)}" if people else "告诉提单人还没有人接"
        return f"单 {number} 还没人接，{minutes} 分钟后{whom}"


def _find(people: list[Somebody], id: str) -> Somebody | None:
    return next((person for person in people if person.id == id), None)


def _name(people: list[Somebody], id: str) -> str:
    person = _find(people, id)
    return person.name if person else id


def _moment(at: datetime) -> str:
    local = at.astimezone(CHINA)
    return f"{local.month}月{local.day}日 {list(WEEKDAYS)[local.weekday()]} {local:%H:%M}"


def _case_of(line: Line, cases: dict[int, CaseView]) -> CaseView | None:
    match = _NUMBER.search(line.text) if line.by_desk else None
    return cases.get(int(match[1])) if match else None


def _is_page(line: Line, case: CaseView) -> bool:
    return re.search(rf"接单 {case.number}(?!\d)", line.text) is not None


def _whole(text: str) -> str:
    """Without halves of characters, which a form in an odd encoding may hold and no page can show."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def same_site(request: Request) -> None:
    """Refuse what another site makes a browser send."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    foreign = origin is not None and origin.split("://", 1)[-1] != request.headers.get("host")
    if foreign or site not in (None, "same-origin"):
        raise HTTPException(403, "只接受沙盘页面自己发来的请求")


def sandbox_routes(desk: Desk, rooms: SandboxRooms, clock: TravelClock, nudge: Callable[[], None]) -> APIRouter:
    """Routes below `/sandbox`."""
    router = APIRouter(prefix="/sandbox", include_in_schema=False)
    sandbox = Sandbox(desk, rooms, clock, nudge)
    field = Annotated[str, Form(), AfterValidator(_whole)]

    def feed(request: Request, who: str) -> Response:
        return templates.TemplateResponse(request, "sandbox_feed.html", sandbox.view(who), headers=HEADERS)

    @router.get("", response_class=HTMLResponse)
    def page(request: Request, who: str = "") -> Response:
        return templates.TemplateResponse(request, "sandbox.html", sandbox.view(who), headers=HEADERS)

    @router.get("/feed", response_class=HTMLResponse)
    def news(request: Request, who: str = "", seen: str = "") -> Response:
        view = sandbox.view(who)
        if view["seen"] == seen:
            return Response(status_code=204, headers=HEADERS)
        return templates.TemplateResponse(request, "sandbox_feed.html", view, headers=HEADERS)

    @router.post("/say", response_class=HTMLResponse, dependencies=[Depends(same_site)])
    def say(request: Request, who: field, room: field, text: field = "", at: field = "") -> Response:
        words = text.replace("\r\n", "\n")
        if len(words) > MOST_TEXT:
            raise HTTPException(413, "一次最多 5,000 字")
        sandbox.say(who, room, words, at=bool(at))
        return feed(request, who)

    @router.post("/tap", response_class=HTMLResponse, dependencies=[Depends(same_site)])
    def tap(request: Request, who: field, room: field, card: field, says: field) -> Response:
        sandbox.tap(who, room, card, says)
        return feed(request, who)

    @router.post("/travel", response_class=HTMLResponse, dependencies=[Depends(same_site)])
    def travel(request: Request, minutes: Annotated[int, Form()], who: field = "") -> Response:
        if minutes not in JUMPS:
            raise HTTPException(422, "只能快进 1、10 或 60 分钟")
        sandbox.travel(minutes)
        return feed(request, who)

    return router
