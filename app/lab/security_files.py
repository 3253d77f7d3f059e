"""Who may read and change the files of a set-up, as far as their modes tell. Part of `zhiban check --security`."""

import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from app.lab.weakness import Setup, Weakness, hint, serious
from app.settings import secrets_of
from app.store.serving import sqlite_file

_OTHERS_READ, _OTHERS_WRITE = stat.S_IROTH, stat.S_IWOTH
_MANY_MODELS = 20
_NETWORK = ("nfs", "cifs", "smb", "9p", "fuse.sshfs", "glusterfs", "ceph")


def weak_files(setup: Setup) -> Iterator[Weakness]:
    """Nothing where the system has no such modes."""
    if sys.platform == "win32":
        return
    yield from _settings_file(setup)
    yield from _secret_files(setup)
    yield from _what_people_keep(setup)
    yield from _data(setup)
    yield from _cache(setup)


def _settings_file(setup: Setup) -> Iterator[Weakness]:
    file = setup.file
    if file is None or not file.exists():
        return
    text = file.read_text(encoding="utf-8", errors="replace")
    if _reachable(file) & _OTHERS_READ and any(secret in text for secret in secrets_of(setup.settings)):
        yield serious(str(file), "里面有密钥，这台机器上谁都能读", f"chown root:zhiban {file} && chmod 640 {file}")
    yield from _changeable(file)


def _secret_files(setup: Setup) -> Iterator[Weakness]:
    key = setup.settings.data_dir / "secret.key"
    if key.exists() and stat.S_IMODE(key.stat().st_mode) & 0o077:
        yield serious(str(key), "加密回复地址的钥匙，别的用户能读或能改", f"chmod 600 {key}")
    for name, path in setup.environment.items():
        if name.startswith("ZHIBAN_") and name.endswith("_FILE") and name != "ZHIBAN_ROSTER_FILE":
            file = Path(path)
            if file.exists() and _reachable(file) & _OTHERS_READ and not setup.in_container:
                yield serious(f"{name}（{file}）", "密钥文件谁都能读", f"改成运行用户所有，chmod 400 {file}")


def _what_people_keep(setup: Setup) -> Iterator[Weakness]:
    settings = setup.settings
    roster = settings.roster_file
    if roster.exists():
        if _reachable(roster) & _OTHERS_READ:
            yield hint(str(roster), "里面有工程师的手机号，这台机器上谁都能读", f"chmod 640 {roster}")
        yield from _changeable(roster)
    for folder in (settings.intents_dir, settings.knowledge_dir):
        if folder.is_dir():
            for path in (folder, *folder.rglob("*")):
                yield from _changeable(path)


def _changeable(path: Path) -> Iterator[Weakness]:
    if _reachable(path) & _OTHERS_WRITE:
        yield serious(str(path), "谁都能改：能让值班台照他写的说话", f"chmod o-w {path}")


def _data(setup: Setup) -> Iterator[Weakness]:
    database = sqlite_file(setup.settings.database_url)
    if database is None:
        return
    copies = database.parent.glob(f"{database.name}.before-*")
    for file in (database, database.with_name(f"{database.name}-wal"), *copies):
        if file.exists() and _reachable(file) & (_OTHERS_READ | _OTHERS_WRITE):
            yield serious(
                str(file), "里面有员工的原话和截图，这台机器上谁都能读", f"chmod 600 {file}；chmod 700 {file.parent}"
            )
    kind = _file_system(database.parent)
    if kind.startswith(_NETWORK):
        yield serious(
            str(database), f"SQLite 放在网络盘（{kind}）上，锁不可靠，会坏库", "放到本机磁盘，或换 PostgreSQL"
        )


def _cache(setup: Setup) -> Iterator[Weakness]:
    cache = setup.settings.data_dir / "cache"
    if not cache.is_dir():
        return
    yield from _changeable(cache)
    models = list(cache.glob("matcher-*.npz"))
    for model in models:
        yield from _changeable(model)
    if len(models) > _MANY_MODELS:
        yield hint(str(cache), f"攒了 {len(models)} 份旧模型", "停服务时可以整个删掉，会自己再学（约半分钟）")


def _reachable(path: Path) -> int:
    """What the mode lets others do with it; nothing below a folder that they may not enter."""
    try:
        real = path.resolve()
        if any(not folder.stat().st_mode & stat.S_IXOTH for folder in real.parents):
            return 0
        mode = real.stat().st_mode
    except OSError:
        return 0
    return stat.S_IMODE(mode) & 0o007


def _file_system(folder: Path) -> str:
    """Its kind, as the kernel tells; empty where it does not."""
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
        real = str(folder.resolve())
    except OSError:
        return ""
    found = ("", "")
    for line in mounts:
        _, point, kind, *_ = line.split(" ")
        if (real == point or real.startswith(point.rstrip("/") + "/")) and len(point) >= len(found[0]):
            found = (point, kind)
    return found[1]
