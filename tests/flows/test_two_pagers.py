"""A page between two pagers: it leaves one that is shut, full or stumbles, and never rings twice."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

from app.channels.base import SendFailed
from app.core.delivery import Failure
from app.core.escalation import by_order
from app.core.message import OutboundMessage, Room, RoomKind, Way
from app.flows.deliver import deliver
from app.store import claims, pace
from tests.flows.stage import PAGER, Stage, dies_while_sending, killed
from tests.people import XIAOLIN, ZHANG, crowd


def test_pages_leave_a_pager_that_is_locked_out_by_the_other_one(two_pagers: Stage) -> None:
    """Ten minutes are too long for a page: what waits there goes by the next pager, and new ones go there too."""
    stage = two_pagers

    def locked(message: OutboundMessage) -> None:
        raise SendFailed(Failure.TEMPORARY, "130101", "限流", timedelta(minutes=10), locks_target=True)

    stage.pager.before_sending = locked
    for person in crowd(2):
        stage.asks_for_a_person(person)
    stage.works()
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    assert stage.pager.sent == []
    assert sorted(m.title for m in stage.second_pager.sent) == ["单 1", "单 2", "单 3"]


def test_where_both_pagers_are_locked_out_a_page_waits_for_the_one_that_opens_first(two_pagers: Stage) -> None:
    """A minute against ten: neither what waited nor what is called meanwhile stays with the slower one."""
    stage = two_pagers

    def shut_for(minutes: int) -> Callable[[OutboundMessage], None]:
        def locked(message: OutboundMessage) -> None:
            raise SendFailed(Failure.TEMPORARY, "410100", "停", timedelta(minutes=minutes), locks_target=True)

        return locked

    stage.second_pager.before_sending = shut_for(1)
    stage.pager.before_sending = shut_for(10)
    for person in crowd(2):
        stage.asks_for_a_person(person)
        stage.works()
    stage.second_pager.before_sending = lambda message: None
    stage.minute(63)
    assert stage.pager.sent == []
    assert sorted(m.title for m in stage.second_pager.sent) == ["单 1", "单 2"]


def test_a_page_that_the_last_pager_refuses_goes_back_to_the_first(two_pagers: Stage) -> None:
    """The first was only locked out: the page is not given up while there is one that has not refused it."""
    stage = two_pagers

    def locked(message: OutboundMessage) -> None:
        raise SendFailed(Failure.TEMPORARY, "130101", "限流", timedelta(minutes=10), locks_target=True)

    stage.pager.before_sending = locked
    stage.second_pager.fails(Failure.PERMANENT)
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    stage.pager.before_sending = lambda message: None
    stage.waits(9)
    assert stage.paged == []
    stage.waits(2)
    assert stage.paged[0] == "张工" and stage.second_pager.sent == []


def test_a_page_comes_back_to_a_pager_that_only_stumbled(two_pagers: Stage) -> None:
    """Three tries at the first, a lock of ten minutes at the second: then it is the first one's turn again."""
    stage = two_pagers

    def locked(message: OutboundMessage) -> None:
        raise SendFailed(Failure.TEMPORARY, "130101", "限流", timedelta(minutes=10), locks_target=True)

    stage.pager.fails(Failure.TEMPORARY)
    stage.second_pager.before_sending = locked
    stage.asks_for_a_person(XIAOLIN)
    for _ in range(30):
        stage.minute(3)
    assert [row.channel for row in stage.outbox(Way.PAGE)] == [PAGER, "second", PAGER]
    stage.pager.before_sending = lambda message: None
    stage.minute(3)
    assert stage.paged == ["张工"]


def test_a_page_does_not_go_to_and_fro_for_ever(two_pagers: Stage) -> None:
    """Both stumble: it stays longer and longer where it is, and is tried on there; but at most a minute."""
    stage = two_pagers
    stage.desk.default_plan = by_order([180], 0)
    for pager in (stage.pager, stage.second_pager):
        pager.fails(Failure.TEMPORARY)
    stage.asks_for_a_person(XIAOLIN)
    for _ in range(400):
        stage.minute(3)
    pages = stage.outbox(Way.PAGE)
    assert all(before.channel != page.channel for before, page in pairwise(pages))
    left = [page.finished_at for page in pages if page.finished_at]
    turns = [(later - earlier).total_seconds() for earlier, later in pairwise(left)]
    assert max(turns[:2]) < 15
    assert min(turns[-8:]) >= 30  # of two pagers each sees it once a minute
    assert stage.paged == []


def test_a_page_leaves_a_pager_that_stumbles_within_seconds(two_pagers: Stage) -> None:
    """The other one is open; half a minute of tries would be half a minute of nobody."""
    stage = two_pagers
    stage.pager.fails(Failure.TEMPORARY)
    stage.asks_for_a_person(XIAOLIN)
    for _ in range(5):
        stage.minute(1)
    assert [m.title for m in stage.second_pager.sent] == ["单 1"]


def test_a_page_that_moved_is_no_later_call_of_its_case(two_pagers: Stage) -> None:
    """The first step's page moves as the second step's may have rung: the third step is due all the same."""
    stage = two_pagers

    def down(message: OutboundMessage) -> None:
        raise SendFailed(Failure.TEMPORARY, "846601", "忙", timedelta(minutes=5), locks_target=False)

    stage.pager.before_sending = stage.second_pager.before_sending = down
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    calls = iter([Failure.PERMANENT, Failure.UNKNOWN])

    def first_refused_then_unknown(message: OutboundMessage) -> None:
        stage.clock.set(stage.now + timedelta(seconds=0.1))
        if failure := next(calls, None):
            raise SendFailed(failure, "x", "出错")

    stage.pager.before_sending = first_refused_then_unknown
    stage.second_pager.before_sending = lambda message: None
    stage.minute(15 * 60)
    assert [row.state for row in stage.outbox(Way.PAGE)][:2] == ["failed", "unknown"]
    assert [case.step for case in stage.cases()] == [3]


def test_a_page_that_may_have_rung_goes_by_no_other_pager(two_pagers: Stage) -> None:
    """Its pager drops a second one, so it is tried there again; where it is refused then, the next step is due."""
    stage = two_pagers
    stage.pager.drops_repeats = True
    stage.pager.fails(Failure.UNKNOWN)
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    stage.pager.fails(Failure.PERMANENT)
    stage.clock.set(stage.now + timedelta(seconds=1))
    deliver(stage.desk, "worker", [PAGER])
    stage.pager.before_sending = lambda message: None
    stage.works()
    assert (stage.paged, stage.second_pager.sent) == (["李工"], [])
    assert [row.state for row in stage.outbox(Way.PAGE)] == ["unknown", "sent"]


def test_a_page_that_may_have_rung_does_not_wait_for_a_pager_that_is_locked_out(two_pagers: Stage) -> None:
    """By the other it could ring a second time: the next step is due."""
    stage = two_pagers

    def locked(message: OutboundMessage) -> None:
        raise SendFailed(Failure.TEMPORARY, "130101", "限流", timedelta(minutes=5), locks_target=True)

    stage.pager.drops_repeats = True
    stage.pager.fails(Failure.UNKNOWN)
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    stage.pager.before_sending = locked
    stage.waits(1)
    assert [message.mentions[0].user_id for message in stage.second_pager.sent] == ["li"]
    stage.pager.before_sending = lambda message: None
    stage.waits(6)
    assert stage.paged == []


def test_pages_leave_a_pager_that_is_full_by_the_other_one(two_pagers: Stage) -> None:
    """It takes two a minute: the third case need not wait for the minute's end."""
    stage = two_pagers
    stage.pager.limit = 2
    for person in crowd(2):
        stage.asks_for_a_person(person)
    stage.works()
    stage.waits(0.5)
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    assert [m.title for m in stage.pager.sent] == ["单 1", "单 2"]
    assert [m.title for m in stage.second_pager.sent] == ["单 3"]


def test_a_page_whose_sender_died_does_not_wait_for_a_pager_that_is_shut_for_long(two_pagers: Stage) -> None:
    """It would be repeated there in five minutes, and rings nowhere else: the next step is due."""
    stage = two_pagers
    _dies_as_the_pager_shuts(stage, timedelta(minutes=5))
    assert [row.state for row in stage.outbox(Way.PAGE)] == ["unknown", "sent"]
    stage.waits(6)
    assert stage.paged == []


def test_a_page_whose_sender_died_rings_no_more_once_the_case_is_taken(two_pagers: Stage) -> None:
    """It waits two seconds for its pager; meanwhile 张工 takes the case."""
    stage = two_pagers
    _dies_as_the_pager_shuts(stage, timedelta(seconds=2))
    stage.hears(ZHANG, "接单 1", room=Room("zhang", RoomKind.SINGLE))
    stage.waits(1)
    assert (stage.paged, [row.state for row in stage.outbox(Way.PAGE)]) == ([], ["unknown"])


def _dies_as_the_pager_shuts(stage: Stage, time: timedelta) -> None:
    """The pager drops repeats, so that a page of which nobody knows whether it rang would be repeated there."""
    stage.pager.drops_repeats = True
    stage.asks_for_a_person(XIAOLIN)
    stage.pager.before_sending = killed
    dies_while_sending(stage)
    stage.pager.before_sending = lambda message: None
    stage.clock.set(stage.now + claims.LEASE + timedelta(seconds=1))
    (page,) = stage.outbox(Way.PAGE)
    with stage.desk.database.transaction() as session:
        pace.hold(session, page, range(1), stage.now + time)
    stage.works()
