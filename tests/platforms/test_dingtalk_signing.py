"""Every signature example of the protocol page, retyped."""

import base64

import pytest

from .dingtalk.signing import card_sign, custom_robot_query, robot_sign

SEC_DIGITS = "SEC0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
SEC_FACE = "SECfeedfacecafebeef0000000000000000000000000000000000000000000000ff"


@pytest.mark.parametrize(
    ("timestamp", "secret", "sign"),
    [
        ("1577262236757", "this is a secret", "DJrE6qdyVGCQz9z5r2MDuNcNAhwYnuAkyj13cx169CA="),
        ("1700000000000", "fake-app-secret-0001", "KMR1CBrMFRnqoWCwQI6AN1Uh68cI/UQLug3VtADEgpY="),
        ("1767225600123", "测试密钥-ABC123", "C0XboLi4Ea1pFOlGnxLrQncxCo+SiVkDrC7wzWTjQZM="),
    ],
)
def test_robot_callback(timestamp: str, secret: str, sign: str) -> None:
    assert robot_sign(timestamp, secret) == sign
    assert len(base64.b64decode(sign)) == 32


@pytest.mark.parametrize(
    ("timestamp", "secret", "raw", "quoted"),
    [
        (
            "1577262236757",
            "this is secret",
            "hmPWwU+7lVdm3ZZz0r9tSfx0L4Q26jWOZr9+Gs6EZQM=",
            "hmPWwU%2B7lVdm3ZZz0r9tSfx0L4Q26jWOZr9%2BGs6EZQM%3D",
        ),
        (
            "1700000000000",
            SEC_DIGITS,
            "bTgY2yDbep+wesS7jKiNj+srsHoADES4+C4f8LCHFtU=",
            "bTgY2yDbep%2BwesS7jKiNj%2BsrsHoADES4%2BC4f8LCHFtU%3D",
        ),
        (
            "1767225600123",
            SEC_FACE,
            "fl5d3Bgpn4LNYha4n+1+Ry8z3IiHGWZTWooLM2Z8JWE=",
            "fl5d3Bgpn4LNYha4n%2B1%2BRy8z3IiHGWZTWooLM2Z8JWE%3D",
        ),
        (
            "1700000000004",
            SEC_DIGITS,
            "ZeaJlNY30xUaF/p+hFzRR5gZ4qFj+i4uxCJUEwchUXQ=",
            "ZeaJlNY30xUaF%2Fp%2BhFzRR5gZ4qFj%2Bi4uxCJUEwchUXQ%3D",
        ),
    ],
)
def test_custom_robot(timestamp: str, secret: str, raw: str, quoted: str) -> None:
    assert robot_sign(timestamp, secret) == raw
    assert custom_robot_query(timestamp, secret) == quoted


@pytest.mark.parametrize(
    ("timestamp", "secret", "sign"),
    [
        ("1700000000000", "fake-api-secret-0001", "MqgiWiudIczB9Bj3lR/Ph6UoI+6TMwRAm28yrm3LZBQ="),
        ("1767225600123", "example-secret", "5/9mFIWOTv8HD+EBizt8cSxJqCgS7ZBuE7zySg6wLqs="),
    ],
)
def test_card_callback(timestamp: str, secret: str, sign: str) -> None:
    assert card_sign(timestamp, secret) == sign
