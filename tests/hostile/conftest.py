"""A standing company for strangers to try; made-up input is tried without a clock beside it."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from app.core.library import Library
from tests.hostile.house import Company, company, workshop_at
from tests.stories.conftest import database_url, dingtalk, surroundings, wecom, workshop

__all__ = ["database_url", "dingtalk", "surroundings", "wecom", "workshop"]

settings.register_profile("patient", deadline=None)  # on a busy machine a slow example is no fault
settings.load_profile("patient")


@pytest.fixture(scope="module")
def standing_company(
    surroundings: None, tmp_path_factory: pytest.TempPathFactory, library: Library
) -> Iterator[Company]:
    """Both doors, on SQLite; nothing that is tried on it may leave a trace."""
    place = tmp_path_factory.mktemp("company")
    with workshop_at(place, f"sqlite:///{place / 'story.db'}", library) as shop, company(shop) as made:
        yield made
