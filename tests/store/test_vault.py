"""Bearer addresses are stored sealed, and opened with the same key only."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.store.vault import Vault, kept_key

VAULT = Vault(Vault.new_key())


@given(st.text(st.characters(codec="utf-8")))
def test_what_is_sealed_can_be_opened(text: str) -> None:
    """Any text, and nothing of it is visible."""
    sealed = VAULT.seal(text)
    assert VAULT.open(sealed) == text
    assert len(text) < 8 or text not in sealed


def test_another_key_opens_nothing() -> None:
    """After the key was changed, an old address is simply gone."""
    assert Vault(Vault.new_key()).open(VAULT.seal("https://secret")) is None


@pytest.mark.parametrize("damaged", ["", "x", "gAAAAA", "汉字"])
def test_what_is_damaged_opens_to_nothing(damaged: str) -> None:
    """No exception: a row that cannot be read is a row without address."""
    assert VAULT.open(damaged) is None


@pytest.mark.parametrize("key", ["", "short", "=" * 44, "汉" * 44])
def test_a_key_of_the_wrong_form_is_refused(key: str) -> None:
    """At the start, not at the first message."""
    with pytest.raises(ValueError, match=r".*"):
        Vault(key)


def test_a_key_is_made_once_however_many_ask(tmp_path: Path) -> None:
    """Several processes in one folder agree on it, and leave nothing else behind."""
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: kept_key(tmp_path / "secret.key"), range(40)))
    assert keys == {(tmp_path / "secret.key").read_text(encoding="ascii")}
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_who_dies_while_making_the_key_leaves_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty key file would keep every later start from succeeding."""

    def die(_: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(os, "fsync", die)
        kept_key(tmp_path / "secret.key")
    assert not (tmp_path / "secret.key").exists()
    assert Vault(kept_key(tmp_path / "secret.key"))
