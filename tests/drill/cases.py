"""Puts the evidence together by case: who waits, since when, what rang, when it was over. Pure."""

from collections import defaultdict
from dataclasses import dataclass, field

from tests.drill.duty import (
    HUMAN,
    ON_CALL,
    colleague,
    ends_it,
    forbidden_in,
    given_up_in,
    joined_in,
    opened_in,
    pages_in,
    resolved_by,
    taken_by,
)
from tests.drill.evidence import Evidence, Said, Shown


@dataclass(frozen=True, slots=True)
class Ring:
    """A page that notified somebody. `answered`: the desk got to know that it was taken."""

    at: float
    platform: str
    answered: bool


@dataclass(slots=True)
class Case:
    """Everything that the platforms know of a case.

    `asked`: when the words were first written, from which on it may ring. `due`: when the first step is. `over`: when
    somebody wrote that he takes it, or that nobody is needed; `over_for_sure`: when the platform got its 200 for that.
    `closed`: when the platform got its 200 for words that it is solved; until then its person has no other one.
    """

    number: int
    first_seen: float
    who: str = ""
    asked: float = 0.0
    due: float = 0.0
    over: float | None = None
    over_for_sure: float | None = None
    closed: float | None = None
    given_up: bool = False
    joined: list[float] = field(default_factory=list)  # when its person was told that more words of his were added
    forbidden: list[tuple[float, str]] = field(default_factory=list)  # when whom was told that he may not resolve it
    rings: dict[int, list[Ring]] = field(default_factory=dict)

    def ended(self, said: Said, *, closed: bool) -> None:
        """By these words, unless it had been before."""
        accepted = said.accepted_at or said.posted_at
        if closed and (self.closed is None or accepted < self.closed):
            self.closed = accepted
        if self.over is None or said.posted_at < self.over:
            self.over, self.over_for_sure = said.posted_at, said.accepted_at

    def may_not(self, said: Said) -> bool:
        """Whether these words were answered with a no."""
        return any(at >= said.posted_at and who == said.person for at, who in self.forbidden)

    def is_open(self, at: float) -> bool:
        return self.closed is None or at < self.closed


def cases_of(evidence: Evidence) -> tuple[list[Case], list[Said]]:
    """Every case that was seen, in the order of the numbers; and the requests for a person that nothing came of."""
    cases: dict[int, Case] = {}
    for line in evidence.shown:
        _read(cases, line)
    for refused in evidence.refused:  # a case may be known before anything of it is shown
        for page in pages_in(refused.text):
            if page.case in cases:
                cases[page.case].first_seen = min(cases[page.case].first_seen, refused.at)
    said = [one for one in evidence.said if one.accepted_at is not None]
    by_person: dict[str, list[Said]] = defaultdict(list)
    for one in said:
        by_person[one.person].append(one)
        for number, closed in ((taken_by(one.text), False), (resolved_by(one.text), True)):
            if number in cases and not (closed and cases[number].may_not(one)):
                cases[number].ended(one, closed=closed)
    theirs: dict[str, list[Case]] = defaultdict(list)
    for number in sorted(cases):
        theirs[cases[number].who].append(cases[number])
    unheard: list[Said] = []
    for person, words in by_person.items():
        unheard += _of_one(sorted(words, key=lambda one: one.accepted_at or 0.0), theirs[person])
    for case in cases.values():
        if not case.asked:  # the desk opened it of its own accord
            case.asked = case.due = case.first_seen
    return [cases[number] for number in sorted(cases)], unheard


def _read(cases: dict[int, Case], line: Shown) -> None:
    """What one line of the desk says about a case."""
    if (forbidden := cases.get(forbidden_in(line.text))) is not None:
        forbidden.forbidden += [(line.at, one.name) for id in line.persons if (one := colleague(line.platform, id))]
    if (joined := cases.get(joined_in(line.text))) is not None:
        joined.joined.append(line.at)
    if line.room == ON_CALL:
        for page in pages_in(line.text):
            case = cases.setdefault(page.case, Case(page.case, line.at))
            case.who = case.who or page.who
            if line.persons:
                case.rings.setdefault(page.step, []).append(Ring(line.at, line.platform, line.answered))
        return
    number = opened_in(line.text)
    if number and line.persons:
        case = cases.setdefault(number, Case(number, line.at))
        case.who = line.persons[0]
    given_up = cases.get(given_up_in(line.text))
    if given_up is not None:
        given_up.given_up = True


def _of_one(words: list[Said], theirs: list[Case]) -> list[Said]:
    """One person's words and cases, both in their order: which words opened which case; those that opened none."""
    unheard: list[Said] = []
    left, current = list(theirs), None
    for said in words:
        heard = said.accepted_at or said.posted_at
        while left and left[0].first_seen < said.posted_at:
            current = left.pop(0)
        if ends_it(said.text) and current is not None:
            current.ended(said, closed=True)
        if said.text != HUMAN or (current is not None and (current.is_open(heard) or _joined(said, current))):
            continue
        if not left:
            unheard.append(said)
            continue
        current = left.pop(0)
        current.asked, current.due = said.posted_at, heard
    return unheard


def _joined(said: Said, case: Case) -> bool:
    """Whether these words went to the case that was open as they were written, though their 200 came after its end."""
    return case.is_open(said.posted_at) and any(at >= said.posted_at for at in case.joined)
