"""WeCom's door and everything that should not come through it: which status, which line, and nothing kept."""

import json
import random

import httpx
import pytest

from app.store.tables import CaseRow, InboundRow
from tests.platforms.wecom.courier import Attempt
from tests.platforms.wecom.envelope import Wire, Wrapper
from tests.platforms.wecom.hostile import Hostile
from tests.stories.bad_input import MARK, RAW, leaves_no_trace, post, post_half
from tests.stories.house import eventually
from tests.stories.wecom_scene import WeComScene
from tests.stories.words import QUESTION

FORGED = {
    Hostile.WRONG_SIGNATURE: (403, "wecom-signature"),
    Hostile.NO_SIGNATURE: (403, "wecom-signature"),
    Hostile.WRONG_TOKEN: (403, "wecom-signature"),
    Hostile.WRONG_KEY: (403, "wecom-"),
    Hostile.WRONG_RECEIVEID: (403, "wecom-receiver"),
    Hostile.GARBAGE_AES: (403, "wecom-"),
    Hostile.NOT_BASE64: (403, "wecom-base64"),
    Hostile.TRUNCATED_CIPHER: (403, "wecom-length"),
    Hostile.TRUNCATED_BODY: (400, "wecom-envelope"),
    Hostile.INVALID_UTF8: (400, "wecom-json"),
    Hostile.NOT_JSON_INSIDE: (400, "wecom-json"),
    Hostile.NOT_JSON: (400, "wecom-envelope"),
    Hostile.NO_ENCRYPT: (400, "wecom-envelope"),
    Hostile.HUGE_BODY: (413, "too-large"),
    Hostile.STALE: (403, "wecom-clock"),
}


def sealed(scene: WeComScene, message: bytes) -> Attempt:
    """Send any plaintext, correctly sealed and signed; nobody sees the answer."""
    wrapper = Wrapper(random.Random(3))
    return scene.bot.probes.send_raw(scene.bot, wrapper.wrap(scene.bot.sealer, message, scene.house.clock.now()))


def plain(scene: WeComScene, **more: object) -> bytes:
    body = {
        "msgid": "MSG-1",
        "aibotid": scene.bot.botid,
        "chattype": "single",
        "from": {"userid": "linxy"},
        "msgtype": "text",
        "text": {"content": MARK},
        **more,
    }
    return json.dumps(body).encode()


@pytest.mark.parametrize("how", Hostile)
def test_a_forged_callback_is_refused_and_leaves_no_trace(standing_wecom: WeComScene, how: Hostile) -> None:
    status, reason = FORGED[how]
    with leaves_no_trace(standing_wecom.house, reason=reason):
        attempt = standing_wecom.bot.attacked(how, standing_wecom.lin, f"{MARK} 人工")
        assert (attempt.http_status, attempt.body) == (status, b"")


@pytest.mark.parametrize(("body", "status"), RAW.values(), ids=RAW)
def test_a_body_that_is_no_envelope_is_refused(standing_wecom: WeComScene, body: bytes, status: int) -> None:
    with leaves_no_trace(standing_wecom.house, reason="too-" if status == 413 else ""):
        assert post(f"{standing_wecom.house.url}/webhooks/wecom", body) == status


def test_a_caller_who_hangs_up_half_way_does_no_harm(wecom: WeComScene) -> None:
    with leaves_no_trace(wecom.house):
        post_half(f"{wecom.house.url}/webhooks/wecom")
        eventually("门口记下断线", lambda: "cut-off" in wecom.house.log.text)
    wecom.asks(QUESTION)
    wecom.support.expect(wecom.house.answer, times=1)


INSIDE = {
    "deep JSON": (b'{"msgid":' + b"[" * 50_000 + b"]" * 50_000 + b"}", 400),
    "a list": (b"[1]", 400),
    "no sender": (b'{"msgid":"M1","msgtype":"text","text":{"content":"QX7731"}}', 200),
    "the system": (b'{"msgid":"M1","from":{"userid":"sys"},"msgtype":"text","text":{"content":"QX7731"}}', 200),
    "group without chatid": (b'{"msgid":"M1","chattype":"group","from":{"userid":"x"},"msgtype":"text"}', 200),
    "no id": (b'{"from":{"userid":"x"},"msgtype":"text","text":{"content":"QX7731"}}', 200),
    "feedback": (b'{"msgid":"M1","from":{"userid":"x"},"msgtype":"event","event":{"eventtype":"feedback_event"}}', 200),
}


@pytest.mark.parametrize(("message", "status"), INSIDE.values(), ids=INSIDE)
def test_what_is_no_message_gets_no_answer(standing_wecom: WeComScene, message: bytes, status: int) -> None:
    if status == 200:
        message = json.dumps(json.loads(message) | {"aibotid": standing_wecom.bot.botid}).encode()
    with leaves_no_trace(standing_wecom.house):
        attempt = sealed(standing_wecom, message)
        assert (attempt.http_status, attempt.body) == (status, b"")


def test_a_message_for_another_bot_is_refused(standing_wecom: WeComScene) -> None:
    with leaves_no_trace(standing_wecom.house, reason="wecom-bot-id"):
        assert sealed(standing_wecom, plain(standing_wecom, aibotid="aib-of-somebody-else")).http_status == 403


ODD_WORDS = {
    "emoji only": "😂😂😂",
    "blanks": " \u2005\u3000\u200b ",
    "half a character": "邮箱\ud83d打不开",
    "NUL": "邮箱\x00打不开",
    "brackets": "[" * 300 + "{" * 300,
    "right to left": "\u202e件邮",
    "one very long word": "a" * 5000,
    "5000 characters": "服务器返回 550 5.7.1 拒收\n" * 250,
}


@pytest.mark.parametrize("words", ODD_WORDS.values(), ids=ODD_WORDS)
def test_odd_words_get_a_line_and_never_an_error(wecom: WeComScene, words: str) -> None:
    attempt = sealed(wecom, plain(wecom, text={"content": words}))
    assert attempt.http_status == 200 and attempt.body
    assert len(wecom.house.rows(InboundRow)) == 1
    assert [row.state for row in wecom.house.said("reply")] == ["sent"]


def test_emoji_only_is_no_case(wecom: WeComScene) -> None:
    wecom.asks("😂😂😂")
    wecom.support.expect("我是IT小助手", times=1)
    assert wecom.house.rows(CaseRow) == []


def test_a_paste_of_5000_characters_with_a_question_in_it_gets_a_line(wecom: WeComScene) -> None:
    wecom.asks(QUESTION + "\n" + "2026-03-02 09:59:58 [ERROR] {code: 552} mailbox full\n" * 95)
    assert wecom.support.last().words


def test_a_callback_sent_again_with_a_new_signature_is_the_same_message(wecom: WeComScene) -> None:
    message = plain(wecom, text={"content": "人工"})
    first = sealed(wecom, message)
    before = wecom.house.counts()
    second = sealed(wecom, message)
    assert first.http_status == second.http_status == 200 and before["CaseRow"] == 1
    assert wecom.house.counts() == before


def test_unknown_channels_and_methods_lead_nowhere(standing_wecom: WeComScene) -> None:
    with leaves_no_trace(standing_wecom.house), httpx.Client(trust_env=False) as client:
        assert post(f"{standing_wecom.house.url}/webhooks/feishu", MARK.encode()) == 404
        assert post(f"{standing_wecom.house.url}/webhooks/oncall", MARK.encode()) == 404
        assert client.get(f"{standing_wecom.house.url}/webhooks/wecom").status_code == 403
        assert client.put(f"{standing_wecom.house.url}/webhooks/wecom", content=MARK).status_code == 405


def test_the_public_listener_shows_nothing_of_the_inside(wecom: WeComScene) -> None:
    wecom.asks("人工")
    with httpx.Client(trust_env=False) as client:
        for path in ("/", "/cases", "/metrics", "/sandbox", "/docs", "/openapi.json", "/static/style.css"):
            assert client.get(f"{wecom.house.url}{path}").status_code == 404, path
        assert client.get(f"{wecom.house.url}/healthz").status_code == 200


def test_a_reply_address_on_a_foreign_host_is_never_called(wecom: WeComScene) -> None:
    message = plain(wecom, response_url="http://169.254.169.254/latest?response_code=RC-000000")
    wrapper = Wrapper(random.Random(4))
    wire: Wire = wrapper.wrap(wecom.bot.sealer, message, wecom.house.clock.now())
    wecom.bot.policy.message_seconds = 0.3
    with wecom.house.house.desk.database.transaction():
        wecom.bot.probes.send_raw(wecom.bot, wire)
    eventually("消息收下", lambda: wecom.house.rows(InboundRow))
    wecom.house.advance(seconds=5)
    assert wecom.house.outcome(1, "failed").error.startswith("address")
