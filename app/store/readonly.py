"""A connection that can only look: for `zhiban audit`, beside a running server, by whoever may read the file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

CONNECT_SECONDS = 10
STATEMENT_SECONDS = 60


class NoDatabase(Exception):
    """There is nothing that could be looked at."""


@contextmanager
def looking(url: str) -> Iterator[Connection]:
    """One read-only snapshot. Raises NoDatabase, or what the database raises. Makes no file and no table."""
    parsed = make_url(url)
    options: dict[str, Any]
    if parsed.get_backend_name() == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise NoDatabase("内存里的数据库，别的程序看不到")
        # Without a log beside it nobody has the file open, and SQLite would have to make one in order to look.
        closed = "" if Path(f"{parsed.database}-wal").exists() else "&immutable=1"
        address = f"sqlite:///file:{_escaped(parsed.database)}?mode=ro{closed}&uri=true"
        options = {"connect_args": {"timeout": CONNECT_SECONDS}}
        begin = "BEGIN"
    else:
        address = parsed.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        limits = f"-c default_transaction_read_only=on -c statement_timeout={STATEMENT_SECONDS}s"
        options = {"connect_args": {"connect_timeout": CONNECT_SECONDS, "options": limits}}
        begin = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
    engine = create_engine(address, poolclass=NullPool, hide_parameters=True, **options)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(begin)
            yield connection
    finally:
        engine.dispose()


def _escaped(path: str) -> str:
    """As SQLite reads it in an address of its own kind."""
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
