"""A message is handled once, however often and however simultaneously it is delivered."""

import threading

from sqlmodel import col, select

from app.store import inbound
from app.store.database import Database
from app.store.tables import InboundRow
from tests.store.making import claimed, message


def test_the_first_delivery_is_claimed_and_the_second_is_not(database: Database) -> None:
    """Same channel and id: no second row."""
    once = message(id="m1")
    with database.transaction() as session:
        assert inbound.claim(session, once, once.text) is not None
    with database.transaction() as session:
        assert inbound.claim(session, once, once.text) is None
        assert len(session.exec(select(InboundRow)).all()) == 1


def test_two_deliveries_at_once_leave_one_row(database: Database) -> None:
    """Two threads claim the same message at the same moment; one of them gets it."""
    once, together = message(id="m1"), threading.Barrier(2)
    won: list[bool] = []

    def deliver() -> None:
        together.wait()
        with database.transaction() as session:
            won.append(inbound.claim(session, once, once.text) is not None)

    threads = [threading.Thread(target=deliver) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False, True]


def test_a_claim_that_was_rolled_back_is_free_again(database: Database) -> None:
    """What failed half way is taken up by the platform's next delivery."""
    once = message(id="m1")
    try:
        with database.transaction() as session:
            inbound.claim(session, once, once.text)
            raise ConnectionError
    except ConnectionError:
        pass
    with database.transaction() as session:
        assert inbound.claim(session, once, once.text) is not None


def test_the_same_id_on_another_channel_is_another_message(database: Database) -> None:
    """Ids are the platform's; two platforms may use the same one."""
    with database.transaction() as session:
        claimed(session)
        known = session.exec(select(InboundRow)).one()
        assert inbound.find(session, "desk", known.message_id) == known
        assert inbound.find(session, "another", known.message_id) is None


def test_a_claimed_message_can_be_forgotten_by_its_id(database: Database) -> None:
    """Forgetting takes the named rows and no other."""
    with database.transaction() as session:
        first, second = claimed(session, "一"), claimed(session, "二")
        inbound.forget(session, [first.id or 0])
    with database.transaction() as session:
        assert session.exec(select(col(InboundRow.id))).all() == [second.id]
