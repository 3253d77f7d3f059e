"""One message, one transaction: all of what it causes, or nothing; and never twice."""

import threading
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlmodel import SQLModel, select

from app.channels.base import Picture
from app.core.escalation import by_order
from app.core.library import Library
from app.core.message import MessageKind, Way
from app.flows.keep_pictures import keep_pictures
from app.flows.receive import receive
from app.store.database import Database
from app.store.tables import AuditRow, ConversationRow, InboundRow, OutboxRow, PictureRow
from tests.flows.stage import Stage
from tests.people import LI, PRIVATE, XIAOLIN, ZHANG, ZHAO

FULL = "邮箱容量已达上限，收不到邮件"
PNG = Picture("image/png", b"\x89PNG")


def test_a_question_is_answered_from_the_manual(stage: Stage) -> None:
    """The steps, the source, and the words to go on with."""
    receipt = stage.hears(XIAOLIN, FULL)
    stage.works()
    assert (receipt.action, receipt.intents) == ("answer", ("quota.full",))
    assert stage.said == [receipt.reply] and "出处：手册" in receipt.reply and "已解决" in receipt.reply


def test_in_a_group_the_person_is_mentioned_and_in_private_not(stage: Stage) -> None:
    """A mention in a 1:1 chat would be odd."""
    stage.hears(XIAOLIN, FULL)
    stage.hears(XIAOLIN, FULL, room=PRIVATE)
    stage.works()
    assert [bool(message.mentions) for message in stage.group.sent] == [True, False]


def test_the_second_delivery_changes_nothing(stage: Stage) -> None:
    """The same message again: no row, no line, no case."""
    message = stage.message(XIAOLIN, "人工")
    first, second = receive(stage.desk, message), receive(stage.desk, message)
    stage.works()
    assert (second.duplicate, second.inbound_id) == (True, first.inbound_id)
    assert (len(stage.cases()), len(stage.said), len(stage.paged)) == (1, 1, 1)


def test_two_deliveries_at_once_are_answered_once(stage: Stage) -> None:
    """Two replicas get the same callback in the same moment."""
    message, together = stage.message(XIAOLIN, "人工"), threading.Barrier(2)
    duplicates: list[bool] = []

    def deliver() -> None:
        together.wait()
        duplicates.append(receive(stage.desk, message).duplicate)

    threads = [threading.Thread(target=deliver) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(duplicates) == [False, True] and len(stage.cases()) == 1


@pytest.mark.parametrize("words", [FULL, "人工", "你好"])
def test_when_the_outbox_cannot_be_written_nothing_is(stage: Stage, words: str) -> None:
    """No claim, no state, no case: the platform's next delivery finds a clean desk."""

    def refuse(*_: object) -> None:
        raise ConnectionError("the disk is full")

    event.listen(OutboxRow, "before_insert", refuse)
    try:
        with pytest.raises(ConnectionError):
            stage.hears(XIAOLIN, words)
    finally:
        event.remove(OutboxRow, "before_insert", refuse)
    for table in (InboundRow, ConversationRow, OutboxRow, AuditRow):
        assert _rows(stage.desk.database, table) == []
    assert stage.cases() == []


def test_everything_said_waits_in_the_outbox(stage: Stage) -> None:
    """Receiving sends nothing by itself: what is committed is delivered, even after a crash."""
    stage.hears(XIAOLIN, "人工")
    assert stage.said == [] and [row.way for row in stage.outbox()] == ["page", "reply"]


def test_a_password_is_stored_nowhere(stage: Stage) -> None:
    """Not in the message, the state, the case or the page; the person is warned."""
    receipt = stage.hears(XIAOLIN, "登不上，密码是 Hunter2#2026 对吗")
    stage.hears(XIAOLIN, "密码是 Hunter2#2026，人工")
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    assert receipt.warned and receipt.reply.startswith("⚠️")
    assert "Hunter2" not in _everything(stage)


def test_a_password_in_an_engineers_reason_is_stored_nowhere_either(stage: Stage) -> None:
    """“解决 1 密码改成 …” is masked before it becomes the reason."""
    number = stage.asks_for_a_person(XIAOLIN)
    stage.hears(ZHANG, f"解决 {number} 已重置，新密码是 Hunter2#2026")
    stage.works()
    assert "已重置" in stage.case(number).reason
    assert "Hunter2" not in _everything(stage)


def test_two_people_in_one_group_are_two_conversations(stage: Stage) -> None:
    """赵姐's 还是不行 is not 小林's."""
    stage.hears(XIAOLIN, FULL)
    assert stage.hears(ZHAO, "还是不行").action == "clarify"
    stage.asks_for_a_person(ZHAO)
    assert [case.tried for case in stage.cases()] == [[]]
    assert stage.hears(XIAOLIN, "已解决").action == "resolved"


def test_me_too_gets_what_the_other_one_was_answered(stage: Stage) -> None:
    """赵姐 read along in the same group; in private nobody was before her."""
    stage.hears(XIAOLIN, FULL)
    assert stage.hears(ZHAO, "我也是").intents == ("quota.full",)
    assert stage.hears(ZHAO, "我也是", room=PRIVATE).intents == ()


def test_what_was_quoted_says_what_the_words_do_not(stage: Stage) -> None:
    """“这个怎么办”, under somebody's error text."""
    quoting = replace(stage.message(XIAOLIN, "这个怎么办"), quoted=FULL)
    assert receive(stage.desk, quoting).intents == ("quota.full",)


def test_half_a_character_and_a_nul_do_no_harm(stage: Stage) -> None:
    """A platform cuts an emoji in two; no database stores the half."""
    receipt = stage.hears(XIAOLIN, "人工\ud83d\0")
    assert receipt.reply and stage.outbox(Way.REPLY)


def test_a_picture_is_fetched_kept_and_given_to_the_case(stage: Stage) -> None:
    """It came first, without words; the hand-off takes it along."""
    stage.group.picture = PNG
    message = stage.message(XIAOLIN, "", kind=MessageKind.PICTURE, pictures=1)
    receipt = receive(stage.desk, message)
    assert keep_pictures(stage.desk, message, receipt.inbound_id) == 1
    number = stage.asks_for_a_person(XIAOLIN)
    stage.works()
    assert [row.case_id for row in _rows(stage.desk.database, PictureRow)] == [number]
    assert "截图：1 张" in stage.pager.sent[0].markdown


def test_a_picture_for_an_open_case_goes_straight_to_it(stage: Stage) -> None:
    """And of ten pictures only five are fetched."""
    stage.group.picture = PNG
    number = stage.asks_for_a_person(XIAOLIN)
    message = stage.message(XIAOLIN, "看图", pictures=10)
    receipt = receive(stage.desk, message)
    assert keep_pictures(stage.desk, message, receipt.inbound_id) == 5
    assert {row.case_id for row in _rows(stage.desk.database, PictureRow)} == {number}


def test_a_picture_that_cannot_be_had_costs_nothing_else(stage: Stage) -> None:
    """The message was answered before."""
    message = stage.message(XIAOLIN, "看图", pictures=1)
    assert keep_pictures(stage.desk, message, receive(stage.desk, message).inbound_id) == 0


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(), max_size=80))
def test_whatever_is_written_is_answered(library: Library, text: str) -> None:
    """No text raises, and nobody is left without a visible line; who names somebody speaks to him."""
    database = Database("sqlite://")
    SQLModel.metadata.create_all(database.engine)
    stage = Stage(database, library, by_order((10,), 0))
    try:
        assert stage.hears(XIAOLIN, text).reply or "@" in text
        assert stage.hears(LI, text).reply or "@" in text
    finally:
        database.close()


def _rows(database: Database, table: Any) -> list[Any]:
    with database.transaction() as session:
        return list(session.exec(select(table)).all())


def _everything(stage: Stage) -> str:
    """All tables as text, and all that was said."""
    tables = (InboundRow, ConversationRow, OutboxRow, AuditRow)
    rows = [row for table in tables for row in _rows(stage.desk.database, table)] + stage.cases()
    return "\n".join([*map(str, rows), *stage.said, *(page.markdown for page in stage.pager.sent)])
