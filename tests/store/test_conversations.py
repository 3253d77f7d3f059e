"""One row a person and room, held by whoever works on it; old states never stop a new version."""

import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from app.core.conversation import Conversation, Phase
from app.core.message import ReplyAddress, Room, RoomKind
from app.store import conversations
from app.store.database import Database
from app.store.tables import ConversationRow
from tests.people import GROUP, MONDAY_NINE, XIAOLIN, ZHAO
from tests.store.making import VAULT, message, talking

STATE = Conversation(
    Phase.GUIDED, ("quota.full",), ("quota.full", "quota.expand"), 1, ("满了",), ("邮箱满了",), updated_at=MONDAY_NINE
)


def test_the_first_message_makes_the_row_and_the_second_finds_it(database: Database) -> None:
    """The same person in the same room is the same conversation."""
    with database.transaction() as session:
        first = conversations.lock(session, message()).id
    with database.transaction() as session:
        assert conversations.lock(session, message()).id == first


@pytest.mark.parametrize(
    "other",
    [message(person=ZHAO), message(room=Room("sales", RoomKind.GROUP)), message(room=Room("x", RoomKind.SINGLE))],
)
def test_another_person_or_room_is_another_conversation(database: Database, other: object) -> None:
    """What is said in one group is not mixed with another person's or group's."""
    assert isinstance(other, type(message()))
    with database.transaction() as session:
        assert conversations.lock(session, other).id != conversations.lock(session, message()).id


def test_a_state_comes_back_as_it_was_saved(database: Database) -> None:
    """Every field survives the database."""
    with database.transaction() as session:
        conversations.save(session, talking(session), STATE, MONDAY_NINE)
    with database.transaction() as session:
        assert conversations.state_of(talking(session)) == STATE


@pytest.mark.parametrize("stored", [{}, {"phase": "sulking"}, {"misses": "many"}, {"choices": {"a": 1}}])
def test_a_state_that_cannot_be_read_starts_fresh(sqlite_database: Database, stored: dict[str, object]) -> None:
    """What an older version wrote never keeps a person from being answered."""
    with sqlite_database.transaction() as session:
        row = talking(session)
        row.state = stored
        assert conversations.state_of(row) == Conversation()


def test_a_new_name_or_title_replaces_the_old_one_and_an_empty_one_does_not(database: Database) -> None:
    """Platforms leave names out; what is known is kept."""
    with database.transaction() as session:
        conversations.lock(session, message())
        nameless = replace(message(), person=replace(XIAOLIN, name=""), room=replace(GROUP, title="新群名"))
        row = conversations.lock(session, nameless)
        assert (row.person_name, row.room_title) == ("小林", "新群名")
        assert (conversations.person_of(row).shown, conversations.room_of(row).kind) == ("小林", RoomKind.GROUP)


def test_two_messages_of_one_person_wait_for_each_other(database: Database) -> None:
    """Both count, whichever comes first: nothing is overwritten."""
    with database.transaction() as session:
        talking(session)
    together = threading.Barrier(2)

    def count_one_miss() -> None:
        together.wait()
        with database.transaction() as session:
            row = conversations.lock(session, message())
            state = conversations.state_of(row)
            time.sleep(0.1)
            conversations.save(session, row, replace(state, misses=state.misses + 1), MONDAY_NINE)

    threads = [threading.Thread(target=count_one_miss) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.transaction() as session:
        assert conversations.state_of(talking(session)).misses == 2


def test_an_address_is_kept_sealed_and_erased_when_it_has_expired(database: Database) -> None:
    """Before its end it can be opened; after it, nothing is left."""
    until = MONDAY_NINE + timedelta(hours=1)
    with database.transaction() as session:
        row = talking(session)
        conversations.keep_address(row, ReplyAddress("https://secret", until), VAULT)
        assert "secret" not in row.sealed_reply and VAULT.open(row.sealed_reply) == "https://secret"
    for moment, left in ((until, True), (until + timedelta(seconds=1), False)):
        with database.transaction() as session:
            conversations.erase_expired_addresses(session, moment)
        with database.transaction() as session:
            assert bool(session.exec(select(ConversationRow.sealed_reply)).one()) is left


def test_a_message_without_address_keeps_the_one_that_is_known(database: Database) -> None:
    """The last address given stays until it expires."""
    with database.transaction() as session:
        row = talking(session)
        conversations.keep_address(row, ReplyAddress("https://secret", MONDAY_NINE), VAULT)
        conversations.keep_address(row, None, VAULT)
        assert row.sealed_reply
