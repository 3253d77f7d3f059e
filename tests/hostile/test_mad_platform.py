"""Platforms gone mad: correctly signed, and nothing else about it right. No 500, no crash, no word of it in the log.

On both databases: what SQLite swallows, PostgreSQL may not.
"""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.channels.payload import LONGEST_TEXT
from app.core.library import Library
from app.store.tables import AuditRow, CaseRow, ConversationRow, InboundRow, OutboxRow
from tests.hostile.house import Company, company, empty_postgres, workshop_at
from tests.hostile.strategies import DINGTALK_BODY, DINGTALK_WHOLE, JSON, WECOM_BODY, WECOM_WHOLE, nested
from tests.stories.house import eventually

MARK = "QX7731"
EXAMPLES = 60


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def mad(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, library: Library
) -> Iterator[Company]:
    """One house for all that comes; at the end its log is read."""
    place = tmp_path_factory.mktemp("mad")
    if request.param == "postgres":
        with (
            empty_postgres(request.getfixturevalue("postgres_server")) as url,
            workshop_at(place, url, library) as workshop,
            company(workshop) as made,
        ):
            yield greeted(made)
            calm(made)
        return
    with workshop_at(place, f"sqlite:///{place / 'story.db'}", library) as workshop, company(workshop) as made:
        yield greeted(made)
        calm(made)


def greeted(made: Company) -> Company:
    """One good message at first: whichever tests come then, the log has something to hold."""
    assert made.from_wecom(wecom(msgid="the-first")).status_code == 200
    return made


def calm(made: Company) -> None:
    """After the last of it: the worker gets through all that was said, and the log holds nobody's words."""
    made.house.house.worker.nudge()
    eventually("答复都发完", lambda: said_all(made), within=30)
    assert {row.state for row in made.house.rows(OutboxRow)} <= {
        "sent",
        "due",
        "failed",
        "dropped",
        "bundled",
        "sending",
    }
    made.log.expect_not(MARK, "send_crashed", "database_failed", "Traceback")
    made.log.expect("message_handled")


def said_all(made: Company) -> bool:
    """Nobody waits for an answer; pages have their own pace."""
    return all(row.state not in ("due", "sending") for row in made.house.rows(OutboxRow) if row.way != "page")


def marked(body: Any) -> Any:
    """With a word in it that must be found nowhere afterwards."""
    return body | {"mark": MARK, MARK: MARK} if isinstance(body, dict) else [body, MARK]


patient = settings(
    max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@patient
@given(body=WECOM_WHOLE | WECOM_BODY | JSON | st.binary(max_size=80))
def test_whatever_wecom_signs(mad: Company, body: Any) -> None:
    answer = mad.from_wecom(body if isinstance(body, bytes) else marked(body))
    assert answer.status_code in (200, 400, 403)
    assert MARK not in answer.text


@patient
@given(body=DINGTALK_WHOLE | DINGTALK_BODY | JSON | st.binary(max_size=80))
def test_whatever_dingtalk_signs(mad: Company, body: Any) -> None:
    answer = mad.from_dingtalk(body if isinstance(body, bytes) else marked(body))
    assert answer.status_code in (200, 400, 403)
    assert MARK not in answer.text


ROOMS = itertools.count()


def room() -> str:
    """Another one each time: a room takes so many lines a minute, and here the clock stands still."""
    return f"room-{next(ROOMS)}"


def wecom(**fields: Any) -> dict[str, Any]:
    body = {"msgid": "m", "aibotid": "AIBOT", "chattype": "group", "chatid": room(), "from": {"userid": "u"}}
    return body | {"msgtype": "text", "text": {"content": f"{MARK} 人工"}} | fields


def ding(**fields: Any) -> dict[str, Any]:
    body = {"msgId": "m", "conversationId": room(), "conversationType": "2", "senderStaffId": "u", "senderNick": "小林"}
    return body | {"msgtype": "text", "text": {"content": f"{MARK} 人工"}} | fields


LONGEST = "😀" * 255  # in characters; four bytes each
WIDE = "邮" * 255
PERSON = "p" * 255


def test_ids_as_long_as_their_columns_go_all_the_way(mad: Company) -> None:
    """Asked, handed over, taken back: every table sees the ids. The audit's column once was too short for a person."""
    for number, words in enumerate((f"{MARK} 人工", "进度", "撤销")):
        text = {"content": words}
        body = wecom(msgid=f"{number}" + LONGEST[1:], chatid=WIDE, text=text) | {"from": {"userid": PERSON}}
        assert mad.from_wecom(body).status_code == 200
        body = ding(msgId=f"{number}" + LONGEST[1:], conversationId=WIDE, senderStaffId=PERSON, text=text)
        assert mad.from_dingtalk(body | {"senderNick": LONGEST, "conversationTitle": WIDE}).status_code == 200
    places = {row.id for row in mad.house.rows(ConversationRow) if row.person == PERSON}
    theirs = [case for case in mad.house.rows(CaseRow) if case.conversation_id in places]
    assert len(theirs) == 2 and all(case.state == "resolved" for case in theirs)
    assert {row.action for row in mad.house.rows(AuditRow) if row.actor == PERSON[:64]} == {"solved"}


TOO_LONG = ["x" * 256, "x" * 100_000, "a\0b", "\ud800", "", " \u202e", 5, None, nested(40), "@all"]


@pytest.mark.parametrize("id", TOO_LONG, ids=range(len(TOO_LONG)))
def test_an_id_that_is_none_is_no_message(mad: Company, id: Any) -> None:
    before = len(mad.house.rows(InboundRow))
    for body in (wecom(msgid=id), wecom(chatid=id), wecom(**{"from": {"userid": id}}), wecom(**{"from": id})):
        if body.get("chatid") == "@all" or body.get("msgid") == "@all":
            continue  # odd, but an id
        assert mad.from_wecom(body).status_code == 200
    for body in (ding(msgId=id), ding(conversationId=id), ding(senderStaffId=id)):
        if "@all" in (body["msgId"], body["conversationId"]):
            continue
        assert mad.from_dingtalk(body).status_code == 200
    assert len(mad.house.rows(InboundRow)) == before


NUMBERS = [True, 1, "2", 1.5, 10**30, float("inf"), float("nan"), "1e999", -62135596800000, 253402300799000, [], {}]


@pytest.mark.parametrize("number", NUMBERS, ids=map(str, NUMBERS))
def test_numbers_of_any_kind_where_others_are_expected(mad: Company, number: Any) -> None:
    """Above all the end of a reply address: one before all time, or after it, once broke whoever read the row."""
    session = "https://oapi.dingtalk.com/robot/sendBySession?session=0"
    odd = {"sessionWebhook": session, "sessionWebhookExpiredTime": number, "conversationType": number}
    assert mad.from_dingtalk(ding(msgId=f"n{number}", **odd)).status_code == 200
    assert mad.from_wecom(wecom(msgid=f"n{number}", chattype=number, create_time=number)).status_code == 200
    assert mad.from_wecom(wecom(msgid=f"m{number}", msgtype=number, text=number)).status_code == 200


def test_a_message_of_a_million_characters_is_cut(mad: Company) -> None:
    words = "打不开 " * 25_000
    assert mad.from_dingtalk(ding(msgId="long", senderStaffId="long", text={"content": words})).status_code == 200
    quote = {"msgtype": "text", "text": {"content": words}}
    assert mad.from_wecom(wecom(msgid="long", **{"from": {"userid": "long"}}, quote=quote)).status_code == 200
    assert max(len(row.text) for row in mad.house.rows(InboundRow)) == LONGEST_TEXT


def test_a_thousand_pictures_and_parts_are_one_message(mad: Company) -> None:
    parts = [{"type": "picture", "downloadCode": "x" * 500}, {"text": "看"}, {"type": "at"}, 7] * 1000
    assert mad.from_dingtalk(ding(msgId="parts", msgtype="richText", content={"richText": parts})).status_code == 200
    items = [{"msgtype": "image", "image": {"url": "https://cos.myqcloud.com/x"}}, {"msgtype": "text"}, None] * 1000
    assert mad.from_wecom(wecom(msgid="parts", msgtype="mixed", mixed={"msg_item": items})).status_code == 200


ADDRESSES = [
    "http://169.254.169.254/?session=1",
    "https://oapi.dingtalk.com@evil.example/",
    "https://oapi.dingtalk.com/" + "a" * 100_000,
    "https://[::1]/",
    "https://[",
    "\0",
    "https://oapi.dingtalk.com/\r\nX: y",
    "file:///etc/passwd",
    "//",
    "x" * 10,
]


@pytest.mark.parametrize("url", ADDRESSES, ids=range(len(ADDRESSES)))
def test_an_address_in_a_message_makes_a_failed_line_at_worst(mad: Company, url: str) -> None:
    """Pictures under it, too."""
    text = {"content": "邮箱提示空间已满，收不到新邮件"}
    reply = {"sessionWebhook": url, "sessionWebhookExpiredTime": int(mad.now.timestamp() * 1000) + 5_400_000}
    name = f"a{ADDRESSES.index(url)}"
    assert mad.from_dingtalk(ding(msgId=name, senderStaffId=name, text=text, **reply)).status_code == 200
    item = {"msgtype": "image", "image": {"url": url}}
    body = wecom(msgid=name, msgtype="mixed", mixed={"msg_item": [item]}, response_url=url)
    assert mad.from_wecom(body | {"from": {"userid": name}}).status_code == 200
