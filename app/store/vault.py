"""Seals bearer addresses before they are stored. Opened only to be used; erased once used or expired."""

from cryptography.fernet import Fernet, InvalidToken


class Vault:
    """Authenticated encryption with a key from the settings."""

    def __init__(self, key: str) -> None:
        """`key`: 32 bytes in URL-safe Base64. Raises ValueError when it is not."""
        self._fernet = Fernet(key.encode())

    @staticmethod
    def new_key() -> str:
        return Fernet.generate_key().decode()

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str | None:
        """The text, or None when it was sealed with another key or damaged."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None
