"""The people of a drill: staff who ask for somebody, cancel, ask again; engineers who take, resolve, keep silent."""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.drill import duty
from tests.drill.duty import DINGTALK, HUMAN, ON_CALL, PEOPLE, PROGRESS, QUESTION, SOLVED, WECOM, WITHDRAW
from tests.drill.evidence import Said, Shown
from tests.drill.town import GROUPS, Person, Post, Town

if TYPE_CHECKING:
    from tests.drill.run import Drill

CHINA_SECONDS, DAY = 8 * 3600, 24 * 3600
BY_DAY, BY_NIGHT, ON_WEEKENDS = 200.0, 1200.0, 600.0  # seconds between two people who ask, on average
TAKES = 0.3  # of the rings upon which somebody takes the case
RETURNS = 1800.0  # seconds after which somebody whose case is closed may come again
QUIET = 1200.0  # seconds after the last case until the drill may end
RUSHES, RUSH = 0.01, 14  # how often many come within half a minute, and how many
RECENT = 30  # messages that may be delivered once more
BUSY = 900.0  # seconds for which a ring is news
ON_ITS_WAY = 0.01  # seconds that a message travels: no two arrive in one moment, so that their order can be told


@dataclass(eq=False)
class Open:
    """A case that nobody has closed, as the people know it."""

    case: int
    rung_at: float
    taken: bool = False


class Crowd:
    """Everybody."""

    def __init__(self, drill: "Drill", town: Town) -> None:
        self._drill, self._town, self._rng = drill, town, drill.rng
        self._open: dict[int, Open] = {}
        self._closed: set[int] = set()
        self._waiting: dict[str, Person] = {}  # who asked and has not been helped, by name
        self._cases: dict[str, int] = {}  # by the name of who waits
        self._free: deque[tuple[float, Person]] = deque()
        self._recent: deque[Post] = deque(maxlen=RECENT)
        self._pending = 0
        self._seen = 0
        self._last = drill.clock.now()

    # -- what the drill asks ----------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Somebody waits whose plan is not used up."""
        now = self._drill.clock.now()
        news = any(not one.taken and one.rung_at > now - BUSY for one in self._open.values())
        return news or self._pending > 0

    @property
    def idle(self) -> bool:
        """Nobody waits, and has not for a while."""
        return not self._open and not self._pending and self._drill.clock.now() > self._last + QUIET

    def open_the_doors(self) -> None:
        self._drill.after(1.0, self._arrive)

    def deliver_again(self) -> bool:
        """A message that had been accepted comes once more; False where there is none."""
        if not self._recent:
            return False
        self._rng.choice(self._recent).again()
        self._drill.look_after_the_process()
        return True

    def look(self) -> None:
        """Everybody reads what is new on his screen."""
        self._town.read_log()
        for line in self._town.shown[self._seen :]:
            self._read(line)
        self._seen = len(self._town.shown)

    # -- staff --------------------------------------------------------------------------------------------

    def _arrive(self) -> None:
        drill, rng = self._drill, self._rng
        if drill.calm:
            return
        drill.after(rng.expovariate(1 / self._pause()), self._arrive)
        for _ in range(RUSH if rng.random() < RUSHES else 1):
            drill.after(rng.uniform(0.0, 30.0), self._come)

    def _come(self) -> None:
        drill, rng = self._drill, self._rng
        person = self._somebody()
        self._waiting[person.name] = person
        if rng.random() < 0.2:
            self._say(person, QUESTION, lambda: drill.after(rng.uniform(5, 60), lambda: self._ask(person)))
        else:
            self._ask(person)

    def _pause(self) -> float:
        local = self._drill.clock.now() + CHINA_SECONDS
        hour, weekday = local % DAY / 3600, int(local // DAY + 3) % 7
        if not 8 <= hour < 22:
            return BY_NIGHT
        return ON_WEEKENDS if weekday >= 5 else BY_DAY

    def _somebody(self) -> Person:
        now, rng = self._drill.clock.now(), self._rng
        if self._free and self._free[0][0] < now - RETURNS:
            return self._free.popleft()[1]
        room = 0 if rng.random() < 0.1 else rng.randint(1, GROUPS)
        return self._town.newcomer(rng.choice((WECOM, DINGTALK)), room)

    def _ask(self, person: Person) -> None:
        self._say(person, HUMAN, lambda: self._asked(person))

    def _asked(self, person: Person) -> None:
        """He has been heard; what he does while he waits."""
        drill, rng = self._drill, self._rng
        later = {WITHDRAW: (0.12, 20, 500), SOLVED: (0.05, 60, 900), PROGRESS: (0.1, 30, 300), HUMAN: (0.06, 20, 400)}
        for text, (share, soonest, latest) in later.items():
            if rng.random() < share:
                drill.after(rng.uniform(soonest, latest), lambda text=text: self._while_waiting(person, text))  # type: ignore[misc]

    def _while_waiting(self, person: Person, text: str) -> None:
        case = self._cases.get(person.name, 0)
        if person.name not in self._waiting or case not in self._open:
            return
        over = (lambda: self._close(case)) if duty.ends_it(text) else None
        self._say(person, text, over)

    # -- engineers ------------------------------------------------------------------------------------------

    def _read(self, line: Shown) -> None:
        if line.room != ON_CALL:
            case = duty.opened_in(line.text)
            if case and line.persons:
                self._know(case, line.persons[0])
            return
        rng = self._rng
        for page in duty.pages_in(line.text):
            self._know(page.case, page.who)
            known = self._open.get(page.case)
            engineer = self._town.engineer(line.platform, line.persons[0]) if line.persons else None
            if known is None or known.taken:
                continue
            known.rung_at = self._last = self._drill.clock.now()
            if engineer and rng.random() < TAKES:
                self._drill.after(rng.uniform(5, 240), lambda c=page.case, e=engineer: self._take(c, e))  # type: ignore[misc]

    def _know(self, case: int, name: str) -> None:
        """A case that is new to the people: somebody looks after it in the end, whatever happens."""
        if name in self._waiting:
            self._cases[name] = case
        if case not in self._open and case not in self._closed:
            self._open[case] = Open(case, self._drill.clock.now())
            self._drill.after(self._rng.uniform(1500, 3600), lambda: self._take(case, None))

    def _take(self, case: int, engineer: Person | None) -> None:
        known, rng = self._open.get(case), self._rng
        if (known is None or known.taken) and (engineer is None or rng.random() < 0.8):
            return
        if engineer is None:
            platform = rng.choice((WECOM, DINGTALK))
            engineer = self._town.engineer(platform, rng.choice(PEOPLE).on(platform))
            assert engineer is not None, "everybody is in both groups"
        self._say(engineer, duty.take(case), lambda: self._taken(case, engineer))

    def _taken(self, case: int, engineer: Person) -> None:
        known = self._open.get(case)
        if known is None or known.taken:
            return
        known.taken = True
        done = self._rng.uniform(60, 2400)
        self._drill.after(done, lambda: self._say(engineer, duty.resolve(case), lambda: self._close(case)))

    def _close(self, case: int) -> None:
        now = self._last = self._drill.clock.now()
        self._closed.add(case)
        if self._open.pop(case, None) is None:
            return
        for name in [name for name, theirs in self._cases.items() if theirs == case]:
            del self._cases[name]
            person = self._waiting.pop(name, None)
            if person:
                self._free.append((now, person))

    # -- the platforms carry it ---------------------------------------------------------------------------------

    def _say(self, person: Person, text: str, then: Callable[[], None] | None = None) -> None:
        now = self._last = self._drill.clock.now()
        said = Said(person.platform, person.name, text, now)
        self._drill.evidence.said.append(said)
        self._pending += 1
        self._drill.clock.advance(ON_ITS_WAY)
        post = self._town.post(person, text)
        self._delivered(post, said, then)

    def _delivered(self, post: Post, said: Said, then: Callable[[], None] | None) -> None:
        drill = self._drill
        drill.look_after_the_process()
        if not post.accepted:
            patience = min(60.0, 5.0 + (drill.clock.now() - said.posted_at) / 3)
            drill.after(self._rng.uniform(1.0, patience), lambda: self._again(post, said, then))
            return
        said.accepted_at = self._last = drill.clock.now()
        self._pending -= 1
        self._recent.append(post)
        if then:
            then()

    def _again(self, post: Post, said: Said, then: Callable[[], None] | None) -> None:
        """The platform, or the person, tries again: the same message."""
        self._drill.clock.advance(ON_ITS_WAY)
        with suppress(ValueError):  # WeCom itself still holds it back
            post.again()
        self._delivered(post, said, then)
