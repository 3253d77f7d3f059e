"""DingTalk's signatures: the page's vectors, the clock window, and the query string of the custom robot."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels.base import Rejected
from app.channels.dingtalk.custom import CustomRobot
from app.channels.dingtalk.signature import sign, verify
from app.core.message import Mention, OutboundMessage, Way
from tests.channels.wire import Wire
from tests.platforms.dingtalk.signing import robot_sign

DIGITS = "SEC0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
FACE = "SECfeedfacecafebeef0000000000000000000000000000000000000000000000ff"
WINDOW = timedelta(minutes=5)


@pytest.mark.parametrize(
    ("timestamp", "secret", "signed"),
    [
        ("1577262236757", "this is a secret", "DJrE6qdyVGCQz9z5r2MDuNcNAhwYnuAkyj13cx169CA="),
        ("1700000000000", "fake-app-secret-0001", "KMR1CBrMFRnqoWCwQI6AN1Uh68cI/UQLug3VtADEgpY="),
        ("1767225600123", "测试密钥-ABC123", "C0XboLi4Ea1pFOlGnxLrQncxCo+SiVkDrC7wzWTjQZM="),
    ],
)
def test_robot_callback(timestamp: str, secret: str, signed: str) -> None:
    now = datetime.fromtimestamp(int(timestamp) / 1000, UTC)
    assert sign(secret, timestamp) == signed
    verify(secret=secret, timestamp=timestamp, given=signed, now=now, window=WINDOW)
    for wrong in ("", signed[:-1], signed.lower(), signed + "=", "密"):
        with pytest.raises(Rejected, match="dingtalk-signature"):
            verify(secret=secret, timestamp=timestamp, given=wrong, now=now, window=WINDOW)


@pytest.mark.parametrize(("seconds", "fresh"), [(-300, True), (300, True), (0, True), (-301, False), (301, False)])
def test_the_window_is_open_on_both_sides(seconds: int, fresh: bool) -> None:
    stamp, secret = "1700000000000", "fake-app-secret-0001"
    now = datetime.fromtimestamp(1_700_000_000 + seconds, UTC)
    try:
        verify(secret=secret, timestamp=stamp, given=sign(secret, stamp), now=now, window=WINDOW)
    except Rejected as error:
        assert error.reason == "dingtalk-clock" and not fresh
    else:
        assert fresh


@pytest.mark.parametrize("stamp", ["", "soon", "-1700000000000", "1.7e12", " 1700000000000", "１７００", "9" * 17, "²"])
def test_a_timestamp_is_a_decimal_number_even_when_signed(stamp: str) -> None:
    with pytest.raises(Rejected, match="dingtalk-timestamp"):
        verify(secret="s", timestamp=stamp, given=sign("s", stamp), now=datetime.now(UTC), window=WINDOW)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), st.integers(0, 10**13))
def test_the_little_dingtalk_signs_alike(secret: str, timestamp: int) -> None:
    assert sign(secret, str(timestamp)) == robot_sign(timestamp, secret)


@pytest.mark.parametrize(
    ("timestamp", "secret", "quoted"),
    [
        (1577262236757, "this is secret", "hmPWwU%2B7lVdm3ZZz0r9tSfx0L4Q26jWOZr9%2BGs6EZQM%3D"),
        (1700000000000, DIGITS, "bTgY2yDbep%2BwesS7jKiNj%2BsrsHoADES4%2BC4f8LCHFtU%3D"),
        (1767225600123, FACE, "fl5d3Bgpn4LNYha4n%2B1%2BRy8z3IiHGWZTWooLM2Z8JWE%3D"),
        (1700000000004, DIGITS, "ZeaJlNY30xUaF%2Fp%2BhFzRR5gZ4qFj%2Bi4uxCJUEwchUXQ%3D"),
    ],
)
def test_the_custom_robots_signature_is_quoted_once_slash_included(timestamp: int, secret: str, quoted: str) -> None:
    wire = Wire()
    robot = CustomRobot("https://oapi.dingtalk.com", "tok", secret, wire.client)
    now = datetime.fromtimestamp(timestamp // 1000, UTC) + timedelta(milliseconds=timestamp % 1000)
    robot.send(OutboundMessage("key-1", "oncall", Way.PAGE, "单 1", mentions=(Mention("zhang01"),)), now)
    query = wire.requests[0].url.query.decode()
    assert query == f"access_token=tok&timestamp={timestamp}&sign={quoted}"


def test_without_a_secret_nothing_is_signed_and_the_key_makes_a_repetition_harmless() -> None:
    wire = Wire()
    robot = CustomRobot("https://oapi.dingtalk.com", "tok", "", wire.client)
    message = OutboundMessage("key-1", "oncall", Way.PAGE, "单 1", mentions=(Mention("", "13800000001"),))
    robot.send(message, datetime.now(UTC))
    assert wire.requests[0].url.query == b"access_token=tok"
    body = json.loads(wire.requests[0].content)
    assert body["msgUuid"] == "key-1" and robot.idempotent(message)
    assert body["at"]["atMobiles"] == ["13800000001"] and "@13800000001" in body["markdown"]["text"]
