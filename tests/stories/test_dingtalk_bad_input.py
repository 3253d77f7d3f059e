"""DingTalk's door and everything that should not come through it: which status, which line, and nothing kept."""

from collections.abc import Callable

import httpx
import pytest

from app.store.tables import CaseRow, InboundRow
from tests.platforms.dingtalk.delivery import Delivery
from tests.platforms.dingtalk.hostile import Hostile
from tests.platforms.dingtalk.wire import Endpoint
from tests.stories.bad_input import MARK, RAW, TEN_MEGABYTES, XML_BOMB, leaves_no_trace, post, post_half
from tests.stories.dingtalk_scene import DingTalkScene
from tests.stories.house import eventually
from tests.stories.words import QUESTION

WORDS = f"{MARK} 人工"
Attack = Callable[[Hostile], Delivery]
ATTACKS: dict[str, tuple[Attack, int, str]] = {
    "wrong signature": (lambda one: one.wrong_sign(), 403, "dingtalk-signature"),
    "no signature": (lambda one: one.without("sign"), 403, "dingtalk-signature"),
    "no timestamp": (lambda one: one.without("timestamp"), 403, "dingtalk-timestamp"),
    "neither": (lambda one: one.without("sign", "timestamp"), 403, "dingtalk-timestamp"),
    "six minutes old": (lambda one: one.skewed(-6), 403, "dingtalk-clock"),
    "six minutes ahead": (lambda one: one.skewed(6), 403, "dingtalk-clock"),
    "an hour old": (lambda one: one.skewed(-61), 403, "dingtalk-clock"),
    "words for a timestamp": (lambda one: one.odd_timestamp("soon"), 403, "dingtalk-timestamp"),
    "a huge timestamp": (lambda one: one.odd_timestamp("9" * 40), 403, "dingtalk-timestamp"),
    "a negative timestamp": (lambda one: one.odd_timestamp("-1772416800000"), 403, "dingtalk-timestamp"),
    "cut off": (lambda one: one.garbage(), 400, "dingtalk-json"),
    "a list": (lambda one: one.garbage(b'["QX7731"]'), 400, "dingtalk-json"),
    "XML bomb": (lambda one: one.garbage(XML_BOMB), 400, "dingtalk-json"),
    "deep JSON": (lambda one: one.deep(), 400, "too-deep"),
    "invalid UTF-8": (lambda one: one.invalid_utf8(), 400, "dingtalk-json"),
    "8 MB": (lambda one: one.huge(), 413, "too-large"),
    "10 MB": (lambda one: one.garbage(TEN_MEGABYTES), 413, "too-large"),
    "another robot": (lambda one: one.forged(one.body(WORDS, robotCode="dingsomebody")), 403, "dingtalk-robot"),
    "another corp": (lambda one: one.forged(one.body(WORDS, chatbotCorpId="dingcorp6666")), 403, "dingtalk-corp"),
}


@pytest.mark.parametrize(("attack", "status", "reason"), ATTACKS.values(), ids=ATTACKS)
def test_a_forged_callback_is_refused_and_leaves_no_trace(
    standing_dingtalk: DingTalkScene, attack: Attack, status: int, reason: str
) -> None:
    hostile = standing_dingtalk.attacker()
    with leaves_no_trace(standing_dingtalk.house, reason=reason):
        delivery = attack(hostile)
        assert (delivery.status, delivery.response) == (status, b"")
    assert standing_dingtalk.answers() == []


@pytest.mark.parametrize(("body", "status"), RAW.values(), ids=RAW)
def test_an_unsigned_body_is_refused_unread(standing_dingtalk: DingTalkScene, body: bytes, status: int) -> None:
    with leaves_no_trace(standing_dingtalk.house):
        assert post(standing_dingtalk.robot.callback_url, body) == (
            status if status == 413 or body.count(b"[") > 60 else 403
        )


@pytest.mark.parametrize("minutes", [-4, 4])
def test_a_clock_that_is_a_little_off_is_no_reason_to_refuse(dingtalk: DingTalkScene, minutes: float) -> None:
    assert dingtalk.attacker().skewed(minutes).status == 200


def test_a_captured_signature_is_worthless_once_its_window_is_over(dingtalk: DingTalkScene) -> None:
    hostile = dingtalk.attacker()
    seen = dingtalk.asks(QUESTION)
    dingtalk.answers()
    dingtalk.house.advance(seconds=301)
    with leaves_no_trace(dingtalk.house, reason="dingtalk-clock"):
        assert hostile.replayed(seen, hostile.body(WORDS)).status == 403


def test_a_captured_signature_within_its_window_makes_the_desk_call_nobody_else(dingtalk: DingTalkScene) -> None:
    hostile = dingtalk.attacker()
    seen = dingtalk.asks(QUESTION)
    dingtalk.answers()
    trap = {"sessionWebhook": "http://169.254.169.254/latest?session=1", "sessionWebhookExpiredTime": 9 * 10**12}
    assert hostile.replayed(seen, hostile.body(QUESTION, **trap)).status == 200
    assert dingtalk.house.outcome(2, "failed").error.startswith("address")
    assert len(dingtalk.ding.calls(Endpoint.SESSION)) == 1


def test_the_same_id_with_another_body_changes_nothing(dingtalk: DingTalkScene) -> None:
    hostile = dingtalk.attacker()
    seen = dingtalk.asks(QUESTION)
    dingtalk.answers()
    with leaves_no_trace(dingtalk.house):
        assert hostile.forged(hostile.body(WORDS, msgId=seen.msg_id)).status == 200
    assert len(dingtalk.answers()) == 1


def test_without_the_path_secret_there_is_no_door(dingtalk: DingTalkScene) -> None:
    dingtalk.robot.callback_url = f"{dingtalk.house.url}/webhooks/dingtalk"
    hostile = dingtalk.attacker()
    with leaves_no_trace(dingtalk.house, reason="dingtalk-path"):
        assert hostile.forged(hostile.body(WORDS)).status == 404
        dingtalk.robot.callback_url += "/geratenes"
        assert hostile.forged(hostile.body(WORDS)).status == 404


def test_unknown_channels_and_methods_lead_nowhere(standing_dingtalk: DingTalkScene) -> None:
    with leaves_no_trace(standing_dingtalk.house), httpx.Client(trust_env=False) as client:
        assert post(f"{standing_dingtalk.house.url}/webhooks/feishu/{MARK}", MARK.encode()) == 404
        assert client.get(standing_dingtalk.robot.callback_url).status_code == 405


def test_a_caller_who_hangs_up_half_way_does_no_harm(dingtalk: DingTalkScene) -> None:
    with leaves_no_trace(dingtalk.house):
        post_half(dingtalk.robot.callback_url)
        eventually("门口记下断线", lambda: "cut-off" in dingtalk.house.log.text)
    dingtalk.asks(QUESTION)
    dingtalk.support.expect(dingtalk.house.answer)


INCOMPLETE = ["msgId", "conversationId", "sender"]


@pytest.mark.parametrize("missing", INCOMPLETE)
def test_what_names_no_message_or_nobody_is_dropped(standing_dingtalk: DingTalkScene, missing: str) -> None:
    hostile = standing_dingtalk.attacker()
    body = hostile.body(WORDS)
    for name in ("senderStaffId", "senderId") if missing == "sender" else (missing,):
        del body[name]
    with leaves_no_trace(standing_dingtalk.house):
        assert hostile.forged(body).status == 200


def test_an_id_longer_than_any_column_is_dropped(standing_dingtalk: DingTalkScene) -> None:
    hostile = standing_dingtalk.attacker()
    with leaves_no_trace(standing_dingtalk.house):
        assert hostile.forged(hostile.body(WORDS, msgId="m" * 10_000)).status == 200


ODD_WORDS = {
    "emoji only": "😂😂😂",
    "blanks": " \u2005\u3000\u200b ",
    "NUL": "邮箱\x00打不开",
    "brackets": "日志：" + "[" * 300 + '{"' * 300,
    "right to left": "\u202e件邮",
    "one very long word": "a" * 5000,
    "5000 characters": "服务器返回 550 5.7.1 拒收\n" * 250,
}


@pytest.mark.parametrize("words", ODD_WORDS.values(), ids=ODD_WORDS)
def test_odd_words_get_a_line_and_never_an_error(dingtalk: DingTalkScene, words: str) -> None:
    dingtalk.asks(words)
    assert len(dingtalk.answers()) == 1, dingtalk.ding.transcript()
    assert dingtalk.answers()[0].notified == (dingtalk.lin,)


def test_half_a_character_gets_a_line(dingtalk: DingTalkScene) -> None:
    hostile = dingtalk.attacker()
    body = hostile.body("HALF", senderNick="HALF")
    delivery = hostile.forged(body)
    assert delivery.status == 200
    raw = delivery.raw.replace(b"HALF", b"\\ud83d").replace(body["msgId"].encode(), b"msg-another")
    assert dingtalk.ding.world.courier.push(dingtalk.robot, raw).status == 200
    assert len(dingtalk.answers()) == 2


def test_emoji_only_is_no_case(dingtalk: DingTalkScene) -> None:
    dingtalk.asks("😂😂😂")
    dingtalk.support.expect("我是IT小助手")
    assert dingtalk.house.rows(CaseRow) == []


def test_a_password_in_a_message_is_kept_nowhere(dingtalk: DingTalkScene) -> None:
    dingtalk.asks(f"我的密码是{MARK}abc，登不上邮箱")
    warned = dingtalk.support.expect("没有保存")
    assert MARK not in warned.text
    dingtalk.asks("人工")
    (page,) = dingtalk.expect_pages(1)
    assert MARK not in page.text and "〔已隐去〕" in page.text
    assert MARK not in "".join(row.text for row in dingtalk.house.rows(InboundRow))
    dingtalk.house.log.expect_not(MARK)
