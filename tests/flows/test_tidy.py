"""Nothing is kept longer than promised, and nothing is forgotten before."""

from datetime import timedelta

import pytest
from sqlmodel import select

from app.channels.base import Picture
from app.core.message import ReplyAddress
from app.flows.keep_pictures import keep_pictures
from app.flows.receive import receive
from app.flows.tidy import tidy
from app.store.tables import ConversationRow, InboundRow, PictureRow
from tests.flows.stage import Stage
from tests.people import XIAOLIN, ZHANG

FULL = "邮箱容量已达上限，收不到邮件"


def _after(stage: Stage, time: timedelta) -> None:
    stage.clock.set(stage.now + time)
    tidy(stage.desk)


def _column(stage: Stage, column: object) -> list[object]:
    with stage.desk.database.transaction() as session:
        return list(session.exec(select(column)).all())  # type: ignore[call-overload]


@pytest.mark.parametrize(("days", "left"), [(90, [FULL]), (91, [""])])
def test_the_words_of_a_message_are_emptied_and_its_claim_stays(stage: Stage, days: int, left: list[str]) -> None:
    """So that a very late redelivery is still known."""
    message = stage.message(XIAOLIN, FULL)
    receive(stage.desk, message)
    _after(stage, timedelta(days=days))
    assert _column(stage, InboundRow.text) == left
    assert receive(stage.desk, message).duplicate


def test_the_words_of_a_conversation_are_emptied(stage: Stage) -> None:
    """What the desk remembered of it is words too."""
    stage.hears(XIAOLIN, FULL)
    _after(stage, timedelta(days=89))
    assert FULL in str(_column(stage, ConversationRow.state))
    _after(stage, timedelta(days=2))
    assert _column(stage, ConversationRow.state) == [{}]


def test_the_words_of_a_closed_case_are_emptied_and_an_open_one_keeps_them(stage: Stage) -> None:
    """Counted from its end; a case that is open is still being worked on."""
    stage.asks_for_a_person(XIAOLIN)
    _after(stage, timedelta(days=100))
    assert stage.case(1).words == ["人工"]
    stage.hears(ZHANG, "解决 1 好了")
    _after(stage, timedelta(days=91))
    assert (stage.case(1).words, stage.case(1).state) == ([], "resolved")


def test_pictures_are_deleted_after_their_time(stage: Stage) -> None:
    """Two weeks, unless the settings say otherwise."""
    stage.group.picture = Picture("image/png", b"png")
    message = stage.message(XIAOLIN, "看图", pictures=1)
    keep_pictures(stage.desk, message, receive(stage.desk, message).inbound_id)
    _after(stage, timedelta(days=13))
    assert len(_column(stage, PictureRow.id)) == 1
    _after(stage, timedelta(days=2))
    assert _column(stage, PictureRow.id) == []


def test_an_address_is_erased_when_it_has_expired(stage: Stage) -> None:
    """Not before: the desk may have to say something yet."""
    address = ReplyAddress("https://oapi.dingtalk.com/hush", stage.now + timedelta(minutes=90))
    receive(stage.desk, stage.message(XIAOLIN, "你好", address=address))
    _after(stage, timedelta(minutes=89))
    assert _column(stage, ConversationRow.sealed_reply) != [""]
    _after(stage, timedelta(minutes=2))
    assert _column(stage, ConversationRow.sealed_reply) == [""]


def test_what_was_said_is_forgotten_and_what_is_still_to_be_said_is_not(stage: Stage) -> None:
    """The outbox holds words too."""
    stage.hears(XIAOLIN, "你好")
    stage.works()
    stage.hears(XIAOLIN, FULL)
    _after(stage, timedelta(days=91))
    assert [row.state for row in stage.outbox()] == ["due"]


def test_tidying_an_empty_desk_does_nothing(stage: Stage) -> None:
    """The first minute of a new installation."""
    tidy(stage.desk)
    assert stage.outbox() == []
