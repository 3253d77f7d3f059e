"""The callback envelope against every published and self-made vector, and against the little WeCom's own sealer."""

import base64
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels.base import Rejected
from app.channels.wecom.crypto import Envelope, signature, verify
from tests.platforms import test_wecom_crypto as vectors
from tests.platforms.wecom.crypto import CryptoError, Sealer, encrypt_bytes

CLASSIC_KEY, NEWER_KEY = vectors.CLASSIC.aes_key, vectors.NEWER.aes_key
NEWER_TOKEN = vectors.NEWER.token
CLASSIC = Envelope(CLASSIC_KEY, "wx5823bf96d3bd56c7")
NEWER = Envelope(NEWER_KEY, "ww1436e0e65a779aee")
BOT = Envelope(CLASSIC_KEY)


@pytest.mark.parametrize(
    ("token", "timestamp", "nonce", "encrypted", "signed"),
    [
        ("QDG6eK", "1409659589", "263014780", vectors.A_ECHO, "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3"),
        ("QDG6eK", "1409659813", "1372623149", vectors.B_ENCRYPT, "477715d11cdb4164915debcba66cb864d751f3e6"),
        (NEWER_TOKEN, "1476416373", "47744683", vectors.C_ECHO, "012bc692d0a58dd4b10f8dfe5c4ac00ae211ebeb"),
        ("QDG6eK", "1700000000", "nonce12345", vectors.D_ENCRYPT, "40e5dd249ca5cdbf25a01a7345330c6c23c9bcee"),
        (
            NEWER_TOKEN,
            "1409659813",
            "1372623149",
            vectors.F_ENCRYPT,
            "e3647471e395139e2308c1fa963f2d648a00b90e",
        ),
    ],
    ids="ABCDF",
)
def test_signatures(token: str, timestamp: str, nonce: str, encrypted: str, signed: str) -> None:
    assert signature(token, timestamp, nonce, encrypted) == signed
    verify(token, timestamp, nonce, encrypted, signed)
    for wrong in ("", signed.upper(), signed[:-1], "0" * 40, "é" * 40):
        with pytest.raises(Rejected):
            verify(token, timestamp, nonce, encrypted, wrong)


@pytest.mark.parametrize(
    ("envelope", "encrypted", "random", "length"),
    [
        (CLASSIC, vectors.A_ECHO, b"c41b64491c2468d0", 19),
        (CLASSIC, vectors.B_ENCRYPT, b"0960688932c47ef1", 284),
        (NEWER, vectors.C_ECHO, b"8908d0ff052afda0", 19),
        (BOT, vectors.D_ENCRYPT, b"0123456789abcdef", 262),
        (NEWER, vectors.F_ENCRYPT, b"dDVXRx6kn1gOT43Q", 176),
        (BOT, vectors.PAD_EDGE, b"0123456789abcdef", 12),
    ],
    ids=[*"ABCDF", "padding edge"],
)
def test_opening_and_sealing_again(envelope: Envelope, encrypted: str, random: bytes, length: int) -> None:
    message = envelope.open(encrypted)
    assert len(message) == length
    assert envelope.seal(message, random) == encrypted


def test_what_stands_in_the_vectors() -> None:
    assert CLASSIC.open(vectors.A_ECHO) == b"1616140317555161061"
    assert NEWER.open(vectors.C_ECHO) == b"1288432023552776189"
    assert BOT.open(vectors.PAD_EDGE) == b"x" * 12
    assert b"<Content><![CDATA[hello]]></Content>" in CLASSIC.open(vectors.B_ENCRYPT)
    assert json.loads(BOT.open(vectors.D_ENCRYPT))["text"]["content"] == "@ITBot VPN 连不上 错误 809"
    assert b'"FromUserName": :mycreate' in NEWER.open(vectors.F_ENCRYPT), "样例本身不是 JSON，只验解密"


def test_media_vector_e() -> None:
    plain = BOT.open_bytes(base64.b64decode(vectors.E_CIPHER))
    assert plain == b"\x89PNG\r\n\x1a\n" + b"fake-image-bytes"
    assert hashlib.md5(plain).hexdigest() == "0fef1db6d218ababde5d90088443e75a"


def test_each_vector_has_one_receiver() -> None:
    strangers = [(BOT, vectors.A_ECHO), (Envelope(NEWER_KEY), vectors.C_ECHO), (CLASSIC, vectors.D_ENCRYPT)]
    for envelope, encrypted in strangers:
        with pytest.raises(Rejected, match="wecom-receiver"):
            envelope.open(encrypted)


def _sealed(plain: bytes) -> str:
    return base64.b64encode(encrypt_bytes(vectors.BOT.key, plain)).decode()


@pytest.mark.parametrize(
    ("encrypted", "reason"),
    [
        ("", "wecom-length"),
        ("%%%", "wecom-base64"),
        ("邮箱", "wecom-base64"),
        ("QQ", "wecom-base64"),
        (base64.b64encode(b"x" * 15).decode(), "wecom-length"),
        (base64.b64encode(b"x" * 64).decode(), "wecom-padding"),
        (_sealed(b"short"), "wecom-envelope"),
        (_sealed(b"r" * 16 + b"\xff\xff\xff\xffx"), "wecom-receiver"),
        (_sealed(b"r" * 16 + b"\x00\x00\x00\x01"), "wecom-receiver"),
    ],
)
def test_doubtful_envelopes_are_rejected(encrypted: str, reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        BOT.open(encrypted)


@pytest.mark.parametrize("key", ["", "a" * 42, "a" * 44, "!" * 43])
def test_a_wrong_key_stops_the_start(key: str) -> None:
    with pytest.raises(ValueError):
        Envelope(key)


def test_the_key_is_in_no_representation() -> None:
    assert CLASSIC_KEY not in repr(BOT) and CLASSIC_KEY[:8] not in repr(BOT)


@given(st.binary(max_size=200), st.binary(min_size=16, max_size=16))
def test_the_little_wecom_opens_what_we_seal_and_the_other_way_round(message: bytes, random: bytes) -> None:
    sealer = Sealer("t", CLASSIC_KEY)
    assert sealer.open(BOT.seal(message, random)) == message
    assert BOT.open(sealer.seal(message, random)) == message


@given(st.binary(max_size=160))
def test_any_bytes_are_opened_or_rejected_as_the_little_wecom_does(sealed: bytes) -> None:
    encrypted = base64.b64encode(sealed).decode()
    try:
        expected: bytes | None = vectors.BOT.open(encrypted)
    except CryptoError:
        expected = None
    try:
        assert BOT.open(encrypted) == expected
    except Rejected:
        assert expected is None
