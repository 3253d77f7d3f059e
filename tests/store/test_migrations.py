"""The migrations and the tables are one and the same, on both databases."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import inspect

from app.store import migrate as migrations
from app.store.database import Database


@pytest.fixture(params=["sqlite_database", "fresh_postgres_database"])
def database(request: pytest.FixtureRequest) -> Database:
    """Each of the two, of its own: what happens here to its tables stays here."""
    found: Database = request.getfixturevalue(request.param)
    return found


def _alembic(database: Database, verb: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent / "migrations"))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        if verb == "check":
            command.check(config)
        else:
            command.downgrade(config, verb)
        connection.commit()


def test_upgrading_from_nothing_gives_exactly_the_tables(database: Database) -> None:
    """A column that stands in `tables.py` only, or in a migration only, fails here."""
    _alembic(database, "check")


def test_migrating_twice_changes_nothing(database: Database) -> None:
    """Every start migrates; the second finds nothing to do."""
    migrations.migrate(database)
    _alembic(database, "check")


def test_the_way_down_leaves_nothing_and_the_way_up_works_again(database: Database) -> None:
    """A downgrade to nothing takes every table away."""
    _alembic(database, "base")
    assert set(inspect(database.engine).get_table_names()) <= {"alembic_version"}
    migrations.migrate(database)
    assert "outbox" in inspect(database.engine).get_table_names()


@pytest.mark.parametrize("table", ["inbound", "conversation", "case", "timer", "outbox", "picture", "audit"])
def test_every_table_is_there(database: Database, table: str) -> None:
    """The seven nouns of the store."""
    assert inspect(database.engine).has_table(table)
