"""Judges a run by its evidence alone: nothing lost, nothing twice but where nobody could know. Pure."""

import itertools
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.kill.evidence import PASSIVE, Evidence, Line, Message
from tests.kill.excuses import Excuses
from tests.kill.pages import pages_in
from tests.kill.promises import Promise, answers, case_lines, closings, escalations

NEXT_STEP_SECONDS = 30.0  # after an interrupted page, until the next step rings


@dataclass
class Verdict:
    """The count. `problems` is empty when all promises were kept."""

    accepted: int = 0
    redelivered: int = 0
    not_accepted: int = 0
    kills: int = 0
    answered: int = 0
    lost: int = 0
    wrong: int = 0
    cases: int = 0
    pages: int = 0
    said_later: int = 0  # lines in rooms: taken, resolved, called on
    duplicate_answers: int = 0
    duplicate_lines: int = 0
    duplicate_pages: int = 0
    excused: int = 0  # of the duplicates: a kill hit that send in flight, on a way without idempotency key
    kills_in_flight: int = 0
    unknown: int = 0  # what the product itself calls unknown
    steps_skipped: int = 0  # pages and notices to engineers that were never seen; each must be an unknown one
    disordered: int = 0
    strange: int = 0
    takeover_seconds: dict[str, float] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def judge(evidence: Evidence) -> Verdict:
    """Every accepted message answered once, every case called for, in what the platforms showed."""
    return _Court(evidence).hear()


class _Court:
    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._verdict = Verdict(kills=len(evidence.kills), unknown=sum(evidence.unknown.values()))
        self._excuses = Excuses(evidence)
        self._known: set[int] = set()  # lines that were promised, by identity

    def hear(self) -> Verdict:
        verdict = self._verdict
        self._messages()
        replies = answers(self._evidence)
        verdict.answered = self._kept(replies, "答复", "duplicate_answers")
        verdict.lost = sum(promise.must and not promise.shown for promise in replies)
        verdict.wrong = sum(self._is_wrong(promise) for promise in replies)
        later = [*case_lines(self._evidence, replies), *escalations(self._evidence, replies)]
        verdict.said_later = self._kept(later, "群里的话", "duplicate_lines")
        verdict.lost += sum(promise.must and not promise.shown for promise in later)
        notices = closings(self._evidence, replies)
        self._kept(notices, "撤单通知", "duplicate_pages", may_be_missing=True)
        self._pages(replies)
        verdict.steps_skipped += sum(promise.must and not promise.shown for promise in notices)
        admitted = self._evidence.unknown.get("page", 0)
        if verdict.steps_skipped > admitted:
            self._fault(f"{verdict.steps_skipped} 次呼叫没响，程序只承认 {admitted} 次不明")
        self._order(replies)
        self._strangers()
        verdict.kills_in_flight = self._excuses.kills_in_flight
        verdict.takeover_seconds = _spread(self._excuses.takeovers([*replies, *later, *notices]))
        return verdict

    def _fault(self, problem: str) -> None:
        self._verdict.problems.append(problem)

    def _messages(self) -> None:
        for message in self._evidence.messages:
            self._verdict.accepted += message.accepted_at is not None
            self._verdict.redelivered += message.attempts > 1
            if message.accepted_at is None:
                self._verdict.not_accepted += 1
                self._fault(f"{_name(message)} 一直没被收下")

    def _kept(self, promises: Iterable[Promise], what: str, count: str, *, may_be_missing: bool = False) -> int:
        """How many were kept; what is missing, or came twice, is counted and, where nothing excuses it, a fault."""
        kept = 0
        for promise in promises:
            self._known.update(map(id, promise.shown))
            kept += bool(promise.shown)
            if promise.must and not promise.shown and not may_be_missing:
                self._fault(f"{what}丢了：{promise.key}")
            for before, again in itertools.pairwise(promise.shown):
                self._twice(promise, before, again, what, count)
        return kept

    def _twice(self, promise: Promise, before: Line, again: Line, what: str, count: str) -> None:
        setattr(self._verdict, count, getattr(self._verdict, count) + 1)
        if self._excuses.excuse(before, again):
            self._verdict.excused += 1
        else:
            self._fault(f"{what}重复，没有理由：{promise.key}（{again.way}，{again.text[:30]}）")

    def _is_wrong(self, promise: Promise) -> bool:
        bad = [line for line in promise.shown if not promise.fits(line)]
        for line in bad:
            self._fault(f"答复不对：{promise.key}：{line.text[:60]}")
        return bool(bad)

    def _pages(self, replies: list[Promise]) -> None:
        """Each case is called for, each step at most once; a step that is missing is followed by the next at once."""
        rung: dict[int, dict[int, list[Line]]] = {}
        for line in self._evidence.lines:
            for case, step in pages_in(line):
                rung.setdefault(case, {}).setdefault(step, []).append(line)
                self._known.add(id(line))
        opened = {promise.case: promise for promise in replies if promise.case}
        self._verdict.cases = len(opened)
        for case in rung.keys() - opened.keys():
            self._fault(f"呼叫了没有开过的单 {case}")
        for case, promise in sorted(opened.items()):
            self._one_case(case, promise, rung.get(case, {}))

    def _one_case(self, case: int, promise: Promise, steps: dict[int, list[Line]]) -> None:
        verdict = self._verdict
        verdict.pages += len(steps)
        for step, lines in steps.items():
            for again in lines[1:]:
                verdict.duplicate_pages += 1
                self._fault(f"单 {case} 第 {step} 次呼叫响了两遍（{again.way}）")
        withdrawn = promise.withdrawn_at is not None
        if not steps and not withdrawn:
            self._fault(f"单 {case} 没有任何呼叫")
            return
        verdict.steps_skipped += sum(step not in steps for step in range(1, max(steps, default=0)))
        if steps and 1 not in steps and promise.since is not None:
            came = min(line.at for lines in steps.values() for line in lines)
            waited = came - promise.since - self._excuses.downtime(promise.since, came)
            if waited > NEXT_STEP_SECONDS:
                self._fault(f"单 {case} 第一次呼叫没响，下一次过了 {waited:.0f} 秒才来")

    def _order(self, replies: list[Promise]) -> None:
        """One person's answers come in the order of the messages.

        But for an answer that rides on the callback's response: it cannot wait for one that a kill holds up.
        """
        latest: dict[tuple[str, str], Promise] = {}
        for promise in (one for one in replies if one.shown):
            before = latest.setdefault((promise.platform, promise.person), promise)
            if promise.shown[0].at >= before.shown[0].at:
                latest[promise.platform, promise.person] = promise
                continue
            self._verdict.disordered += 1
            if not (promise.shown[0].way == PASSIVE and self._excuses.spans_kill(before)):
                self._fault(f"答复次序颠倒：{promise.key}")

    def _strangers(self) -> None:
        for line in self._evidence.lines:
            if id(line) not in self._known:
                self._verdict.strange += 1
                self._fault(f"没人等这句话：{line.platform} {line.way} {line.room} {line.persons} {line.text[:60]!r}")


def _name(message: Message) -> str:
    return f"{message.platform} {message.person}「{message.text}」({message.id})"


def _spread(seconds: list[float]) -> dict[str, float]:
    if not seconds:
        return {}
    return {"median": round(statistics.median(seconds), 2), "max": round(max(seconds), 2), "times": len(seconds)}
