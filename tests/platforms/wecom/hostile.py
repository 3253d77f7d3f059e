"""Callbacks an attacker or a broken proxy would send, for negative tests."""

from __future__ import annotations

import base64
from enum import StrEnum

from tests.platforms.wecom.crypto import Sealer
from tests.platforms.wecom.envelope import Wire, Wrapper, compact


class Hostile(StrEnum):
    WRONG_SIGNATURE = "wrong_signature"
    NO_SIGNATURE = "no_signature"
    WRONG_TOKEN = "wrong_token"
    WRONG_KEY = "wrong_key"
    WRONG_RECEIVEID = "wrong_receiveid"
    GARBAGE_AES = "garbage_aes"
    NOT_BASE64 = "not_base64"
    TRUNCATED_CIPHER = "truncated_cipher"
    TRUNCATED_BODY = "truncated_body"
    INVALID_UTF8 = "invalid_utf8"
    NOT_JSON_INSIDE = "not_json_inside"
    NOT_JSON = "not_json"
    NO_ENCRYPT = "no_encrypt"
    HUGE_BODY = "huge_body"
    STALE = "stale"


OTHER_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
STALE_SECONDS = 3600.0


class Forger:
    """Makes the hostile variants of a callback; what is not named is correctly signed and sealed."""

    def __init__(self, wrapper: Wrapper, huge_bytes: int = 4 * 1024 * 1024) -> None:
        self._wrapper = wrapper
        self._huge_bytes = huge_bytes

    def forge(self, how: Hostile, sealer: Sealer, message: bytes, at: float) -> Wire:
        wrapper, good = self._wrapper, self._wrapper.wrap(sealer, message, at)
        match how:
            case Hostile.WRONG_SIGNATURE:
                return Wire({**good.params, "msg_signature": "0" * 40}, good.content)
            case Hostile.NO_SIGNATURE:
                return Wire({}, good.content)
            case Hostile.WRONG_TOKEN:
                return wrapper.wrap(Sealer("other", sealer.aes_key, sealer.receiveid), message, at)
            case Hostile.WRONG_KEY:
                return wrapper.wrap(Sealer(sealer.token, OTHER_KEY, sealer.receiveid), message, at)
            case Hostile.WRONG_RECEIVEID:
                return wrapper.wrap(Sealer(sealer.token, sealer.aes_key, "ww0other"), message, at)
            case Hostile.STALE:
                return wrapper.wrap(sealer, message, at - STALE_SECONDS)
            case Hostile.TRUNCATED_BODY:
                return Wire(good.params, good.content[: len(good.content) // 2])
            case Hostile.NOT_JSON:
                return Wire(good.params, b"<xml><Encrypt>nope</Encrypt></xml>")
            case Hostile.NO_ENCRYPT:
                return Wire(good.params, b"{}")
            case Hostile.INVALID_UTF8:
                return wrapper.wrap(sealer, message.replace(b'"text"', b'"te\xff\xfext"'), at)
            case Hostile.NOT_JSON_INSIDE:
                return wrapper.wrap(sealer, b"hello", at)
        return self._signed(sealer, self._cipher_text(how, sealer, message), at)

    def _cipher_text(self, how: Hostile, sealer: Sealer, message: bytes) -> str:
        if how is Hostile.GARBAGE_AES:
            return base64.b64encode(b"\x5a" * 96).decode()
        if how is Hostile.TRUNCATED_CIPHER:
            whole = base64.b64decode(sealer.seal(message, self._wrapper.random16()))
            return base64.b64encode(whole[:-5]).decode()
        if how is Hostile.HUGE_BODY:
            return "A" * self._huge_bytes
        return "!!! not base64 !!!"

    def _signed(self, sealer: Sealer, encrypt: str, at: float) -> Wire:
        return Wire(self._wrapper.signed(sealer, encrypt, at), compact({"encrypt": encrypt}))
