"""The callback envelope: signature, AES-256-CBC with 32-byte padding, layout; and media encryption."""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

BLOCK = 32
BAD_SIGNATURE, BAD_RECEIVEID, BAD_DECRYPT, BAD_BUFFER, BAD_BASE64 = -40001, -40005, -40007, -40008, -40010


class CryptoError(ValueError):
    """An envelope that cannot be trusted, with the official library's return code."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(f"{code} {why}")
        self.code = code


def decode_key(aes_key: str) -> bytes:
    """The 32 key bytes behind a 43-character EncodingAESKey."""
    if len(aes_key) != 43 or not (aes_key.isascii() and aes_key.isalnum()):
        raise ValueError("an EncodingAESKey has 43 characters of A-Z, a-z, 0-9")
    return base64.b64decode(aes_key + "=")


def _cipher(key: bytes) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def encrypt_bytes(key: bytes, plain: bytes) -> bytes:
    """AES-CBC over `plain` padded to a multiple of 32 bytes; the IV is the key's first half."""
    padder = PKCS7(BLOCK * 8).padder()
    padded = padder.update(plain) + padder.finalize()
    encryptor = _cipher(key).encryptor()
    return encryptor.update(padded) + encryptor.finalize()


def decrypt_bytes(key: bytes, data: bytes) -> bytes:
    """Undo `encrypt_bytes`, insisting on the 32-byte padding (assumption STRICT_PADDING)."""
    if not data or len(data) % BLOCK:
        raise CryptoError(BAD_DECRYPT, f"{len(data)} cipher bytes are not a multiple of {BLOCK}")
    decryptor = _cipher(key).decryptor()
    padded = decryptor.update(data) + decryptor.finalize()
    pad = padded[-1]
    if not 1 <= pad <= BLOCK or padded[-pad:] != bytes([pad]) * pad:
        raise CryptoError(BAD_DECRYPT, f"bad padding (last byte {pad})")
    return padded[:-pad]


class Sealer:
    """Signs, seals and opens messages for one token, EncodingAESKey and receiveid."""

    def __init__(self, token: str, aes_key: str, receiveid: str = "") -> None:
        self.token = token
        self.aes_key = aes_key
        self.receiveid = receiveid
        self.key = decode_key(aes_key)

    def sign(self, timestamp: str, nonce: str, encrypt: str) -> str:
        joined = "".join(sorted([self.token, timestamp, nonce, encrypt]))
        return hashlib.sha1(joined.encode()).hexdigest()

    def seal(self, message: bytes, random16: bytes) -> str:
        if len(random16) != 16:
            raise ValueError("the random head has 16 bytes")
        plain = random16 + struct.pack(">I", len(message)) + message + self.receiveid.encode()
        return base64.b64encode(encrypt_bytes(self.key, plain)).decode()

    def open(self, encrypt: str) -> bytes:
        try:
            data = base64.b64decode(encrypt, validate=True)
        except (binascii.Error, ValueError) as error:
            raise CryptoError(BAD_BASE64, f"not Base64: {error}") from error
        plain = decrypt_bytes(self.key, data)
        if len(plain) < 20:
            raise CryptoError(BAD_BUFFER, "shorter than random head and length")
        (length,) = struct.unpack(">I", plain[16:20])
        if length > len(plain) - 20:
            raise CryptoError(BAD_BUFFER, f"length {length} runs past the end")
        message, receiveid = plain[20 : 20 + length], plain[20 + length :]
        if receiveid != self.receiveid.encode():
            raise CryptoError(BAD_RECEIVEID, f"receiveid {receiveid!r} instead of {self.receiveid!r}")
        return message
