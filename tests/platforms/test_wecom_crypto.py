"""The published and self-made vectors A to F, the padding edge, and the vendor SDK as a second opinion."""

from __future__ import annotations

import base64
import hashlib
import json
import xml.etree.ElementTree as ET

import pytest

from tests.platforms.wecom.crypto import CryptoError, Sealer, decode_key, decrypt_bytes, encrypt_bytes
from tests.platforms.wecom.oracle import vendor_decrypt

CLASSIC = Sealer("QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7")
NEWER = Sealer("hJqcu3uJ9Tn2gXPmxx2w9kkCkCE2EPYo", "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt", "ww1436e0e65a779aee")
BOT = Sealer(CLASSIC.token, CLASSIC.aes_key)

A_ECHO = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
B_ENCRYPT = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/s"
    "YYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJ"
    "YuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGU"
    "callcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDY"
    "A5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q=="
)
C_ECHO = "fsi1xnbH4yQh0+PJxcOdhhK6TDXkjMyhEPA7xB2TGz6b+g7xyAbEkRxN/3cNXW9qdqjnoVzEtpbhnFyq6SVHyA=="
D_PLAIN = (
    '{"msgid":"MSGID-0001","aibotid":"AIBOT-TEST","chatid":"wrTESTCHAT","chattype":"group",'
    '"from":{"userid":"zhangsan"},"response_url":"http://127.0.0.1:9/cgi-bin/aibot/response?response_code=RC1",'
    '"msgtype":"text","text":{"content":"@ITBot VPN 连不上 错误 809"}}'
)
D_ENCRYPT = (
    "sKqRbbiSUnDhFHOvPjtUMQZCNTFN2cvsITchl9+qvi1CPcZXb9tEpNDSkCbaym8XahP2LUhB65kZmt0rEaFwswnWz1A4SLh+rvzbP9PC"
    "G4iTqeC1spr70WT7elAat34FX5hzEJG53qBz8FODvLnsRq6AXJDVX4HV4ItiaMVtP7lDKykSjA+4wJMUEGDhLoIeLQWfozYXNnN7RoAu"
    "sqqeUiw2hY4oIsA2At6tvqoTTm1+5zYU/PeGzmRWL8ekTBtYQAC2QQxBwxsLd7TtJ9k3mSv8gGL+eMVf42MjjbdX5gtrT/pDm0pBpJl/"
    "81j4jb/sPqeozfuQGMiPcdNehaND0le3UOVf9eRsu3arf5CQnLyXaqRjPtiWqhSbRLZ0zRPw"
)
F_ENCRYPT = (
    "cjhLUX7UU4yCSelv1vz7T0zT8huF51bAMVWriNvO1FMegHrQZNrtvRxbwf0fUPsFvwqR0U0fgiJNEA5Y30F2MoI2S7vv3EjVQ68C0cjw"
    "9frBoUE2Hj0BvFp9h3u6Vbsg4lc1C8AtHdaN8orKuNKkLRLuYEL52R1J3v8olJGZRLnRdVKIivixmX/eQpzgeExtp20jI1HxRP1AAZ6x"
    "ZoILdqDPO549LO4WeG+685JRUTdiwcY5fjZlqeMxuT4PpMn1X9OWsS7NRj06Wa5E3Tvg4twjWp39KPfOdRte6P1T4JU="
)
E_CIPHER = "8nUVdl77Tce96shzChj/+YVjvho+IshRGma7FnW0NvU="
PAD_EDGE = "sKqRbbiSUnDhFHOvPjtUMT04SBXqyecnV0R+mVLqu11Se0CAxtEP8Zs4hONFU+GhnY2XmfYUSF/20UR5dRgc0w=="


def inside(sealer: Sealer, encrypt: str) -> bytes:
    """The whole plaintext as the vendor's SDK decrypts it: head, length, message, receiveid."""
    return vendor_decrypt(base64.b64decode(encrypt), sealer.aes_key)


@pytest.mark.parametrize(
    ("sealer", "timestamp", "nonce", "encrypt", "signature"),
    [
        (CLASSIC, "1409659589", "263014780", A_ECHO, "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3"),
        (CLASSIC, "1409659813", "1372623149", B_ENCRYPT, "477715d11cdb4164915debcba66cb864d751f3e6"),
        (NEWER, "1476416373", "47744683", C_ECHO, "012bc692d0a58dd4b10f8dfe5c4ac00ae211ebeb"),
        (BOT, "1700000000", "nonce12345", D_ENCRYPT, "40e5dd249ca5cdbf25a01a7345330c6c23c9bcee"),
        (NEWER, "1409659813", "1372623149", F_ENCRYPT, "e3647471e395139e2308c1fa963f2d648a00b90e"),
    ],
    ids=["A", "B", "C", "D", "F"],
)
def test_signatures(sealer: Sealer, timestamp: str, nonce: str, encrypt: str, signature: str) -> None:
    assert sealer.sign(timestamp, nonce, encrypt) == signature


@pytest.mark.parametrize(
    ("sealer", "encrypt", "random16", "length"),
    [
        (CLASSIC, A_ECHO, b"c41b64491c2468d0", 19),
        (CLASSIC, B_ENCRYPT, b"0960688932c47ef1", 284),
        (NEWER, C_ECHO, b"8908d0ff052afda0", 19),
        (BOT, D_ENCRYPT, b"0123456789abcdef", 262),
        (NEWER, F_ENCRYPT, b"dDVXRx6kn1gOT43Q", 176),
        (BOT, PAD_EDGE, b"0123456789abcdef", 12),
    ],
    ids=["A", "B", "C", "D", "F", "pad"],
)
def test_open_and_seal_again(sealer: Sealer, encrypt: str, random16: bytes, length: int) -> None:
    message = sealer.open(encrypt)
    assert len(message) == length
    assert sealer.seal(message, random16) == encrypt
    plain = inside(sealer, encrypt)
    assert plain == random16 + length.to_bytes(4, "big") + message + sealer.receiveid.encode()


def test_messages_of_the_vectors() -> None:
    assert CLASSIC.open(A_ECHO) == b"1616140317555161061"
    assert NEWER.open(C_ECHO) == b"1288432023552776189"
    xml = ET.fromstring(CLASSIC.open(B_ENCRYPT).decode())
    assert {child.tag: child.text for child in xml} == {
        "ToUserName": "wx5823bf96d3bd56c7",
        "FromUserName": "mycreate",
        "CreateTime": "1409659813",
        "MsgType": "text",
        "Content": "hello",
        "MsgId": "4561255354251345929",
        "AgentID": "218",
    }
    assert BOT.open(D_ENCRYPT).decode() == D_PLAIN
    assert json.loads(D_PLAIN)["text"]["content"] == "@ITBot VPN 连不上 错误 809"
    assert b'"FromUserName": :mycreate' in NEWER.open(F_ENCRYPT)  # the vendor's sample is no JSON


def test_media_vector_e_and_the_vendors_decrypt() -> None:
    plain = b"\x89PNG\r\n\x1a\n" + b"fake-image-bytes"
    assert hashlib.md5(plain).hexdigest() == "0fef1db6d218ababde5d90088443e75a"
    cipher = encrypt_bytes(BOT.key, plain)
    assert base64.b64encode(cipher).decode() == E_CIPHER
    assert vendor_decrypt(cipher, BOT.aes_key) == plain


@pytest.mark.parametrize("size", [0, 1, 11, 12, 13, 31, 32, 33, 4096])
def test_vendor_opens_every_padding(size: int) -> None:
    data = bytes(range(256)) * 16
    sealed = encrypt_bytes(BOT.key, data[:size])
    assert len(sealed) % 32 == 0
    assert vendor_decrypt(sealed, BOT.aes_key) == data[:size]
    assert decrypt_bytes(BOT.key, sealed) == data[:size]


@pytest.mark.parametrize(
    ("encrypt", "code"),
    [
        ("%%%", -40010),
        ("", -40007),
        (base64.b64encode(b"x" * 48).decode(), -40007),
        (base64.b64encode(b"x" * 64).decode(), -40007),
        (base64.b64encode(encrypt_bytes(BOT.key, b"short")).decode(), -40008),
        (base64.b64encode(encrypt_bytes(BOT.key, b"r" * 16 + b"\xff\xff\xff\xffx")).decode(), -40008),
        (CLASSIC.seal(b"{}", b"r" * 16), -40005),
    ],
)
def test_doubtful_envelopes_are_refused(encrypt: str, code: int) -> None:
    with pytest.raises(CryptoError) as caught:
        BOT.open(encrypt)
    assert caught.value.code == code


def test_keys_have_43_letters() -> None:
    assert len(decode_key(BOT.aes_key)) == 32
    for bad in ["", BOT.aes_key[:-1], BOT.aes_key + "=", "/" * 43]:
        with pytest.raises(ValueError, match="43"):
            decode_key(bad)
