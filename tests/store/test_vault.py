"""Bearer addresses are stored sealed, and opened with the same key only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.store.vault import Vault

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
