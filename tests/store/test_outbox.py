"""What is to be said is claimed by one worker, in the right order, and settled by nobody else."""

import threading
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from app.core.message import ReplyAddress, Way
from app.store import claims, outbox
from app.store.claims import Claimed
from app.store.database import Database
from app.store.tables import OutboxRow
from tests.people import MONDAY_NINE as NOW
from tests.store.making import VAULT, claimed, opened, put

LATER = NOW + timedelta(seconds=1)
AFTER_LEASE = NOW + claims.LEASE + timedelta(seconds=1)
ADDRESS = ReplyAddress("https://oapi.dingtalk.com/robot/sendBySession?session=hush", NOW + timedelta(hours=1))


def _claim_due(session: Session, owner: str, now: datetime, channels: list[str], most: int = 10) -> list[Claimed]:
    """All that is ready is taken, as the flow does where no target has a limit."""
    return [claims.take(session, row, owner, now) for row in claims.ready(session, owner, now, channels, most)]


def test_pages_go_before_lines_and_lines_before_answers(database: Database) -> None:
    """A waiting engineer matters more than an older answer."""
    with database.transaction() as session:
        put(session, "答", way=Way.REPLY)
        put(session, "话", way=Way.ROOM)
        put(session, "呼", way=Way.PAGE)
        taken = _claim_due(session, "w1", LATER, ["desk"])
        assert [item.row.markdown for item in taken] == ["呼", "话", "答"]


def test_equal_rows_go_in_the_order_in_which_they_were_said(database: Database) -> None:
    """Of two answers the earlier one goes first, and `most` is respected."""
    with database.transaction() as session:
        for text in ("一", "二", "三"):
            put(session, text)
        assert [item.row.markdown for item in _claim_due(session, "w1", NOW, ["desk"], 2)] == ["一", "二"]


def test_nothing_is_claimed_before_its_time_or_for_another_channel(database: Database) -> None:
    """A row waits for its moment, and for the thread of its own platform."""
    with database.transaction() as session:
        put(session, due=LATER)
        put(session, channel="another")
        assert _claim_due(session, "w1", NOW, ["desk"]) == []
        assert len(_claim_due(session, "w1", LATER, ["desk"])) == 1


def test_a_claimed_row_is_not_claimed_again_while_the_lease_runs(database: Database) -> None:
    """Whoever has it, has it."""
    with database.transaction() as session:
        put(session)
        assert len(_claim_due(session, "w1", NOW, ["desk"])) == 1
        assert _claim_due(session, "w2", NOW + claims.LEASE, ["desk"]) == []


def test_after_the_lease_another_takes_over_and_knows_of_the_interruption(database: Database) -> None:
    """A dead worker's row is not lost; it may have been sent, and that is said."""
    with database.transaction() as session:
        put(session)
        first = _claim_due(session, "w1", NOW, ["desk"])
        assert not first[0].interrupted
        second = _claim_due(session, "w2", AFTER_LEASE, ["desk"])
        assert [(item.interrupted, item.row.attempts, item.row.owner) for item in second] == [(True, 2, "w2")]


def test_only_the_owner_settles(database: Database) -> None:
    """A worker that wakes up after its lease changes nothing any more."""
    with database.transaction() as session:
        put(session)
    with database.transaction() as session:
        slow = _claim_due(session, "w1", NOW, ["desk"])[0].row
    with database.transaction() as session:
        fast = _claim_due(session, "w2", AFTER_LEASE, ["desk"])[0].row
    with database.transaction() as session:
        assert not outbox.settle(session, slow, "failed", now=AFTER_LEASE)
        assert outbox.settle(session, fast, "sent", now=AFTER_LEASE)
        assert session.exec(select(OutboxRow.state)).one() == "sent"


def test_the_same_worker_cannot_settle_its_earlier_attempt(database: Database) -> None:
    """The attempt is part of the claim: one owner may have had the row twice."""
    with database.transaction() as session:
        put(session)
    with database.transaction() as session:
        early = _claim_due(session, "w1", NOW, ["desk"])[0].row
    with database.transaction() as session:
        _claim_due(session, "w1", AFTER_LEASE, ["desk"])
    with database.transaction() as session:
        assert not outbox.settle(session, early, "sent", now=AFTER_LEASE)


def test_two_workers_at_once_share_the_rows_between_them(database: Database) -> None:
    """Nothing is claimed twice and nothing is left, with both claiming in the same moment."""
    with database.transaction() as session:
        for number in range(20):
            put(session, str(number))
    together, got = threading.Barrier(2), dict[str, list[str]]()

    def work(owner: str) -> None:
        together.wait()
        with database.transaction() as session:
            got[owner] = [item.row.markdown for item in _claim_due(session, owner, NOW, ["desk"], 10)]

    threads = [threading.Thread(target=work, args=(owner,)) for owner in ("w1", "w2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.transaction() as session:
        got["w1"] += [item.row.markdown for item in _claim_due(session, "w1", NOW, ["desk"], 10)]
    assert sorted(map(int, got["w1"] + got["w2"])) == list(range(20))


def test_a_row_that_another_worker_is_claiming_is_stepped_over(postgres_database: Database) -> None:
    """PostgreSQL, two replicas: the second does not wait for the first."""
    with postgres_database.transaction() as session:
        put(session, "一")
        put(session, "二")
    with postgres_database.transaction() as first, postgres_database.transaction() as second:
        assert [item.row.markdown for item in _claim_due(first, "w1", NOW, ["desk"], 1)] == ["一"]
        assert [item.row.markdown for item in _claim_due(second, "w2", NOW, ["desk"], 1)] == ["二"]


def test_a_retry_keeps_the_address_and_waits_for_its_moment(database: Database) -> None:
    """What will be tried again must still know where to."""
    with database.transaction() as session:
        put(session, address=ADDRESS)
        row = _claim_due(session, "w1", NOW, ["desk"])[0].row
        outbox.settle(session, row, "due", now=NOW, due_at=LATER, error="45009 太快")
    with database.transaction() as session:
        assert _claim_due(session, "w1", NOW, ["desk"]) == []
        again = _claim_due(session, "w1", LATER, ["desk"])[0].row
        assert outbox.message_of(again, VAULT).reply_address == ADDRESS


@pytest.mark.parametrize("state", ["sent", "failed", "unknown"])
def test_a_settled_row_holds_no_address_any_more(database: Database, state: str) -> None:
    """A bearer address is erased once it is used."""
    with database.transaction() as session:
        put(session, address=ADDRESS)
        row = _claim_due(session, "w1", NOW, ["desk"])[0].row
        outbox.settle(session, row, state, now=NOW)
    with database.transaction() as session:
        settled = session.exec(select(OutboxRow)).one()
        assert (settled.sealed_reply, settled.reply_expires_at, settled.finished_at) == ("", None, NOW)


def test_an_address_is_stored_sealed_only(database: Database) -> None:
    """The database alone tells nobody where to write."""
    with database.transaction() as session:
        row = put(session, address=ADDRESS)
        assert "hush" not in row.sealed_reply and "session" not in row.model_dump_json()
        assert outbox.message_of(row, VAULT).reply_address == ADDRESS


def test_the_reply_rides_on_the_response_once(database: Database) -> None:
    """The webhook's own response claims the row like a worker, before its grace has passed."""
    with database.transaction() as session:
        inbound_id = claimed(session).id or 0
        put(session, "您好", inbound_id=inbound_id, due=LATER)
        row = claims.claim_reply(session, inbound_id, "response", NOW)
        assert row is not None and row.owner == "response"
        assert claims.claim_reply(session, inbound_id, "response", NOW) is None
        assert _claim_due(session, "w1", LATER, ["desk"]) == []


def test_what_was_answered_can_be_found_whatever_became_of_it(database: Database) -> None:
    """A second delivery gets the same words."""
    with database.transaction() as session:
        inbound_id = claimed(session).id or 0
        row = put(session, "您好", inbound_id=inbound_id)
        row.state = "failed"
        session.add(row)
        session.flush()
        found = outbox.reply_to(session, inbound_id)
        assert found is not None and found.markdown == "您好"


def test_pages_that_have_not_left_are_dropped_with_their_case(database: Database) -> None:
    """The page is dropped; what is said to the person is not, nor is another case's page."""
    with database.transaction() as session:
        case = opened(session)
        put(session, "呼", way=Way.PAGE, case_id=case.id)
        put(session, "话", way=Way.ROOM, case_id=case.id)
        put(session, "别的", way=Way.PAGE)
        claims.drop_pages(session, case.id or 0, NOW)
    with database.transaction() as session:
        assert [item.row.markdown for item in _claim_due(session, "w1", NOW, ["desk"])] == ["别的", "话"]
