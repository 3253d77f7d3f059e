"""What is wrong with the database, in words that tell the ops person what to do. Never the statement or its values."""

import sqlite3

import psycopg
from sqlalchemy.exc import SQLAlchemyError

FULL, READ_ONLY, LOCKED, AWAY, REFUSED, BROKEN = "full", "read-only", "locked", "away", "refused", "broken"
NO_FILE, REPLACED = "no-file", "replaced"
_REASONS = {
    FULL: "磁盘满了，写不进数据库：请腾出空间，之后会自己恢复",
    READ_ONLY: "数据库是只读的：请检查数据目录的权限和挂载方式，或数据库是否处于只读的备用状态",
    LOCKED: "数据库被别的程序占着：请确认没有第二个值班进程或备份工具长时间打开它",
    AWAY: "数据库连不上：请检查它是否在运行、地址和网络",
    REFUSED: "数据库拒绝登录：请检查用户名、密码和权限",
    NO_FILE: "打不开数据库文件：请检查 database_url 里的目录在不在、运行的用户能不能写",
    REPLACED: "数据库文件被删掉或换掉了：请放回原来的文件；要用新的（如恢复的备份），请重启服务",
    BROKEN: "数据库出错：请看日志，必要时用 zhiban restore 恢复备份",
}
_SIGNS = (
    (FULL, ("disk is full", "no space left", "disk full", "disk i/o error", "could not extend file",
            "rolled the transaction back")),
    (READ_ONLY, ("readonly database", "read-only", "attempt to write a readonly")),
    (LOCKED, ("database is locked", "lock timeout", "database table is locked")),
    (REFUSED, ("password authentication failed", "permission denied", "does not exist", "pg_hba.conf", "role ")),
    (NO_FILE, ("unable to open",)),
    (REPLACED, ("moved, deleted or replaced",)),
    (AWAY, ("could not connect", "connection refused", "connection failed", "server closed",
            "timeout expired", "timed out", "could not translate", "name resolution", "terminating connection",
            "connection is closed", "the connection is lost")),
)  # fmt: skip


def kind_of(error: BaseException) -> str:
    """A stable code for logs and readiness."""
    if not isinstance(error, SQLAlchemyError | sqlite3.Error | OSError):
        return BROKEN
    cause = getattr(error, "orig", None) or error
    told = str(cause).lower()
    # A PostgreSQL that speaks another language refuses in that language: it could not be reached, or not be used.
    otherwise = AWAY if isinstance(cause, psycopg.OperationalError) else BROKEN
    return next((kind for kind, signs in _SIGNS if any(sign in told for sign in signs)), otherwise)


def reason_for(kind: str) -> str:
    """What a person should do about it."""
    return _REASONS.get(kind, _REASONS[BROKEN])
