"""What all tests share: a clean environment, the library, and both databases."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL
from sqlmodel import SQLModel

from app.clock import new_id
from app.core.content import Content
from app.core.library import Library
from app.store.database import Database
from app.store.library import build_library, read_content
from app.store.migrate import migrate
from tests import postgres

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "data" / "cache"
END_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid != pg_backend_pid()"
)
SKIP_POSTGRES = bool(os.environ.get("ZHIBAN_SKIP_POSTGRES"))


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine reaches a test."""
    for name in list(os.environ):
        if name.startswith("ZHIBAN_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def content() -> Content:
    """What the repository's own `intents/` and `knowledge/` hold."""
    return read_content(ROOT / "intents", ROOT / "knowledge")


@pytest.fixture(scope="session")
def library(content: Content) -> Library:
    """The repository's own library; trained once, by one process, and kept for the next run."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return build_library(content, CACHE)


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """A server on which databases may be made. Fails where none can be had, unless ZHIBAN_SKIP_POSTGRES is set."""
    if SKIP_POSTGRES:
        pytest.skip("ZHIBAN_SKIP_POSTGRES is set")
    with postgres.running_server() as server:
        yield server


@pytest.fixture(scope="session")
def _postgres_template(postgres_server: URL) -> Iterator[str]:
    name = f"zhiban_template_{new_id()}"
    postgres.run(postgres_server, f"CREATE DATABASE {name}")
    _migrate(_address(postgres_server, name))
    yield name
    postgres.run(postgres_server, f"DROP DATABASE {name}")


@pytest.fixture
def sqlite_database(_sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """An empty, migrated SQLite database in a file."""
    path = tmp_path / "zhiban.db"
    shutil.copy(_sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture
def fresh_postgres_database(postgres_server: URL, _postgres_template: str) -> Iterator[Database]:
    """A PostgreSQL database of its own, migrated: for tests that change its tables."""
    name = f"zhiban_{new_id()}"
    postgres.run(postgres_server, f"CREATE DATABASE {name} TEMPLATE {_postgres_template}")
    database = Database(_address(postgres_server, name))
    yield database
    database.close()
    postgres.run(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def _postgres_shared(postgres_server: URL, _postgres_template: str) -> Iterator[URL]:
    name = f"zhiban_{new_id()}"
    postgres.run(postgres_server, f"CREATE DATABASE {name} TEMPLATE {_postgres_template}")
    yield postgres_server.set(database=name)
    postgres.run(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_database(_postgres_shared: URL) -> Iterator[Database]:
    """An empty, migrated PostgreSQL database. Emptied, not made anew: that takes a tenth of the time."""
    names = ", ".join(f'"{table.name}"' for table in SQLModel.metadata.sorted_tables)
    postgres.run(_postgres_shared, END_OTHERS)
    postgres.run(_postgres_shared, f"TRUNCATE {names} RESTART IDENTITY")
    database = Database(_postgres_shared.render_as_string(hide_password=False))
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    """Each of the two in turn."""
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


def _address(server: URL, name: str) -> str:
    return server.set(database=name).render_as_string(hide_password=False)


def _migrate(url: str) -> None:
    database = Database(url)
    try:
        migrate(database)
    finally:
        database.close()
