"""One process serves a SQLite file, and notices when that file is taken away. PostgreSQL needs neither."""

import os
import sys
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

if sys.platform != "win32":
    import fcntl


class InUse(Exception):
    """Another process serves this database. `pid` is 0 where it did not say."""

    def __init__(self, path: Path, pid: int) -> None:
        who = f"（进程号 {pid}）" if pid else ""
        super().__init__(f"{path} 正被另一个值班进程使用{who}：一个 SQLite 文件只能由一个进程服务")
        self.pid = pid


class FileReplaced(SQLAlchemyError):
    """The file that was opened is no longer the one under its name: what is written to it would be lost."""

    def __init__(self) -> None:
        super().__init__("the database file was moved, deleted or replaced")


def sqlite_file(url: str) -> Path | None:
    """The file behind a database address; None for PostgreSQL and for a database in memory."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return None
    return Path(str(parsed.database))


def like_its_neighbours(file: Path, beside: Path) -> None:
    """Made by root, a file still belongs to whoever owns the database, so that the server can use it."""
    if sys.platform != "win32" and os.geteuid() == 0:
        owner = (beside if beside.exists() else beside.parent).stat()
        os.chown(file, owner.st_uid, owner.st_gid)


class ServingLock:
    """The right to serve one SQLite file, held until `release` or the death of the process, however it dies."""

    def __init__(self, url: str) -> None:
        """Take the right. Raises InUse when another process has it, OSError when the folder cannot be written."""
        database = sqlite_file(url)
        self._file: int | None = None
        if database is None or sys.platform == "win32":
            return
        path = database.with_name(f"{database.name}.lock")
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            told = os.pread(file, 20, 0).strip()
            os.close(file)
            raise InUse(database, int(told) if told.isdigit() else 0) from None
        like_its_neighbours(path, database)
        os.ftruncate(file, 0)
        self._file = file
        try:
            os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        except OSError:
            return  # the disk is full: the right is ours all the same, only the number is not told

    def release(self) -> None:
        """The file stays: removing it would let two others lock different ones."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)


class SameFile:
    """Compares the file under the database's name with the one that was there first."""

    def __init__(self, url: str) -> None:
        self._path = sqlite_file(url)
        self._first: tuple[int, int] | None = None

    def check(self) -> None:
        """Raises FileReplaced. Cheap enough for every transaction."""
        if self._path is None:
            return
        try:
            found = self._path.stat()
        except FileNotFoundError:
            if self._first is None:
                return  # about to be made
            raise FileReplaced from None
        if self._first is None:
            self._first = (found.st_dev, found.st_ino)
        elif self._first != (found.st_dev, found.st_ino):
            raise FileReplaced
