"""Lenient readers for platforms' JSON: what is not of the expected kind counts as absent."""

from collections.abc import Mapping
from typing import Any

LONGEST_ID = 255  # characters; longer than any platform's
LONGEST_TEXT = 20_000  # characters; platforms take a few thousand from a person


def mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def identity(value: Any) -> str:
    """An id as the platform gave it; over-long ones, and such as no screen can show, are none."""
    return value if isinstance(value, str) and len(value) <= LONGEST_ID and value.isprintable() else ""


def person(value: Any) -> str:
    """The id of a person. With an @ in front it is a platform's word for somebody else: «@all» is everybody."""
    id = identity(value)
    return "" if id.startswith("@") else id
