"""A stage for each test, on both databases."""

import pytest

from app.core.escalation import by_order
from app.core.library import Library
from app.store.database import Database
from tests.flows.stage import Stage

POLICY = by_order((10, 10, 15), 1)


@pytest.fixture
def stage(database: Database, library: Library) -> Stage:
    """On SQLite and on PostgreSQL."""
    return Stage(database, library, POLICY)


@pytest.fixture
def postgres_stage(postgres_database: Database, library: Library) -> Stage:
    """On PostgreSQL only: for two replicas that get into each other's way."""
    return Stage(postgres_database, library, POLICY)


@pytest.fixture
def two_pagers(database: Database, library: Library) -> Stage:
    """With a second way to call, for when the first is shut."""
    return Stage(database, library, POLICY, two_pagers=True)
