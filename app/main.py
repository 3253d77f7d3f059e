"""The composition root: the only place that knows every concrete part."""

import asyncio
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import structlog
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr

from app import meters
from app.channels.base import Channel, Sender
from app.channels.http import make_client
from app.channels.sandbox.room import SandboxRooms
from app.channels.watcher import Watcher
from app.clock import Clock, SystemClock, TravelClock
from app.core.content import Content
from app.core.escalation import by_order
from app.core.library import Library
from app.core.matching.training import Progress, quiet
from app.documents import Fault, Invalid
from app.flows.desk import Desk
from app.flows.reload import reload
from app.settings import Listen, Settings, load_settings
from app.store.embedders import wanted_embedder
from app.store.library import load_library, read_content
from app.store.opening import open_database
from app.store.roster import read_roster, read_staff
from app.store.vault import Vault, kept_key
from app.web.careful import CarefulProtocol
from app.web.internal import internal_app
from app.web.public import public_app
from app.web.sandbox import sandbox_routes
from app.wiring import Wiring
from app.worker import Worker

log = structlog.get_logger(__name__)
ROOT = Path(__file__).resolve().parent.parent
DEMO_ROSTER = ROOT / "docs" / "examples" / "roster.yaml"


def settings_file(file: Path | None) -> Path:
    """Where settings are looked for: `file`, else ZHIBAN_SETTINGS, else ./zhiban.yaml. It need not be there."""
    return file or Path(os.environ.get("ZHIBAN_SETTINGS", "zhiban.yaml"))


def read_settings(file: Path | None) -> Settings:
    """Settings from `file`, else ZHIBAN_SETTINGS, else ./zhiban.yaml if it is there, else defaults. Raises Invalid."""
    named = file or (Path(os.environ["ZHIBAN_SETTINGS"]) if "ZHIBAN_SETTINGS" in os.environ else None)
    path = settings_file(file)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if named:
            raise Invalid([Fault(str(named), 1, "没有这个设置文件")]) from None
        text = ""
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid([Fault(str(path), 1, f"读不了：{error}")]) from None
    return load_settings(text, str(path), os.environ)


def folder(path: Path) -> Path:
    """A data folder as given, or the one that came with this copy of the program."""
    return path if path.is_absolute() or path.is_dir() else ROOT / path


def make_watcher(settings: Settings, client: httpx.Client) -> Watcher | None:
    """The configured watcher outside, whose counters then stand in the metrics from the start."""
    if settings.heartbeat is None:
        return None
    meters.expect_heartbeats()
    every = timedelta(seconds=settings.heartbeat.every_s)
    return Watcher(settings.heartbeat.url.get_secret_value(), every, client)


def open_vault(settings: Settings) -> Vault:
    """The vault with the configured key, else with one that is made once and kept beside the data (0600)."""
    key = settings.secret_key.get_secret_value()
    path = settings.data_dir / "secret.key"
    if not key:
        _make_data_dir(settings)
        try:
            key = kept_key(path)
        except OSError as error:
            raise Invalid([Fault("data_dir", 1, f"读写不了 {path}（{error.strerror}）：请检查目录的权限")]) from None
    try:
        return Vault(key)
    except ValueError:
        raise Invalid([Fault("secret_key", 1, "密钥要用 `zhiban new-key` 生成的那种")]) from None


def _make_data_dir(settings: Settings) -> None:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = f"建不了目录 {settings.data_dir}（{error.strerror}）：请检查上一级目录的权限"
        raise Invalid([Fault("data_dir", 1, reason)]) from None


@dataclass(frozen=True, slots=True)
class House:
    """A running whole: the desk, its worker and its two listeners."""

    desk: Desk
    worker: Worker
    public: FastAPI
    internal: FastAPI
    settings: Settings
    roster_file: Path

    def close(self) -> None:
        self.worker.stop()
        self.desk.database.close()


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    library: Library | None = None,
    network: httpx.BaseTransport | None = None,
    progress: Progress = quiet,
) -> House:
    """Everything for production; `library` saves loading it again. Raises Invalid; nothing has been started then.

    `clock` and `network` are for simulations: another time, and platforms in the same process.
    """
    _make_data_dir(settings)
    client = make_client(network)
    wiring = Wiring(settings, client, network)
    desk = _desk(
        settings,
        clock or SystemClock(),
        wiring.channels(),
        wiring.pagers(),
        roster_file=settings.roster_file,
        library=library,
        progress=progress,
    )
    desk.cards = wiring.with_cards()
    worker = Worker(desk, make_watcher(settings, client))
    return House(
        desk,
        worker,
        public_app(desk, worker.nudge, worker.trouble),
        internal_app(desk, worker.trouble),
        settings,
        settings.roster_file,
    )


def register_cards(settings: Settings, address: str) -> list[str]:
    """Tell DingTalk where taps on cards go, once; the doors for which that was done. Raises SendFailed."""
    with make_client() as client:
        return Wiring(settings, client).register_cards(address, SystemClock().now())


def build_demo(settings: Settings, *, progress: Progress = quiet) -> House:
    """The sandbox: own database, own clock, nothing leaves the machine. Refuses real channels."""
    if settings.channels or settings.pagers:
        raise Invalid([Fault("zhiban.yaml", 1, "体验模式不接真实渠道：请去掉 channels 和 pagers 再运行 demo")])
    clock, rooms = TravelClock(), SandboxRooms()
    roster = settings.roster_file if settings.roster_file.exists() else DEMO_ROSTER
    desk = _desk(settings, clock, {rooms.name: rooms}, {"oncall": rooms}, roster_file=roster, progress=progress)
    worker = Worker(desk)
    routes = sandbox_routes(desk, rooms, clock, worker.nudge)
    return House(
        desk,
        worker,
        public_app(desk, worker.nudge, worker.trouble),
        internal_app(desk, worker.trouble, routes, home="/sandbox"),
        settings,
        roster,
    )


def _desk(
    settings: Settings,
    clock: Clock,
    channels: Mapping[str, Channel],
    pagers: Mapping[str, Sender],
    *,
    roster_file: Path,
    library: Library | None = None,
    progress: Progress,
) -> Desk:
    roster, staff = read_roster(roster_file), read_staff(settings.staff_file)
    library = library or library_of(settings, progress)
    vault = open_vault(settings)
    database = open_database(settings.database_url, serving=True)
    return Desk(
        database,
        vault,
        clock,
        channels,
        pagers,
        library,
        roster,
        by_order(settings.escalation.waits, settings.escalation.repeats),
        staff,
        timedelta(days=settings.retention.messages),
        timedelta(days=settings.retention.pictures),
        (settings.dingtalk_quota.api, settings.dingtalk_quota.webhook),
    )


def serve(house: House) -> None:
    """Run until told to stop (SIGTERM, SIGINT). SIGHUP reads intents, knowledge and roster again."""
    listen = house.settings.listen
    servers = [
        _server(house.public, listen.host, listen.port),
        _server(house.internal, listen.internal_host, listen.internal_port),
    ]
    house.worker.start()
    try:
        asyncio.run(_run(servers, house))
    finally:
        house.close()


def reload_files(house: House) -> None:
    """Swap library and roster whole, or keep the old ones and say why."""
    settings = house.settings
    reload(
        house.desk,
        read_library=lambda: library_of(settings),
        read_people=lambda: (read_roster(house.roster_file), read_staff(settings.staff_file)),
    )


async def _run(servers: list[uvicorn.Server], house: House) -> None:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for server in servers:
            server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    if hasattr(signal, "SIGHUP"):
        loop.add_signal_handler(signal.SIGHUP, lambda: loop.run_in_executor(None, reload_files, house))
    # `_serve` is `serve` without its own signal handlers, which two servers in one process would fight over.
    await asyncio.gather(*(server._serve() for server in servers))


def _server(app: FastAPI, host: str, port: int) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        access_log=False,
        log_level="warning",
        server_header=False,
        http=CarefulProtocol,
        ws="none",  # nothing here speaks it
        log_config=None,  # its lines go where ours go, without secrets
        timeout_graceful_shutdown=10,
    )
    return uvicorn.Server(config)


def cache_of(settings: Settings) -> Path:
    """Where trained models are kept."""
    return settings.data_dir / "cache"


def content_of(settings: Settings) -> Content:
    """The checked content, without any model. Raises Invalid."""
    return read_content(folder(settings.intents_dir), folder(settings.knowledge_dir))


def library_of(settings: Settings, progress: Progress = quiet) -> Library:
    """The Library as production loads it. Raises Invalid."""
    try:
        return load_library(
            folder(settings.intents_dir),
            folder(settings.knowledge_dir),
            cache_of(settings),
            promised_wrong=settings.promised_wrong,
            progress=progress,
            embedder=wanted_embedder(settings.semantic),
        )
    except OSError as error:
        reason = f"写不了 {cache_of(settings)}（{error.strerror}）：请检查 data_dir 的权限和磁盘空间"
        raise Invalid([Fault("data_dir", 1, reason)]) from None


def demo_settings(settings: Settings, place: Path, port: int) -> Settings:
    """The same settings with a database of its own that vanishes with `place`, and one local page."""
    listen = Listen(host="127.0.0.1", port=0, internal_host="127.0.0.1", internal_port=port)
    return settings.model_copy(
        update={
            "environment": "test",
            "database_url": f"sqlite:///{place / 'demo.db'}",
            "secret_key": SecretStr(Vault.new_key()),
            "listen": listen,
        }
    )
