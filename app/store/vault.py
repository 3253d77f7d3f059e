"""Seals bearer addresses before they are stored. Opened only to be used; erased once used or expired."""

import hashlib
import hmac
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken


class Vault:
    """Authenticated encryption with a key from the settings."""

    def __init__(self, key: str) -> None:
        """`key`: 32 bytes in URL-safe Base64. Raises ValueError when it is not."""
        self._fernet = Fernet(key.encode())
        self._key = key.encode()

    @staticmethod
    def new_key() -> str:
        return Fernet.generate_key().decode()

    def address(self, purpose: str, name: str) -> str:
        """The secret part of an address, always the same for the same key: nothing has to be kept."""
        return hmac.new(self._key, f"{purpose}:{name}".encode(), hashlib.sha256).hexdigest()[:40]

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str | None:
        """The text, or None when it was sealed with another key or damaged."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None


def kept_key(path: Path) -> str:
    """The key in the file, which is made (0600) when it is not there: whole or not at all, by one process only.

    Whoever is killed while making it must not leave an empty one, with which no later start would succeed.
    Raises OSError.
    """
    if not path.exists():
        number, draft = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
        try:
            with os.fdopen(number, "w") as file:
                file.write(Vault.new_key())
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):  # another process was faster: its key is the one
                os.link(draft, path)
        finally:
            Path(draft).unlink()
    return path.read_text(encoding="ascii").strip()
