"""The product as another process, as a service manager runs it: in its own folder, under limits and permissions."""

import ctypes
import itertools
import json
import os
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.conftest import CACHE, ROOT
from tests.platforms.wecom.bots import Bot
from tests.platforms.wecom.delivery import Delivery
from tests.platforms.wecom.groups import Group
from tests.platforms.wecom.little import LittleWeCom
from tests.platforms.wecom.people import User

START = "from app.cli import app; app()"
ROSTER = ROOT / "docs" / "examples" / "roster.yaml"
UNLIMITED = resource.RLIM_INFINITY


_CAPBSET_DROP, _MAY_IGNORE_PERMISSIONS = 24, (1, 2, 3)  # prctl(2), capabilities(7)


def obey_permissions() -> None:
    """In a new process before it starts: root loses the right to write where a file's mode says no."""
    libc = ctypes.CDLL(None)
    for right in _MAY_IGNORE_PERMISSIONS:
        libc.prctl(_CAPBSET_DROP, right, 0, 0, 0)


def permissions_hold(place: Path) -> bool:
    """Whether they can be made to hold here, where the tests may run as root."""
    (place / "closed").touch(0o444)
    done = subprocess.run(
        ["sh", "-c", f"echo x > {place}/closed"], preexec_fn=obey_permissions, capture_output=True, check=False
    )
    return done.returncode != 0


@contextmanager
def a_place() -> Iterator[Path]:
    """A folder with roster and trained models."""
    place = Path(tempfile.mkdtemp(prefix="zhiban-served-"))
    cache = place / "data" / "cache"
    cache.mkdir(parents=True)
    shutil.copy(ROSTER, place / "roster.yaml")
    for trained in CACHE.iterdir():
        (cache / trained.name).symlink_to(trained)
    try:
        yield place
    finally:
        for folder in (place, place / "data"):
            folder.chmod(0o700)
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A file system of a few megabytes in the place of `folder`, where we may mount; what was there is there again."""
    files = {path: path.readlink() for path in (folder / "cache").iterdir()}
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)]
    may = shutil.which("mount") is not None and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    if may:
        (folder / "cache").mkdir()
        for path, target in files.items():
            path.symlink_to(target)
    try:
        yield
    finally:
        if may:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def read_only_but(folder: Path) -> tuple[str, ...]:
    """What to put before a command so that it can write nowhere else; nothing where we may not."""
    script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro / && exec "$@"'
    prefix = ("unshare", "-m", "sh", "-c", script, str(folder))
    if shutil.which("unshare") is None:
        return ()
    tried = subprocess.run(
        [*prefix, "sh", "-c", f"! touch {ROOT}/x 2>/dev/null && touch {folder}/x && rm {folder}/x"],
        capture_output=True,
        check=False,
        preexec_fn=obey_permissions,
    )
    return prefix if tried.returncode == 0 else ()


class Process:
    """One run of `zhiban serve`."""

    def __init__(
        self, place: Path, settings: Mapping[str, Any], *, prefix: tuple[str, ...] = (), start: str = START, **env: str
    ) -> None:
        self.place = place
        self.public, self.internal = _free_port(), _free_port()
        listen = {"host": "127.0.0.1", "port": self.public, "internal_port": self.internal}
        content = {"intents_dir": str(ROOT / "intents"), "knowledge_dir": str(ROOT / "knowledge")}
        (place / "zhiban.yaml").write_text(json.dumps({"listen": listen, **content, **settings}), encoding="utf-8")
        self.url = f"http://127.0.0.1:{self.public}"
        self.printed: list[str] = []
        own = {name: value for name, value in os.environ.items() if not name.startswith("ZHIBAN_")}
        self._child = subprocess.Popen(
            [*prefix, sys.executable, "-c", start, "serve"],
            cwd=place,
            env=own | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "NO_PROXY": "127.0.0.1"} | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=obey_permissions,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._child.stdout
        with self._child.stdout as lines:
            for line in lines:
                self.printed.append(line)

    @property
    def text(self) -> str:
        return "".join(self.printed)

    @property
    def pid(self) -> int:
        return int(self._child.pid)

    def ready(self) -> tuple[int, dict[str, str]]:
        """What a load balancer sees; (0, {}) when nobody answers in time."""
        try:
            answer = httpx.get(f"{self.url}/readyz", timeout=2, trust_env=False)
        except httpx.HTTPError:
            return 0, {}
        return answer.status_code, answer.json()

    def becomes(self, what: str, condition: Callable[[], Any], within: float = 60) -> Any:
        """Wait until it does; its value."""
        deadline = time.monotonic() + within
        while not (found := condition()):
            assert self._child.poll() is None or "结束" in what, f"进程没了：\n{self.text}"
            assert time.monotonic() < deadline, f"等了 {within:g} 秒也没有等到：{what}\n{self.ready()}\n{self.text}"
            time.sleep(0.05)
        return found

    def is_ready(self) -> None:
        self.becomes("可以接消息", lambda: self.ready()[0] == 200)

    def is_in_trouble(self, *kinds: str, within: float = 60) -> dict[str, str]:
        """Not ready, says why, and has said so in the log."""

        def told() -> dict[str, str] | None:
            status, answer = self.ready()
            return answer if status == 503 and answer.get("kind") in kinds else None

        answer: dict[str, str] = self.becomes(f"说出 {kinds}", told, within)
        self.becomes("日志里也说了", lambda: any(f'"kind": "{kind}"' in self.text for kind in kinds))
        return answer

    def limit_files_to(self, size: int) -> None:
        """From now on it can write no file further than that; what stands beyond is as if the disk were full."""
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (size, UNLIMITED))

    def ends(self, within: float = 60) -> int:
        """Its exit code."""
        code: int = self._child.wait(within)
        self._reader.join(5)
        return code

    def stop(self) -> None:
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)
            try:
                self._child.wait(15)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        self._reader.join(5)


class Company:
    """A WeCom with one group, and the product serving it."""

    def __init__(self, wecom: LittleWeCom, place: Path, **start: Any) -> None:
        self.bot: Bot = wecom.bot("IT小助手")
        staff = [wecom.user(f"staff{n}", f"员工{n}", f"139000000{n:02}") for n in range(40)]
        self._staff: Iterator[User] = itertools.cycle(staff)  # so that nobody asks too often
        self.support: Group = wecom.group("IT支持群", *staff, self.bot)
        channel = {
            "kind": "wecom",
            "token": self.bot.token,
            "encoding_aes_key": self.bot.aes_key,
            "api": wecom.url,
        }
        settings = {"environment": "test", "channels": {"wecom": channel}, "test_hosts": [urlsplit(wecom.url).netloc]}
        self.database = place / "data" / "zhiban.db"
        self.confined = bool(start.get("prefix"))
        self.process = Process(place, settings, **start)

    def opens(self) -> None:
        self.process.is_ready()
        assert self.bot.connect(f"{self.process.url}/webhooks/wecom").ok

    def asks(self, text: str) -> Delivery:
        return next(self._staff).says(self.support, text, at=self.bot)

    def statuses(self, text: str) -> list[int | None]:
        """What the platform got for each of its tries."""
        return [attempt.http_status for attempt in self.asks(text).attempts]

    def kept(self) -> dict[str, int]:
        """Messages, answers and conversations in the file."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as file:
            return {what: file.execute(f"SELECT count(*) FROM {rows}").fetchone()[0] for what, rows in _KEPT.items()}


_KEPT = {"messages": "inbound", "answers": "outbox WHERE way = 'reply'", "conversations": "conversation"}


@contextmanager
def a_company(place: Path, **start: Any) -> Iterator[Company]:
    """Connected and ready; stopped at the end."""
    with LittleWeCom() as wecom:
        company = Company(wecom, place, **start)
        try:
            company.opens()
            yield company
        finally:
            company.process.stop()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
