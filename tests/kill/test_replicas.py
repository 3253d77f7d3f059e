"""Two replicas on one PostgreSQL: each message once, in order, whoever of the two dies or is being restarted."""

import re
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from secrets import token_hex

import psycopg
import pytest
from sqlalchemy import URL

from tests import postgres
from tests.kill.crowd import Staff
from tests.kill.evidence import Kill, Line
from tests.kill.pair import Pair, pair, until
from tests.kill.server import Server
from tests.kill.side import Side
from tests.kill.talk import HUMAN, QUESTION, WITHDRAW, Turn, scripts, take
from tests.platforms.dingtalk.faults import Fault
from tests.platforms.dingtalk.wire import Endpoint as DingTalk
from tests.platforms.wecom.faults import Endpoint as WeCom
from tests.platforms.wecom.faults import hang

pytestmark = pytest.mark.xdist_group("kill")  # never beside each other: each needs both cores
TAKEOVER_SECONDS = 20.0
VAGUE = Turn("有点问题", "我还没听准")
ASK = Turn(*QUESTION)
PERSON = Turn(HUMAN, r"单号 \d+")
_HELD = (DingTalk.SESSION, DingTalk.CUSTOM)


@pytest.fixture(scope="module")
def database(postgres_server: URL) -> Iterator[str]:
    """An empty database; the replicas make its tables."""
    name = f"replicas_{token_hex(4)}"
    postgres.run(postgres_server, f"CREATE DATABASE {name}")
    yield postgres_server.set(database=name).render_as_string(hide_password=False)
    postgres.run(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def two(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with pair(tmp_path_factory.mktemp("replicas"), database) as standing:
        yield standing


def test_two_that_start_at_once_on_an_empty_database_migrate_it_once(two: Pair, database: str) -> None:
    """Both are ready, neither has tried to make what the other had made."""
    with psycopg.connect(database) as connection:
        versions = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    assert len(versions) == 1 and all(server.is_ready() for server in two.servers)
    two.verdict()


def test_a_message_that_reaches_both_at_once_is_handled_once(two: Pair) -> None:
    """One answer on the screen, one case, one page; each replica had one copy."""
    served = dict(two.door.served)
    turns = [ASK] * 6 + [PERSON] * 3
    for turn in turns:
        for side in two.house.sides:
            two.arrives_twice(side, turn)
    two.settle()
    verdict = two.verdict()
    grown = [two.door.served[server.url] - served.get(server.url, 0) for server in two.servers]
    assert grown == [2 * len(turns), 2 * len(turns)] and verdict.cases == verdict.pages == 6


def test_what_one_person_writes_is_answered_in_that_order(two: Pair) -> None:
    """The second message, at the other replica, waits for the answer to the first: though that one is slow or fails."""
    before = two.verdict().answered
    faults = two.house.dingtalk.ding.faults
    faults.next(DingTalk.SESSION, Fault.http(502), times=3)
    faults.next(DingTalk.SESSION, Fault.slow(0.3), times=6)

    def talk(side: Side) -> None:
        person = two.newcomer(side)
        for turn in (VAGUE, ASK, Turn("已解决", "解决了就好")):
            assert two.says(side, turn, person=person).attempts == 1

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(talk, two.house.sides * 6))
    two.settle()
    verdict = two.verdict()
    assert verdict.answered == before + 36 and verdict.disordered == 0


def test_a_rolling_restart_under_load_loses_nothing_and_nobody_notices(two: Pair) -> None:
    """One after the other is told to end, ends well, comes back; the door sends callers to the one that is ready."""
    before = len(two.book.messages())
    people = [script for script in scripts(Random(11), 500) if "单" not in script[0].wants] + [(PERSON,)] * 4
    Random(12).shuffle(people)
    staff = Staff(two.house.sides, two.book, people, 11)
    stop = threading.Event()
    load = threading.Thread(target=_trickle, args=(staff, stop))
    load.start()
    try:
        for server in two.servers:
            assert server.stop() == 0
            server.start()
            server.wait_ready()
            until("门口知道它好了", lambda url=server.url: two.door.knows_ready(url))  # type: ignore[misc]
    finally:
        stop.set()
        load.join()
        staff.send_away()
        until("大家都说完了", staff.done)
        staff.close()
    two.settle()
    verdict, written = two.verdict(), two.book.messages()[before:]
    assert len(written) > 10 and [message for message in written if message.attempts > 1] == []
    assert two.door.errors == []
    assert (verdict.duplicate_answers, verdict.duplicate_lines, verdict.unknown) == (0, 0, 0)


def _trickle(staff: Staff, stop: threading.Event) -> None:
    while not stop.wait(0.5):
        staff.release(1)


def test_when_one_dies_with_work_in_its_hands_the_other_does_it_within_seconds(two: Pair) -> None:
    """An answer and a keyed notice are sent; a page that may have rung is not repeated: the next person is called."""
    first, second = two.servers
    wecom, dingtalk = two.house.sides
    asker = two.newcomer(dingtalk)
    case = _case_of(two, two.says(dingtalk, PERSON, person=asker).person)
    engineer = dingtalk.engineer("li01")
    two.says(dingtalk, take(case), person=engineer)
    two.settle()
    _hold_everything(two, second)
    two.says(wecom, PERSON)
    two.says(dingtalk, ASK)
    two.says(dingtalk, Turn(WITHDRAW, rf"单 {case} 撤了"), person=asker)
    until("三处都悬着", lambda: _hangs(two))
    lines = {line for side in two.house.sides for line in side.lines()}
    second.signal(signal.SIGCONT)
    two.kills.append(Kill(first.kill(), "holding"))
    died = time.monotonic()
    for words in (r"单 .* 撤了", ASK.wants, f"单 {case} 不用处理了", "第 2 次呼叫"):
        left = died + TAKEOVER_SECONDS - time.monotonic()
        until(f"另一台接过去：{words}", lambda words=words: _is_shown(two, words, lines), left)  # type: ignore[misc]
    two.settle()
    verdict = two.verdict()
    assert (verdict.unknown, verdict.steps_skipped) == (1, 1)
    assert (verdict.duplicate_answers, verdict.duplicate_lines, verdict.duplicate_pages) == (0, 0, 0)


def _case_of(two: Pair, person: str) -> int:
    """The number that this person was told."""
    until("单号", lambda: bool(_told(two, person)))
    return int(_told(two, person)[0])


def _told(two: Pair, person: str) -> list[str]:
    lines = [line for side in two.house.sides for line in side.lines() if person in line.persons]
    return [found[1] for line in lines if (found := re.search(r"单号 (\d+)", line.text))]


def _hold_everything(two: Pair, other: Server) -> None:
    """The other replica sleeps, and the platforms leave the next call of each kind without an answer."""
    other.signal(signal.SIGSTOP)
    two.house.connect(next(server.url for server in two.servers if server is not other))
    two.house.wecom.wecom.fail(WeCom.PUSH, hang(60))
    for endpoint in _HELD:
        two.house.dingtalk.ding.faults.next(endpoint, Fault.hang(60))


def _hangs(two: Pair) -> bool:
    pushes = two.house.wecom.wecom.recorder.calls_to(WeCom.PUSH)
    faults = two.house.dingtalk.ding.faults
    return any(call.fault == "hang" for call in pushes) and not any(faults.left(endpoint) for endpoint in _HELD)


def _is_shown(two: Pair, words: str, before: set[Line]) -> bool:
    return any(re.search(words, line.text) for side in two.house.sides for line in side.lines() if line not in before)
