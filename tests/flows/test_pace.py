"""Limits are kept, pages go first, one who floods is slowed, and a dead process's work is taken over."""

from datetime import timedelta

from app.channels.base import SendFailed
from app.core.delivery import Failure
from app.core.message import OutboundMessage, Room, RoomKind, Way
from app.flows.deliver import deliver
from app.store import replicas
from tests.flows.backlog import in_order, waiting_answer
from tests.flows.stage import CHANNEL, PAGER, Stage, dies_while_sending, killed
from tests.people import GROUP, XIAOLIN, ZHANG, crowd

QUESTION = "新手机怎么设置公司邮箱"  # never a large-scale fault, however many ask
HR = Room("hr", RoomKind.GROUP, "人事群")


def test_a_room_takes_no_more_than_its_limit_allows_and_nothing_is_lost(stage: Stage) -> None:
    """Thirty ask in one minute; fourteen answers go at once, the rest minute by minute, in order."""
    stage.group.limit = 20
    for person in crowd(30):
        stage.hears(person, QUESTION)
    stage.works()
    assert len(stage.group.sent) == 14
    stage.minute()
    assert len(stage.group.sent) == 28
    stage.minute()
    assert [m.person.id for m in stage.group.sent if m.person] == [p.id for p in crowd(30)]


def test_a_full_room_does_not_hold_up_another(stage: Stage) -> None:
    """The limit belongs to the room, not to the desk."""
    stage.group.limit = 20
    for person in crowd(30):
        stage.hears(person, QUESTION)
    stage.hears(XIAOLIN, QUESTION, room=HR)
    stage.works()
    assert [m.room and m.room.id for m in stage.group.sent].count(HR.id) == 1


def test_lines_of_a_hand_off_still_go_when_answers_have_to_wait(stage: Stage) -> None:
    """张工 takes a case while the room is full of answers: 小林 is told at once."""
    stage.group.limit = 20
    number = stage.asks_for_a_person(XIAOLIN)
    stage.works()
    for person in crowd(30):
        stage.hears(person, QUESTION)
    stage.works()
    full = len(stage.group.sent)
    stage.hears(ZHANG, f"接单 {number}", room=Room("zhang", RoomKind.SINGLE))
    stage.works()
    told = [m for m in stage.group.sent[full:] if m.way is Way.ROOM]
    assert [f"接了单 {number}" in m.markdown for m in told] == [True]


def test_a_platform_that_locks_us_out_is_left_alone_until_it_is_over(stage: Stage) -> None:
    """One call meets the lock; the other answers to that room wait, those to others do not."""
    calls: list[str] = []

    def locked(message: OutboundMessage) -> None:
        assert message.room is not None
        calls.append(message.room.id)
        if message.room.id == GROUP.id:
            raise SendFailed(Failure.TEMPORARY, "130101", "限流", timedelta(minutes=10), locks_target=True)

    stage.group.before_sending = locked
    for person in crowd(5):
        stage.hears(person, QUESTION)
    stage.hears(XIAOLIN, QUESTION, room=HR)
    stage.works()
    stage.waits(9)
    assert sorted(calls) == sorted([GROUP.id, HR.id])
    stage.group.before_sending = lambda message: None
    stage.waits(2)
    assert len([m for m in stage.group.sent if m.room and m.room.id == GROUP.id]) == 5


def test_one_who_floods_is_told_once_and_then_waits(stage: Stage) -> None:
    """Forty messages in a minute: twelve are answered, one line says why, the rest cost nobody anything."""
    receipts = [stage.hears(XIAOLIN, QUESTION) for _ in range(40)]
    assert [r.action for r in receipts].count("slowed") == 28
    assert sum("太快" in r.reply for r in receipts) == 1
    assert not any(r.reply for r in receipts[13:])
    stage.waits(2)
    assert stage.hears(XIAOLIN, QUESTION).reply


def test_one_who_floods_can_still_get_a_person_and_others_are_answered(stage: Stage) -> None:
    """A flood may be despair."""
    for _ in range(20):
        stage.hears(XIAOLIN, QUESTION)
    assert stage.hears(XIAOLIN, "人工").action == "handoff"
    assert stage.hears(crowd(1)[0], QUESTION).action == "answer"


def test_a_case_does_not_grow_with_what_its_owner_says(stage: Stage) -> None:
    """The first words and the newest are kept."""
    stage.hears(XIAOLIN, "会议室投影仪坏了")
    number = stage.asks_for_a_person(XIAOLIN)
    for minute in range(60):
        stage.hears(XIAOLIN, f"补充一点：投影仪的编号是 A{minute}")
        stage.clock.set(stage.now + timedelta(seconds=20))
    words = stage.case(number).words
    assert len(words) == 40 and "59" in words[-1]
    assert words[0] == "会议室投影仪坏了"


def test_answers_to_one_person_keep_their_order_over_a_failure(stage: Stage) -> None:
    """The second answer does not overtake the first, which has to be tried again; another person's does."""
    failed: list[str] = []

    def fails_once(message: OutboundMessage) -> None:
        if not failed and message.person == XIAOLIN:
            failed.append(message.key)
            raise SendFailed(Failure.TEMPORARY, "-1", "忙")

    stage.group.before_sending = fails_once
    first = stage.hears(XIAOLIN, QUESTION).reply
    second = stage.hears(XIAOLIN, "还有，手机上收不到邮件").reply
    stage.hears(crowd(1)[0], QUESTION)
    stage.works()
    assert XIAOLIN not in [m.person for m in stage.group.sent] and len(stage.group.sent) == 1
    stage.waits(1)
    assert [m.markdown for m in stage.group.sent if m.person == XIAOLIN] == [first, second]


def test_what_a_dead_process_was_sending_is_taken_over_in_seconds(stage: Stage) -> None:
    """It told that it was alive, then fell silent: ten seconds later its answer is sent by another."""
    stage.hears(XIAOLIN, QUESTION)
    with stage.desk.database.transaction() as session:
        replicas.beat(session, "dead", stage.now)
    stage.group.before_sending = killed
    dies_while_sending(stage)
    stage.group.before_sending = lambda message: None
    stage.minute(9)
    assert stage.group.sent == []
    stage.minute(2)
    assert len(stage.group.sent) == 1


def test_who_is_known_to_be_alone_takes_over_at_once(stage: Stage) -> None:
    """On SQLite the file's lock says so: nobody waits ten seconds for a process that cannot be there."""
    stage.hears(XIAOLIN, QUESTION)
    with stage.desk.database.transaction() as session:
        replicas.beat(session, "dead", stage.now)
    stage.group.before_sending = killed
    dies_while_sending(stage)
    stage.group.before_sending = lambda message: None
    with stage.desk.database.transaction() as session:
        replicas.succeed(session, "worker", stage.now)
    stage.works()
    assert len(stage.group.sent) == 1


def test_a_process_that_is_alive_keeps_what_it_is_sending(stage: Stage) -> None:
    """However long a platform takes, within the lease nobody sends it a second time."""
    stage.hears(XIAOLIN, QUESTION)
    stage.group.before_sending = killed
    dies_while_sending(stage)  # stands for a send that takes long
    stage.group.before_sending = lambda message: None
    for _ in range(5):
        with stage.desk.database.transaction() as session:
            replicas.beat(session, "dead", stage.now)
        stage.minute(9)
        assert stage.group.sent == []


def test_behind_a_slow_platform_the_rest_is_given_back(stage: Stage) -> None:
    """Ten were claimed; what is not sent within half a minute could be another's by then, so it is let go."""

    def slow(message: OutboundMessage) -> None:
        stage.clock.set(stage.now + timedelta(seconds=16))

    stage.group.before_sending = slow
    for person in crowd(6):
        stage.hears(person, QUESTION)
    deliver(stage.desk, "worker", [CHANNEL])
    assert sorted((row.state, row.attempts) for row in stage.outbox()) == [("due", 0)] * 4 + [("sent", 1)] * 2


def test_a_backlog_drains_in_order_and_starves_nobody(stage: Stage) -> None:
    """A platform was away: fifteen hundred answers wait. All go, in order; a page that comes meanwhile goes at once."""
    with stage.desk.database.transaction() as session:
        for number in range(1_500):
            session.add(waiting_answer(number))
    stage.clock.set(stage.now + timedelta(hours=1))
    sent = 0
    while sent < 500:
        sent += deliver(stage.desk, "worker", [CHANNEL])
    stage.asks_for_a_person(XIAOLIN)
    deliver(stage.desk, "worker", [PAGER])
    assert stage.paged == ["张工"]
    while deliver(stage.desk, "worker", [CHANNEL]):
        pass
    opened = [message for message in stage.group.sent if message.person == XIAOLIN]
    assert len(opened) == 1
    stage.group.sent.remove(opened[0])
    assert in_order(stage, 1_500)


def test_a_page_that_may_have_rung_is_not_rung_again_because_it_had_to_wait_once_more(stage: Stage) -> None:
    """Interrupted, claimed anew behind a slow platform and given back: it is still known to be interrupted."""
    first, second = crowd(2)
    stage.asks_for_a_person(first)
    stage.pager.before_sending = killed
    dies_while_sending(stage)  # the page of case 1 may have rung
    stage.asks_for_a_person(second)
    stage.clock.set(stage.now + timedelta(seconds=61))

    def slow(message: OutboundMessage) -> None:
        stage.clock.set(stage.now + timedelta(seconds=31))

    stage.pager.before_sending = slow
    stage.works()
    stage.pager.before_sending = lambda message: None
    stage.works()
    assert [m.title for m in stage.pager.sent].count("单 1") == 1
    assert [row.state for row in stage.outbox(Way.PAGE) if row.case_id == 1] == ["unknown", "sent"]


def test_pages_that_a_kill_left_behind_use_up_nothing_of_the_pagers_limit(stage: Stage) -> None:
    """They are settled, not sent: the pages for the next steps go at once, all of them."""
    stage.pager.limit = 2
    for person in crowd(2):
        stage.asks_for_a_person(person)
    stage.pager.before_sending = killed
    dies_while_sending(stage)
    stage.pager.before_sending = lambda message: None
    stage.minute(61)
    assert [row.state for row in stage.outbox(Way.PAGE)][:2] == ["unknown"] * 2
    said = "\n".join(message.markdown for message in stage.pager.sent)
    assert all(f"【单 {number}】" in said for number in (1, 2))
