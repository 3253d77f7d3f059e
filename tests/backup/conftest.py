"""A house as in the stories, on both databases, and PostgreSQL's own programs."""

import pytest

from tests.backup.tools import folder_of_pg_dump, major_of
from tests.stories.conftest import database_url, dingtalk, surroundings, wecom, workshop

__all__ = ["database_url", "dingtalk", "surroundings", "wecom", "workshop"]


@pytest.fixture
def pg_tools(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump is found, where the database is PostgreSQL."""
    if database_url.startswith("postgresql"):
        place = folder_of_pg_dump(major_of(database_url))
        monkeypatch.setenv("PATH", str(place), prepend=":")
