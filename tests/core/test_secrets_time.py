"""Masking is the first thing that happens to what anybody sends: no text may make it slow."""

import time

import pytest

from app.core.secrets import mask

# Beginnings of everything that the rules look for, to be said again and again without ever coming to the point.
PIECES = """
密码|密码是|密码：=|密码“|密码（a|密码abc 12|password |password is |pwd=|token=|token=a1|验证码1234 |验证码一二三四
账号密码a b|a@b.c |a@b.c aB#1|://a:|://a:b@c|-----BEGIN PRIVATE KEY-----|eyJaaaaaaaa-|eyJaaaaaaaa.|1 |1|12-|6222 0203
身份证 1|卡号1|用a|输入aB#1|填的是a1b2c3|大写a小写|六个8加|mysql -p|cookie: a|authorization: |是我的密码
a1b2c3是我的密码|sk-a|是我的我的我的生日|《|[|your a code is |，是|-|a|A1#|（密码|> |0x0|AKIA|key=00000000-
用户名 a 密码 |重置密码|Ａ|密碼
"""
HOSTILE = [piece for line in PIECES.strip().splitlines() for piece in line.split("|")]
SHORT, LONG = 4_000, 16_000


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_no_faster_than_the_text(piece: str) -> None:
    """Four times the text may take four times as long, with room for a busy machine; not sixteen times."""
    short, long = (min(_taken(piece * (size // len(piece))) for _ in range(2)) for size in (SHORT, LONG))
    assert long < 8 * short + 0.01, (short, long)


def _taken(text: str) -> float:
    start = time.process_time()
    mask(text)
    return time.process_time() - start
