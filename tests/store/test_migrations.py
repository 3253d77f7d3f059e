"""The migrations and the tables are one and the same, on both databases."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import JSON, DateTime, Integer, LargeBinary, MetaData, Table, inspect, text

from app.store import migrate as migrations
from app.store.database import Database
from tests.people import MONDAY_NINE


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


NOUNS = ("inbound", "conversation", "case", "report", "timer", "outbox", "pace", "replica", "picture", "audit")


@pytest.mark.parametrize("table", NOUNS)
def test_every_table_is_there(database: Database, table: str) -> None:
    """The nouns of the store."""
    assert inspect(database.engine).has_table(table)


def _row_of(table: Table, number: int) -> dict[str, object]:
    """A row as a version that knows only this table's shape would write it."""
    values: dict[str, object] = {}
    for column in table.columns:
        kind = column.type
        if column.nullable or column.foreign_keys or column.name == "id":
            continue
        if isinstance(kind, DateTime):
            values[column.name] = MONDAY_NINE
        elif isinstance(kind, Integer):
            values[column.name] = number
        elif isinstance(kind, LargeBinary):
            values[column.name] = b"x"
        elif isinstance(kind, JSON):
            values[column.name] = []
        else:
            values[column.name] = str(number)
    for column in table.columns:
        if column.foreign_keys and not column.nullable:
            values[column.name] = 1
    return values


def _shape(database: Database) -> dict[str, Table]:
    found = MetaData()
    found.reflect(bind=database.engine)
    return {table.name: table for table in found.sorted_tables if table.name != "alembic_version"}


@pytest.mark.parametrize("before", migrations.versions()[1:])
def test_the_version_before_goes_on_writing_beside_the_new_one(database: Database, before: str) -> None:
    """A rolling upgrade: its rows are taken by the new tables, whatever columns it has not heard of."""
    _alembic(database, before)
    old = _shape(database)
    migrations.migrate(database)
    with database.engine.begin() as connection:
        for number, table in enumerate(old.values(), start=1):
            connection.execute(table.insert().values(_row_of(table, number)))
        for table in old.values():
            assert connection.execute(table.select()).all()


def test_tables_that_are_newer_than_the_program_are_left_alone(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """The old version restarts in the middle of a rolling upgrade: it works on, and says so."""
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    migrations.migrate(database)
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"
    assert "tables_are_newer" in capsys.readouterr().out
    with database.engine.begin() as connection:
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{migrations.versions()[0]}'"))
