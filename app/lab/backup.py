"""`zhiban backup` and `zhiban restore`: copies the database while it is in use, puts a copy back, tells what it did."""

import getpass
from pathlib import Path

from app.clock import CHINA, Clock, SystemClock, new_id
from app.settings import Settings
from app.store import backup_postgres, backup_sqlite
from app.store.backup import Contents, Restored, Unusable
from app.store.serving import sqlite_file

_REAL = SystemClock()
_NAMES = {"inbound": "消息", "conversation": "对话", "case": "单", "outbox": "发件", "picture": "截图", "audit": "审计"}
_INSIDE = """里面有员工的原话和截图：权限 0600，请像保管聊天记录一样保管它，到期删除。
里面没有：密钥（secret_key 或 {data_dir}/secret.key）、zhiban.yaml、roster.yaml、intents/、knowledge/，请另外备份。
密钥只用来解开几小时内有效的回复地址；没有它，单和历史照样能恢复。"""


def backup(settings: Settings, file: Path, *, force: bool, clock: Clock = _REAL) -> str:
    """Write a checked copy to `file`; what is in it, and what is not. Raises Unusable."""
    now, url = clock.now(), settings.database_url
    if not file.parent.is_dir():
        raise Unusable(f"没有目录 {file.parent}")
    if file.exists() and not force:
        raise Unusable(f"{file} 已经有了：换个名字，或加 --force 覆盖")
    draft, database = _draft(file), sqlite_file(url)
    if database is not None:
        contents = backup_sqlite.backup(database, file, now, force=force, draft=draft)
    elif _is_postgres(url):
        contents = backup_postgres.backup(url, file, now, force=force, draft=draft)
    else:
        raise Unusable("内存里的数据库没法备份")
    return f"已备份到 {file}，并通过核对：{_told(contents)}。\n{_INSIDE.format(data_dir=settings.data_dir)}"


def restore(settings: Settings, file: Path, *, clock: Clock = _REAL) -> str:
    """Put the copy in `file` in the database's place; what has changed. Raises Unusable."""
    now, url = clock.now(), settings.database_url
    magic = _magic(file)
    database = sqlite_file(url)
    if database is not None:
        if magic.startswith(backup_postgres.MAGIC):
            raise Unusable(f"{file} 是 PostgreSQL 的备份，现在的 database_url 是 SQLite")
        if not magic.startswith(backup_sqlite.MAGIC):
            raise Unusable(f"{file} 不是值班台的备份")
        done = backup_sqlite.restore(url, database, file, now, actor=_actor(), draft=_draft(database))
    elif _is_postgres(url):
        if magic.startswith(backup_sqlite.MAGIC):
            raise Unusable(f"{file} 是 SQLite 的备份，现在的 database_url 是 PostgreSQL")
        done = backup_postgres.restore(url, file, now, actor=_actor())
    else:
        raise Unusable("内存里的数据库没法恢复")
    return "\n".join(_report(file, done))


def _report(file: Path, done: Restored) -> list[str]:
    made = f"（{done.contents.made_at.astimezone(CHINA):%Y-%m-%d %H:%M} 做的）" if done.contents.made_at else ""
    lines = [f"已从 {file}{made} 恢复：{_told(done.contents)}。"]
    if done.kept:
        lines.append(f"原来的库留在 {done.kept}，确认没问题再删。")
    if done.amends.silenced:
        lines.append(
            f"备份那一刻还没发完的 {done.amends.silenced} 句不再重发（可能已经发过），记为 unknown："
            "没收到答复的人请再问一次。"
        )
    if done.amends.called:
        lines.append(f"{done.amends.called} 张没人接的单，启动后马上再呼叫一次。")
    if done.lost_messages is None:
        lines.append("原来的库读不了，备份之后少了什么不清楚。")
    elif done.lost_messages or done.lost_cases:
        numbers = "、".join(map(str, done.lost_cases[:20])) + ("等" if len(done.lost_cases) > 20 else "")
        lost = f"，其中开过的单：{numbers}（这些单号会重新用，请告诉工程师）" if done.lost_cases else ""
        lines.append(f"备份之后的 {done.lost_messages} 条消息不在了{lost}。")
    lines.append("现在可以启动服务。")
    return lines


def _told(contents: Contents) -> str:
    parts = [f"{contents.rows[name]} {chinese}" for name, chinese in _NAMES.items() if name in contents.rows]
    return f"{'、'.join(parts)}，表结构版本 {contents.version}"


def _magic(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(16)
    except FileNotFoundError:
        raise Unusable(f"没有这个文件：{file}") from None
    except OSError as error:
        raise Unusable(f"读不了 {file}：{error.strerror}") from None


def _draft(file: Path) -> Path:
    return file.with_name(f".{file.name}.{new_id()}")


def _is_postgres(url: str) -> bool:
    return url.startswith("postgresql")


def _actor() -> str:
    try:
        return getpass.getuser()[:64]
    except (OSError, KeyError):
        return "operator"  # a container's user without a name
