"""Lenient readers for platforms' JSON: what is not of the expected kind counts as absent."""

from collections.abc import Mapping
from typing import Any

LONGEST_ID = 255  # characters; longer than any platform's


def mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def identity(value: Any) -> str:
    """An id as the platform gave it; over-long ones are none."""
    return value if isinstance(value, str) and len(value) <= LONGEST_ID else ""
