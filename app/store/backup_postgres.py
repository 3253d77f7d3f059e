"""Backup and restore of a PostgreSQL database, with PostgreSQL's own pg_dump. The way back is one transaction."""

import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from app.store.backup import (
    Contents,
    Restored,
    Unusable,
    check_version,
    make_amends,
    table_names,
    written_whole,
)
from app.store.migrate import LOCK
from app.store.trouble import kind_of, reason_for

MAGIC = b"PGDMP"
DEBIAN = Path("/usr/lib/postgresql")  # keeps them off the path
_COPY = re.compile(rb'COPY "?(\w+)"?\."?(\w+)"? \(.*\) FROM stdin;\n')
_MADE = re.compile(rb"; Archive created at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)")
_NOT_FOR_US = re.compile(rb"(\\(un)?restrict |SET (transaction|statement|lock|idle_\w+)_timeout)")
_VERSION = "alembic_version"
_MISSING = (
    "没有找到 {program}（PostgreSQL 自带的工具）：请安装 postgresql-client 再试。"
    "或在装了它的机器上自己做，密码放进环境变量 PGPASSWORD：\n{command}"
)
_OTHERS = text(
    "SELECT coalesce(nullif(application_name, ''), '未署名'), coalesce(host(client_addr), '本机') "
    "FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table, as COPY writes it."""

    table: str
    line: bytes


@dataclass(frozen=True, slots=True)
class Begin:
    """The rows of a table follow."""

    table: str
    statement: bytes


def backup(url: str, file: Path, now: datetime, *, force: bool, draft: Path) -> Contents:
    """Dump as of one moment, while others read and write. Raises Unusable; `file` is then as it was."""
    address = make_url(url).set(drivername="postgresql")
    command = ["--format=custom", "--no-owner", "--no-privileges", *_dbname(address)]
    by_hand = " ".join(["pg_dump", *command, f"--file={file}"])
    dump = _program("pg_dump", by_hand)
    _program("pg_restore", by_hand)
    with _told(), written_whole(file, force=force, draft=draft), _connected(url) as connection:
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        schema, counted = _count(connection)
        snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        tables = [f'--table="{schema}"."{name}"' for name in (*counted.rows, _VERSION)]
        with draft.open("wb") as out:
            _run([dump, *command, f"--snapshot={snapshot}", *tables], address, stdout=out)
        contents = read(draft)
        if (contents.version, contents.rows) != (counted.version, counted.rows):
            raise Unusable("备份和数据库对不上，没有留下：请再试一次")
    return replace(contents, made_at=now)


def read(file: Path) -> Contents:
    """What a dump holds, from its first to its last row. Raises Unusable unless it is whole."""
    rows: Counter[str] = Counter({})
    version = ""
    for part in _parts(file):
        match part:
            case Row(table, line) if table == _VERSION:
                version = line.decode().strip()
            case Row(table, _):
                rows[table] += 1
            case Begin(table) if table != _VERSION:
                rows[table] += 0
    return Contents(version, dict(rows), _made_at(file))


def restore(url: str, file: Path, now: datetime, *, actor: str) -> Restored:
    """Put the dump's tables in the place of ours, which are kept in a schema beside; all or none. Raises Unusable."""
    contents = read(file)
    check_version(contents)
    kept = f"zhiban_before_{now:%Y%m%d_%H%M%S}"
    with _told(), _connected(url) as connection:
        if not connection.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": LOCK}).scalar_one():
            raise Unusable("有值班进程正在启动：请先停掉所有服务，再恢复")
        others = sorted({f"{name}（{host}）" for name, host in connection.execute(_OTHERS)})
        if others:
            raise Unusable(f"数据库还有别的连接：{'、'.join(others)}。请先停掉所有服务和别的工具，再恢复")
        connection.execute(text("SET LOCAL lock_timeout = '10s'"))
        schema = connection.execute(text("SELECT current_schema()")).scalar_one()
        old = _set_aside(connection, schema, kept)
        _load(connection, file, schema)
        _, counted = _count(connection)
        if (counted.version, counted.rows) != (contents.version, contents.rows):
            raise Unusable("恢复出来的行数和备份对不上：没有改动")
        lost_messages, lost_cases = _lost(connection, kept) if old else (0, ())
        amends = make_amends(connection, now, actor)
        if not old:
            connection.execute(text(f'DROP SCHEMA "{kept}"'))
        connection.commit()
    return Restored(contents, amends, f"schema {kept}" if old else "", lost_messages, lost_cases)


def _set_aside(connection: Connection, schema: str, kept: str) -> list[str]:
    """Our tables with their rows, indexes and counters, into a schema of their own."""
    connection.execute(text(f'CREATE SCHEMA "{kept}"'))
    found = [name for name in (*table_names(), _VERSION) if connection.dialect.has_table(connection, name, schema)]
    for name in found:
        connection.execute(text(f'ALTER TABLE "{schema}"."{name}" SET SCHEMA "{kept}"'))
    return found


def _load(connection: Connection, file: Path, schema: str) -> None:
    """Run the dump inside the open transaction; afterwards names are looked up where they were before."""
    driver: Any = connection.connection.driver_connection
    parts = _parts(file)
    part = next(parts, None)
    while part is not None:
        if isinstance(part, Begin):
            with driver.cursor().copy(part.statement) as copy:
                part = next(parts, None)
                while isinstance(part, Row):
                    copy.write(part.line)
                    part = next(parts, None)
        else:
            assert isinstance(part, bytes), "rows come after their beginning"
            driver.execute(part)
            part = next(parts, None)
    connection.execute(text("SELECT set_config('search_path', :schema, false)"), {"schema": f'"{schema}"'})


def _parts(file: Path) -> Iterator[bytes | Begin | Row]:
    """The dump as SQL: statements, and the rows of each table. Raises Unusable where pg_restore finds it damaged."""
    program = _program("pg_restore", f"pg_restore --file=- {file}")
    with subprocess.Popen([program, "--file=-", file], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:  # noqa: S603
        assert child.stdout and child.stderr, "they were asked for"
        statements, table = bytearray(), ""
        for line in child.stdout:
            if table:
                if line == b"\\.\n":
                    table = ""
                else:
                    yield Row(table, line)
            elif found := _COPY.fullmatch(line):
                if statements.strip():
                    yield bytes(statements)
                statements.clear()
                table = found[2].decode()
                yield Begin(table, line.rstrip(b";\n"))
            elif not line.startswith(b"--") and not _NOT_FOR_US.match(line):
                statements += line
        if statements.strip():
            yield bytes(statements)
        error = child.stderr.read()
    if child.returncode:
        raise Unusable(f"{file} 坏了或者不是备份，pg_restore 读不了：{_last_line(error)}")


def _made_at(file: Path) -> datetime | None:
    listed = subprocess.run([_program("pg_restore", ""), "--list", file], capture_output=True, check=False)  # noqa: S603
    found = _MADE.search(listed.stdout)
    return datetime.fromisoformat(found[1].decode()).astimezone() if found else None


def _count(connection: Connection) -> tuple[str, Contents]:
    schema = str(connection.execute(text("SELECT current_schema()")).scalar_one())
    if not connection.dialect.has_table(connection, _VERSION, schema):
        return schema, Contents("", {})
    version = str(connection.execute(text(f'SELECT version_num FROM "{schema}".{_VERSION}')).scalar() or "")  # noqa: S608
    names = [name for name in table_names() if connection.dialect.has_table(connection, name, schema)]
    query = 'SELECT count(*) FROM "{}"."{}"'
    return schema, Contents(
        version, {name: int(connection.execute(text(query.format(schema, name))).scalar_one()) for name in names}
    )


def _lost(connection: Connection, kept: str) -> tuple[int | None, tuple[int, ...]]:
    """Messages and cases of the old tables that are newer than the dump."""
    newer = 'SELECT {} FROM "{}"."{}" WHERE id > (SELECT coalesce(max(id), 0) FROM "{}")'
    for name in ("inbound", "case"):
        if not connection.dialect.has_table(connection, name, kept):
            return None, ()
    messages = connection.execute(text(newer.format("count(*)", kept, "inbound", "inbound"))).scalar_one()
    cases = connection.execute(text(newer.format("id", kept, "case", "case") + " ORDER BY id")).scalars()
    return int(messages), tuple(cases)


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _engine(url: str) -> Engine:
    named = {"application_name": "zhiban backup"}
    address = make_url(url).set(drivername="postgresql+psycopg")
    return create_engine(address, poolclass=NullPool, hide_parameters=True, connect_args=named)


def _dbname(address: URL) -> list[str]:
    """The address without its password: a command line can be read by everybody on the machine."""
    bare = URL.create(
        "postgresql",
        address.username,
        None,
        address.host,
        address.port,
        address.database,
        {name: value for name, value in address.query.items() if name != "password"},
    )
    return [f"--dbname={bare.render_as_string()}"]


def _program(name: str, by_hand: str) -> str:
    """PostgreSQL's own program: on the path, else the newest that Debian keeps off it. Raises Unusable."""
    places = [shutil.which(name), *sorted(map(str, DEBIAN.glob(f"*/bin/{name}")), reverse=True)]
    found = next(filter(None, places), None)
    if found is None:
        raise Unusable(_MISSING.format(program=name, command=by_hand))
    return found


def _run(command: list[str], address: URL, stdout: Any) -> None:
    password = address.password or address.query.get("password")
    secret = {"PGPASSWORD": str(password)} if password else {}
    done = subprocess.run(command, env=os.environ | secret, stdout=stdout, stderr=subprocess.PIPE, check=False)  # noqa: S603
    if done.returncode == 0:
        return
    if b"version mismatch" in done.stderr:
        raise Unusable("pg_dump 比数据库旧：请安装和数据库同一大版本（或更新）的 postgresql-client")
    raise Unusable(f"pg_dump 没有做成：{_last_line(done.stderr)}")


def _last_line(error: bytes) -> str:
    return error.decode(errors="replace").strip().rpartition("\n")[2][:200]


@contextmanager
def _told() -> Iterator[None]:
    """What the database says, in words for a person."""
    try:
        yield
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        raise Unusable(reason_for(kind_of(error)) + (f"（{state}）" if state else "")) from None
    except SQLAlchemyError as error:
        raise Unusable(reason_for(kind_of(error))) from None
