"""DingTalk's cards: what fits into their variables, what a tap says, how it is signed."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from app.channels.base import Rejected
from app.channels.dingtalk.cards import BUTTONS, SOMEWHERE, TEXTS, VALUE_BYTES, answer, face, fits, read_tap
from app.channels.dingtalk.signature import sign_tap, verify
from app.core.message import Button, InboundMessage, OutboundMessage, Way
from app.core.taps import tap_id

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
STEPS = (Button("已解决", "已解决"), Button("下一步", "下一步"))
LINE = "打开 Outlook 的“文件”，选“账户设置”，看服务器一栏。"


def said(markdown: str, *buttons: Button, **more: Any) -> OutboundMessage:
    return OutboundMessage("k1", "dingtalk", more.pop("way", Way.REPLY), markdown, buttons=buttons, **more)


def tapped(content: Any, **more: Any) -> InboundMessage | None:
    body = {"type": "actionCallback", "outTrackId": "k1", "corpId": "ding1", "userId": "zhang01", "content": content}
    return read_tap(body | more, "dingtalk", AT)


def content(says: Any) -> dict[str, Any]:
    return {"cardPrivateData": {"actionIds": ["1"], "params": {"says": says}}}


def texts(params: dict[str, str]) -> list[str]:
    return [params[f"text{place}"] for place in range(1, TEXTS + 1)]


def test_every_variable_has_a_value_so_that_nothing_of_the_template_shows_through() -> None:
    params = face(said("先看网络。\n再看密码。", *STEPS, title="单 1"))
    assert len(params) == 2 + TEXTS + 2 * BUTTONS and all(isinstance(value, str) for value in params.values())
    assert texts(params) == ["先看网络。  \n再看密码。", "", "", ""] and params["title"] == "单 1"
    assert [params[f"button{n}"] for n in range(1, 4)] == ["已解决", "下一步", ""]
    assert (params["says1"], params["says3"], params["status"]) == ("已解决", "", "")


@pytest.mark.parametrize("count", [1, 12, 13, 40, 48])
def test_what_is_longer_than_a_variable_goes_on_in_the_next_between_lines(count: int) -> None:
    words = "\n".join([LINE] * count)
    assert fits(said(words, *STEPS))
    pieces = texts(face(said(words, *STEPS)))
    assert "".join(pieces) == words.replace("\n", "  \n")
    assert all(len(piece.encode()) <= VALUE_BYTES for piece in pieces)
    assert all(piece.endswith("  \n") for piece, following in pairwise(pieces) if following)


@pytest.mark.parametrize("words", ["\n".join([LINE] * 80), "长" * 2_000, "🔥e\u0301" * 900])
def test_what_has_no_room_is_said_otherwise_and_a_page_is_cut(words: str) -> None:
    assert not fits(said(words, *STEPS))
    pieces = texts(face(said(words)))
    assert pieces[-1].endswith("…") and all(0 < len(piece.encode()) <= VALUE_BYTES for piece in pieces)


def test_six_buttons_are_too_many() -> None:
    assert not fits(said("好", *[Button(str(n), str(n)) for n in range(BUTTONS + 1)]))


@pytest.mark.parametrize(
    ("message", "status"),
    [
        (said("✓ 张工 10:00 接了单 1", way=Way.CARD, card="k1"), "✓ 张工 10:00 接了单 1"),
        (said("先看网络", Button("✓ 下一步", "下一步")), "✓ 下一步"),
    ],
)
def test_a_new_face_names_only_what_changes(message: OutboundMessage, status: str) -> None:
    body = json.loads(answer(message))
    assert body["cardUpdateOptions"] == {"updateCardDataByKey": True}
    params = body["cardData"]["cardParamMap"]
    assert params.pop("status") == status and len(params) == 2 * BUTTONS and not any(params.values())


@pytest.mark.parametrize("form", [json.dumps(content("接单 12")), content("接单 12")], ids=["text", "object"])
def test_a_tap_is_the_buttons_words_by_card_and_person(form: Any) -> None:
    message = tapped(form)
    assert message is not None and (message.text, message.clicked, message.room) == ("接单 12", "k1", SOMEWHERE)
    assert message.id == tap_id("k1", "zhang01", "接单 12") and message.person.id == "zhang01"


def test_some_payloads_name_the_content_otherwise() -> None:
    message = tapped(None, value=json.dumps(content("接单 12")))
    assert message is not None and message.text == "接单 12"


@pytest.mark.parametrize(
    ("form", "more"),
    [
        ("no json", {}),
        ("[" * 50_000, {}),
        ([], {}),
        (content(""), {}),
        (content(12), {}),
        (content("长" * 300), {}),
        ({"cardPrivateData": {"params": []}}, {}),
        (content("接单 1"), {"userId": ""}),
        (content("接单 1"), {"userId": "@ALL"}),
        (content("接单 1"), {"outTrackId": None}),
    ],
)
def test_what_is_no_tap_of_ours_says_nothing(form: Any, more: dict[str, Any]) -> None:
    assert tapped(form, **more) is None


@pytest.mark.parametrize(
    ("timestamp", "secret", "signature"),
    [
        ("1700000000000", "fake-api-secret-0001", "MqgiWiudIczB9Bj3lR/Ph6UoI+6TMwRAm28yrm3LZBQ="),
        ("1767225600123", "example-secret", "5/9mFIWOTv8HD+EBizt8cSxJqCgS7ZBuE7zySg6wLqs="),
    ],
)
def test_the_signature_is_over_the_timestamp_alone(timestamp: str, secret: str, signature: str) -> None:
    now = datetime.fromtimestamp(int(timestamp) / 1000, UTC)
    window = timedelta(minutes=5)

    def check(given: str, late: timedelta = timedelta()) -> None:
        verify(secret=secret, timestamp=timestamp, given=given, now=now + late, window=window, how=sign_tap)

    assert sign_tap(secret, timestamp) == signature
    check(signature)
    for given, late, reason in (
        (signature, timedelta(minutes=6), "clock"),
        (signature[:-2] + "=", window, "signature"),
    ):
        with pytest.raises(Rejected, match=f"dingtalk-{reason}"):
            check(given, late)
