"""Judges a drill by its evidence alone: which step of which case was due when, and whether somebody's phone rang. Pure.

Nothing here imports the product. The plan is restated from the drill's own configuration: the first step is due when
the platform got its 200, each further one when the step before has waited; at once after a send of unknown outcome.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Protocol

from tests.drill.cases import Case, Ring, cases_of
from tests.drill.duty import (
    LATE_SECONDS,
    ON_CALL,
    PAGER_PER_MINUTE,
    PAGERS,
    PATIENCE_FOR_A_PAGER,
    REPEATS_WITH_KEY,
    Policy,
    pages_in,
)
from tests.drill.evidence import Evidence, Shut

MINUTE = 60.0
INSTANT = 1e-3  # what happens in one instant of the drill's clock
SLACK = 2 * LATE_SECONDS + 4.0  # early by so much: the two clocks are some seconds apart


@dataclass
class Verdict:
    """The count. `problems` name what is counted under lost, doubled and late; `strange` what else is not as it was."""

    cases: int = 0
    faults: int = 0
    by_fault: dict[str, int] = field(default_factory=dict)
    pages: int = 0
    lost: int = 0
    doubled: int = 0
    unknown: int = 0
    max_late_s: float = 0.0
    problems: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    troubled: set[int] = field(default_factory=set)  # cases that the problems are about

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.max_late_s > LATE_SECONDS)

    def as_json(self) -> dict[str, object]:
        """The figures, and nothing else."""
        names = ("cases", "faults", "by_fault", "pages", "lost", "doubled", "unknown")
        return {name: getattr(self, name) for name in names} | {"max_late_s": round(self.max_late_s, 2)}


def judge(evidence: Evidence) -> Verdict:
    """Everybody who asked for a person was heard, each step rang once and in time."""
    return _Court(evidence).hear()


class _Stretch(Protocol):
    @property
    def at(self) -> float: ...

    @property
    def until(self) -> float: ...


class _Stretches:
    """Times in which nothing could ring."""

    def __init__(self, stretches: Iterable[_Stretch]) -> None:
        self._sorted = sorted(stretches, key=lambda one: one.at)
        self._starts = [one.at for one in self._sorted]

        self._latest = list(accumulate((one.until for one in self._sorted), max))

    def over(self, moment: float) -> float:
        """When the stretch is over that goes on at `moment`, or begins before it would be late, and those after it."""
        while ends := self.ends(moment):
            moment = max(ends)
        return moment

    def ends(self, moment: float) -> list[float]:
        """The ends of all such stretches."""
        found, index = [], bisect_right(self._starts, moment + LATE_SECONDS) - 1
        while index >= 0 and self._latest[index] > moment:
            if self._sorted[index].until > moment:
                found.append(self._sorted[index].until)
            index -= 1
        return found

    def last_start(self, first: float, last: float) -> float | None:
        """When the last of them began between the two."""
        index = bisect_right(self._starts, last) - 1
        return self._starts[index] if index >= 0 and self._starts[index] >= first else None

    def covered(self, first: float, last: float) -> float:
        """How many seconds between the two fall into one of them."""
        index = bisect_left(self._starts, last)
        relevant: list[_Stretch] = []
        while index > 0 and self._latest[index - 1] > first:
            index -= 1
            relevant.append(self._sorted[index])
        seconds, counted = 0.0, first
        for one in reversed(relevant):
            begin, end = max(one.at, counted), min(one.until, last)
            seconds += max(0.0, end - begin)
            counted = max(counted, end)
        return seconds


@dataclass(slots=True)
class _Walk:
    """One case along its plan under one policy, by one explanation of what never rang or may have."""

    due: float | None  # when the next step is; None where none comes
    soonest: float = 0.0  # from when on the step may be on its way, where a stretch held up the one before
    killed: float = 0.0  # the last kill that explains something: it cannot explain what came after it
    late: float = 0.0
    unknown: int = 0
    problems: tuple[str, ...] = ()
    strange: tuple[str, ...] = ()

    def misfit(self) -> tuple[int, int, int, float]:
        """How badly this explains the log: of several stories the one is believed that leaves the least open."""
        return len(self.problems), len(self.strange), self.unknown, self.late

    def is_late(self, seconds: float, what: str) -> "_Walk":
        problems = (*self.problems, f"{what}，迟了 {seconds:.1f} 秒") if seconds > LATE_SECONDS else self.problems
        return replace(self, late=max(self.late, seconds), problems=problems)

    def is_strange(self, what: str) -> "_Walk":
        return replace(self, strange=(*self.strange, what))

    def goes_on(self, due: float, wait: float | None) -> "_Walk":
        """The step has had its turn; the next one is due, where the plan has one."""
        return replace(self, due=due if wait else None)

    def unknown_since(self, due: float, wait: float | None, killed: float = 0.0) -> "_Walk":
        """Nobody could know whether it rang: the next step is due at once."""
        return replace(self.goes_on(due, wait), unknown=self.unknown + 1, killed=killed or self.killed)


def _full(evidence: Evidence) -> Iterator[Shut]:
    """Times in which a pager had taken as many calls within a minute as its platform allows."""
    shown = [(one.at, one.platform) for one in evidence.shown if one.room == ON_CALL and one.by_pager]
    calls: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=PAGER_PER_MINUTE))
    for at, platform in sorted([*shown, *evidence.repeats]):
        recent = calls[platform]
        recent.append(at)
        if len(recent) == PAGER_PER_MINUTE and recent[0] > at - MINUTE:
            yield Shut(at, recent[0] + MINUTE, platform, ON_CALL)


class _Court:
    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._down = _Stretches(
            replace(one, until=max(one.until, one.at + evidence.takeover)) if one.killed else one
            for one in evidence.down
        )
        self._killed = sorted(one.at for one in evidence.down if one.killed)
        on_call = [*(one for one in evidence.shut if one.room == ON_CALL), *_full(evidence)]
        self._shut = {platform: _Stretches(one for one in on_call if one.platform == platform) for platform in PAGERS}
        self._refused: dict[tuple[int, int], dict[str, float]] = defaultdict(dict)  # by which pager, and when last
        for one in evidence.refused:
            for page in pages_in(one.text):
                self._refused[page.case, page.step][one.platform] = one.at
        self._bites = sorted(one.at for one in evidence.bites)
        self._verdict = Verdict()

    def hear(self) -> Verdict:
        verdict, evidence = self._verdict, self._evidence
        verdict.by_fault = dict(sorted(Counter(bite.kind for bite in evidence.bites).items()))
        verdict.faults = len(evidence.bites)
        cases, unheard = cases_of(evidence)
        verdict.cases = len(cases)
        for said in unheard:
            self._fault(f"{said.person} 说了“{said.text}”，没有开单，也没有呼叫", lost=1)
        for case in cases:
            self._one(case)
        return verdict

    def _fault(self, problem: str, case: int = 0, lost: int = 0, doubled: int = 0) -> None:
        self._verdict.problems.append(problem)
        self._verdict.lost += lost
        self._verdict.doubled += doubled
        if case:
            self._verdict.troubled.add(case)

    def _one(self, case: Case) -> None:
        verdict = self._verdict
        verdict.pages += sum(len(rings) for rings in case.rings.values())
        for step, rings in sorted(case.rings.items()):
            for again in rings[1:]:
                text = (
                    f"单 {case.number} 第 {step} 次呼叫响了两遍（{again.platform}，隔 {again.at - rings[0].at:.1f} 秒）"
                )
                self._fault(text, case.number, doubled=1)
        walk = min((walk for policy in self._policies(case) for walk in self._walks(case, policy)), key=_Walk.misfit)
        verdict.unknown += walk.unknown
        verdict.strange += walk.strange
        if not case.rings and not case.given_up and not self._in_time(case, self._latest(case.due)):
            self._fault(f"单 {case.number}（{case.who}）没有叫到任何人", case.number, lost=1)
            return
        verdict.max_late_s = max(verdict.max_late_s, walk.late)
        for problem in walk.problems:
            self._fault(problem, case.number)

    def _policies(self, case: Case) -> Sequence[Policy]:
        """What was in force when the case was opened; two where a restart lies between the words and the 200."""
        since = [at for at, _ in self._evidence.policies]
        first = max(0, bisect_right(since, case.asked) - 1)
        last = max(0, bisect_right(since, max(case.due, case.asked)) - 1)
        return [policy for _, policy in self._evidence.policies[first : last + 1]]

    # -- along the plan ---------------------------------------------------------------------------------

    def _walks(self, case: Case, policy: Policy) -> list[_Walk]:
        """Every way in which the log may have come about under this policy."""
        beyond = [
            f"单 {case.number} 的计划只有 {len(policy.seconds)} 步，却有第 {step} 次呼叫"
            for step in case.rings
            if step > len(policy.seconds)
        ]
        walks = [_Walk(case.due, soonest=case.asked, strange=tuple(beyond))]
        for step, wait in enumerate(policy.seconds, 1):
            ring = next(iter(case.rings.get(step, ())), None)
            further: list[_Walk] = []
            for walk in walks:
                if walk.due is None:
                    further.append(walk)
                    continue
                found = (
                    self._missing(walk, case, step, wait) if ring is None else self._rang(walk, case, ring, step, wait)
                )
                for one in found:
                    held_up = min(one.due or walk.due, walk.due + (wait or 0.0))
                    further.append(replace(one, soonest=held_up))
            walks = further
        return walks

    def _rang(self, walk: _Walk, case: Case, ring: Ring, step: int, wait: float | None) -> Iterator[_Walk]:
        """The step rang."""
        assert walk.due is not None, "a plan that has ended is not followed"
        what, due = f"单 {case.number} 第 {step} 次呼叫", walk.due
        walk = walk.is_late(ring.at - self._ready(due, ring.at), what)
        if step > 1 and ring.at < due - SLACK and not self._anything_in(case.asked - SLACK, ring.at):
            walk = walk.is_strange(f"{what}早了 {due - ring.at:.0f} 秒，没有理由")
        if case.over_for_sure is not None and ring.at > case.over_for_sure + LATE_SECONDS:
            walk = walk.is_strange(f"{what}，可这单 {ring.at - case.over_for_sure:.0f} 秒前就有人接了")
        fired = self._down.over(due)
        once, killed = ring.platform not in REPEATS_WITH_KEY, ring.at if self._kill_at(ring.at) else 0.0
        if once and (killed or not ring.answered):
            yield walk.unknown_since(ring.at, wait, killed)
        if not once or ring.answered:  # where the process died as the page went out, only the desk knows what it knew
            yield walk.goes_on((ring.at if ring.at <= fired + LATE_SECONDS else fired) + (wait or 0.0), wait)

    def _missing(self, walk: _Walk, case: Case, step: int, wait: float | None) -> Iterator[_Walk]:
        """The step never rang: by each reason that there may be, and without one."""
        assert walk.due is not None, "a plan that has ended is not followed"
        ready, due = self._latest(walk.due), walk.due
        later = min((rings[0].at for number, rings in case.rings.items() if number > step), default=None)
        if later is None and self._in_time(case, ready):
            yield replace(walk, due=None)
            return
        fired = self._down.over(due)
        planned = fired + (wait or 0.0)
        if (refused := self._refused_everywhere(case, step)) is not None:
            # Nobody could be reached: on to the next. Twice in a row it is the pagers: those steps keep their time.
            again = self._refused_everywhere(case, step - 1) is not None
            yield walk.goes_on(planned if again else max(due, refused), wait)
            return
        found = list(self._reasons(walk, case, step, wait, later))
        if not found:
            comes = later if later is not None else case.over if case.over is not None else self._evidence.ended
            what = f"单 {case.number} 第 {step} 次呼叫没有响"
            found = [walk.is_late(comes - ready, f"{what}，下一次（或有人接）才来").goes_on(planned, wait)]
        yield from found

    def _reasons(self, walk: _Walk, case: Case, step: int, wait: float | None, later: float | None) -> Iterator[_Walk]:
        """Why the step may never have rung: it waited, was taken along by a kill, or was given up before a lock."""
        assert walk.due is not None, "a plan that has ended is not followed"
        due, ready = walk.due, self._latest(walk.due)
        for fired in {due, self._down.over(due)}:  # just before the process went down, or as it was up again
            planned = fired + (wait or 0.0)
            early = later is not None and later < planned - SLACK
            if ready >= planned and not early and self._had_to_wait(case, step, fired, planned):
                yield walk.goes_on(planned, wait)  # it stood before a pager that was shut until the next turn
        for kill in self._kills(
            max(min(due, walk.soonest) - LATE_SECONDS, walk.killed + INSTANT), ready + LATE_SECONDS
        ):
            yield walk.unknown_since(max(due, kill), wait, killed=kill)
            for platform, at in self._refusals(case, step).items():
                if platform in REPEATS_WITH_KEY and at > kill:  # tried once more, where a second one shows nothing
                    yield walk.unknown_since(max(due, at), wait, killed=kill)
        last = ready if later is None else min(later, ready + LATE_SECONDS)
        if (lock := self._last_lock(due, last)) is not None:
            yield walk.unknown_since(max(due, lock), wait)

    def _last_lock(self, due: float, last: float) -> float | None:
        """When a page that may have rung was given up: only its own pager repeats it, and that was shut."""
        starts = (self._shut[platform].last_start(due, last) for platform in REPEATS_WITH_KEY)
        return max(filter(None, starts), default=None)

    def _had_to_wait(self, case: Case, step: int, first: float, last: float) -> bool:
        """Whether no pager was open for longer than a page may wait for another, but those that had refused it."""
        left = PAGERS - self._refusals(case, step).keys()
        free = (last - first - self._shut[platform].covered(first, last) for platform in left)
        return all(seconds <= PATIENCE_FOR_A_PAGER for seconds in free)

    def _refusals(self, case: Case, step: int) -> dict[str, float]:
        return self._refused.get((case.number, step), {})

    def _refused_everywhere(self, case: Case, step: int) -> float | None:
        """Since when no pager was left that took this step's page; None where one was."""
        refusals = self._refusals(case, step)
        return max(refusals.values()) if refusals.keys() == PAGERS else None

    # -- times --------------------------------------------------------------------------------------------

    def _ready(self, due: float, until: float) -> float:
        """The latest of: due, the process up again, a pager open again that the page waited for; not after `until`.

        A page may wait for one pager and then for another: each wait must follow upon the one before.
        """
        seen, left, fired = {due}, [due], self._down.over(due)
        while left:
            moment = left.pop()
            ends = self._down.ends(moment) + [end for shut in self._shut.values() for end in shut.ends(moment)]
            if any(end > until for end in ends) and until <= fired + PATIENCE_FOR_A_PAGER + LATE_SECONDS:
                return until  # it went by another one, which it need not do at once
            new = {end for end in ends if end <= until} - seen
            seen |= new
            left += new
        return max(seen)

    def _latest(self, due: float) -> float:
        """For a page that never rang, so that nobody knows what it waited for."""
        return self._ready(due, self._evidence.ended)

    def _in_time(self, case: Case, ready: float) -> bool:
        """Whether somebody took the case, or it was withdrawn, before its page would have been late."""
        return case.over is not None and case.over <= ready + LATE_SECONDS

    def _kill_at(self, moment: float) -> bool:
        return bool(self._kills(moment - INSTANT, moment + INSTANT))

    def _kills(self, first: float, last: float) -> list[float]:
        return self._killed[bisect_left(self._killed, first) : bisect_right(self._killed, last)]

    def _anything_in(self, first: float, last: float) -> bool:
        return bisect_right(self._bites, last) > bisect_left(self._bites, first)
