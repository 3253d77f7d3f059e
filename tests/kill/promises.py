"""What the desk owes after each accepted message, and the lines with which it paid. Pure."""

import itertools
import re
from dataclasses import dataclass, field

from tests.kill.evidence import ON_CALL, Evidence, Line, Message
from tests.kill.pages import NAMES, pages_in
from tests.kill.talk import HUMAN, WITHDRAW

_NUMBER = re.compile(r"单号 (\d+)")
_TAKE, _RESOLVE = re.compile(r"接单 (\d+)$"), re.compile(r"解决 (\d+) ")


@dataclass
class Promise:
    """One thing to be said once. `must`: it may not be missing. `case` is opened by the answer."""

    key: str
    platform: str
    person: str
    wants: str
    since: float | None
    must: bool = True
    shown: list[Line] = field(default_factory=list)
    case: int = 0
    room: str = ""
    text: str = ""  # of the message, where it is its answer
    withdrawn_at: float | None = None

    def fits(self, line: Line) -> bool:
        return re.search(self.wants, line.text) is not None


def answers(evidence: Evidence) -> list[Promise]:
    """The answer to each message, in the order in which they were written."""
    by_message: dict[str, list[Line]] = {}
    by_person: dict[tuple[str, str], list[Line]] = {}
    for line in evidence.lines:
        if line.replies_to:
            by_message.setdefault(line.replies_to, []).append(line)
        for person in line.persons:
            by_person.setdefault((line.platform, person), []).append(line)
    found = []
    for message in evidence.messages:
        promise = _answer(message)
        promise.shown = by_message.get(message.id, [])
        if message.platform == "dingtalk":  # it does not know what a line answers; the words tell
            theirs = by_person.get((message.platform, message.person), [])
            promise.shown = _said(promise, message, theirs)
        if message.text == HUMAN and promise.shown:
            number = _NUMBER.search(promise.shown[0].text)
            promise.case = int(number[1]) if number else 0
        found.append(promise)
    _mark_withdrawn(found)
    return found


def _said(promise: Promise, message: Message, theirs: list[Line]) -> list[Line]:
    """Of the lines to this person those that answer this message.

    “早已关闭” can answer both a taking and a resolving; nobody resolves but whom the case was given to.
    """
    found = [line for line in theirs if line.room == message.room and promise.fits(line)]
    given = [line for line in found if _TAKE.match(message.text) and "归您了" in line.text]
    return given or found


def _answer(message: Message) -> Promise:
    key = f"{message.platform} {message.person}「{message.text}」"
    must = message.accepted_at is not None
    return Promise(
        key,
        message.platform,
        message.person,
        message.wants,
        message.accepted_at,
        must,
        [],
        0,
        message.room,
        message.text,
    )


def _mark_withdrawn(found: list[Promise]) -> None:
    """A case whose person was told that nobody is needed any more."""
    left = {
        (one.platform, one.person): one.since
        for one in found
        if one.text == WITHDRAW and any("撤了" in line.text for line in one.shown)
    }
    for promise in found:
        if promise.case:
            promise.withdrawn_at = left.get((promise.platform, promise.person))


def case_lines(evidence: Evidence, replies: list[Promise]) -> list[Promise]:
    """After an engineer took or resolved a case, the line to its person; what the engineer was told decides."""
    opened = {promise.case: promise for promise in replies if promise.case}
    found = []
    for message, reply in zip(evidence.messages, replies, strict=True):
        take, resolve = _TAKE.match(message.text), _RESOLVE.match(message.text)
        if take and any("归您了" in line.text for line in reply.shown):
            case, words = int(take[1]), "接了单 {case}，"
        elif resolve and any("已关闭" in line.text and "早已" not in line.text for line in reply.shown):
            case, words = int(resolve[1]), "单 {case} 已经处理好"
        else:
            continue
        if case in opened:
            found.append(_later(evidence, opened[case], words.format(case=case), message.accepted_at))
    return found


def escalations(evidence: Evidence, replies: list[Promise]) -> list[Promise]:
    """When somebody else is called, the person is told his name; once for each name."""
    opened = {promise.case: promise for promise in replies if promise.case}
    called: dict[int, list[tuple[int, Line]]] = {}
    for line in evidence.lines:
        for case, step in pages_in(line):
            called.setdefault(case, []).append((step, line))
    found = []
    for case, pages in called.items():
        pages.sort(key=lambda page: page[0])
        for (before, earlier), (step, line) in itertools.pairwise(pages):
            if case in opened and line.persons and line.persons != earlier.persons and step == before + 1:
                name = NAMES.get(line.persons[0], "")
                found.append(_later(evidence, opened[case], f"单 {case} 还没人接，已经改呼 {name}", line.at))
    known = {id(line) for promise in found for line in promise.shown}
    return found + _called_unseen(evidence, opened, known)


def _called_unseen(evidence: Evidence, opened: dict[int, Promise], known: set[int]) -> list[Promise]:
    """The same line about a page that was interrupted: it may be there, since the page may have rung."""
    found: dict[tuple[int, str], Promise] = {}
    for line in evidence.lines:
        words = re.search(r"单 (\d+) 还没人接，已经改呼 [^（。]+", line.text)
        if words and id(line) not in known and int(words[1]) in opened:
            person = opened[int(words[1])]
            promise = Promise(words[0], person.platform, person.person, re.escape(words[0]), None, must=False)
            found.setdefault((int(words[1]), words[0]), promise).shown.append(line)
    return list(found.values())


def _later(evidence: Evidence, person: Promise, words: str, since: float | None) -> Promise:
    promise = Promise(words, person.platform, person.person, re.escape(words), since)
    promise.shown = [
        line
        for line in evidence.lines
        if line.platform == person.platform
        and line.room == person.room
        and person.person in line.persons
        and words in line.text
    ]
    return promise


def closings(evidence: Evidence, replies: list[Promise]) -> list[Promise]:
    """After a person withdrew a case, the engineer is told; that may be one of the unknown ones."""
    found = []
    for promise in replies:
        if promise.case and promise.withdrawn_at:
            words = f"单 {promise.case} 不用处理了"
            notice = Promise(words, "", "", re.escape(words), promise.withdrawn_at)
            notice.shown = [line for line in evidence.lines if line.room == ON_CALL and words in line.text]
            found.append(notice)
    return found
