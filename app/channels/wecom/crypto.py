"""The callback envelope (developer page 101033): SHA-1 signature, AES-256-CBC, PKCS#7 to 32 bytes. Pure."""

import base64
import binascii
import hashlib
import hmac
import struct
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from app.channels.base import Rejected

_BLOCK_BITS: Final = 256


def signature(token: str, timestamp: str, nonce: str, encrypted: str) -> str:
    """Lower-case hex SHA-1 over the four values, sorted and joined."""
    joined = "".join(sorted([token, timestamp, nonce, encrypted]))
    return hashlib.sha1(_bytes(joined), usedforsecurity=False).hexdigest()


def verify(token: str, timestamp: str, nonce: str, encrypted: str, given: str) -> None:
    """Raises Rejected unless `given` is the signature. Constant time."""
    expected = signature(token, timestamp, nonce, encrypted)
    if not hmac.compare_digest(_bytes(expected), _bytes(given)):
        raise Rejected("wecom-signature")


def _bytes(text: str) -> bytes:
    """Of any text a stranger may send, halves of characters included."""
    return text.encode("utf-8", "surrogatepass")


class Envelope:
    """Seals and opens messages with one EncodingAESKey. `receive_id` is empty for a company's own AI bot."""

    def __init__(self, encoding_aes_key: str, receive_id: str = "") -> None:
        """Raises ValueError when the key is not 43 characters of Base64."""
        key = base64.b64decode(encoding_aes_key + "=")
        if len(key) != 32:
            raise ValueError("EncodingAESKey 解出来不是 32 字节")
        self._key = key
        self._receive_id = receive_id.encode()

    def __repr__(self) -> str:
        return "Envelope(…)"

    def open(self, encrypted: str) -> bytes:
        """The message inside. Raises Rejected on anything that is not exactly an envelope of ours."""
        try:
            sealed = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError):
            raise Rejected("wecom-base64") from None
        plain = self.open_bytes(sealed)
        if len(plain) < 20:
            raise Rejected("wecom-envelope")
        (length,) = struct.unpack(">I", plain[16:20])
        message, receive_id = plain[20 : 20 + length], plain[20 + length :]
        if len(message) != length or receive_id != self._receive_id:
            raise Rejected("wecom-receiver")
        return message

    def open_bytes(self, sealed: bytes) -> bytes:
        """Decrypt and unpad; media files (page 100719) are sealed so, without length or receiver."""
        if not sealed or len(sealed) % 16:
            raise Rejected("wecom-length")
        decryptor = self._cipher().decryptor()
        padded = decryptor.update(sealed) + decryptor.finalize()
        unpadder = PKCS7(_BLOCK_BITS).unpadder()
        try:
            return unpadder.update(padded) + unpadder.finalize()
        except ValueError:
            raise Rejected("wecom-padding") from None

    def seal(self, message: bytes, random: bytes) -> str:
        """The encrypted text of a message. `random`: 16 bytes."""
        plain = random + struct.pack(">I", len(message)) + message + self._receive_id
        padder = PKCS7(_BLOCK_BITS).padder()
        padded = padder.update(plain) + padder.finalize()
        encryptor = self._cipher().encryptor()
        return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))
