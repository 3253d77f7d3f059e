"""A company with both platforms, played by one server that says yes to everything; its doors are called by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
from fastapi import FastAPI
from sqlalchemy import URL

from app.channels.base import RawRequest
from app.clock import new_id
from app.core.library import Library
from tests import postgres
from tests.hostile.signing import APP_SECRET, CHANNELS, TOKEN, from_dingtalk, from_wecom
from tests.stories.clock import HouseClock, StoryClock
from tests.stories.house import RunningHouse, running, serving
from tests.stories.logbook import LogBook, logbook
from tests.stories.workshop import Workshop

YES = {"errcode": 0, "accessToken": "t", "expireIn": 7200, "processQueryKey": "k"}
NOWHERE: dict[str, dict[str, Any]] = {"wecom": {"media_hosts": ()}, "ding": {"session_hosts": ()}}  # no test calls out
PAGERS: dict[str, Any] = {
    "ring": {"kind": "dingtalk_custom", "access_token": "t"},
    "push": {"kind": "wecom_push", "key": "k"},
}


@dataclass
class Company:
    """The running house and a way to call its public listener."""

    house: RunningHouse
    client: httpx.Client

    @property
    def log(self) -> LogBook:
        return self.house.log

    @property
    def now(self) -> datetime:
        return self.house.house.desk.clock.now()

    def call(self, request: RawRequest, path: str) -> httpx.Response:
        """Over a real connection."""
        return self.client.request(
            request.method, path, params=dict(request.query), headers=dict(request.headers), content=request.body
        )

    def from_wecom(self, body: Any) -> httpx.Response:
        return self.call(from_wecom(body, self.now), "/webhooks/wecom")

    def from_dingtalk(self, body: Any) -> httpx.Response:
        return self.call(from_dingtalk(body, self.now), "/webhooks/ding")


def agreeable() -> FastAPI:
    """Whatever it is asked, it has been done."""
    app = FastAPI(openapi_url=None)
    app.add_api_route("/{path:path}", lambda: YES, methods=["GET", "POST"])
    return app


@contextmanager
def company(workshop: Workshop) -> Iterator[Company]:
    """At the end: nothing broke on the way, and no secret is in the log."""
    with serving(agreeable()) as api:
        with_api = {name: config | {"api": api} | NOWHERE.get(name, {}) for name, config in (CHANNELS | PAGERS).items()}
        settings = workshop.settings().model_dump() | {
            "channels": {name: with_api[name] for name in CHANNELS},
            "pagers": {name: with_api[name] for name in PAGERS},
            "test_hosts": (urlsplit(api).netloc,),
        }
        made = type(workshop.settings()).model_validate(settings)
        with (
            running(made, workshop.clock, workshop.log, workshop.library) as house,
            httpx.Client(base_url=house.url, trust_env=False, timeout=20) as client,
        ):
            yield Company(house, client)
    workshop.expect_no_secret(TOKEN, APP_SECRET)


@contextmanager
def empty_postgres(server: URL) -> Iterator[str]:
    """A database of its own; the house migrates it."""
    name = f"hostile_{new_id()}"
    postgres.run(server, f"CREATE DATABASE {name}")
    yield server.set(database=name).render_as_string(hide_password=False)
    postgres.run(server, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def workshop_at(place: Any, url: str, library: Library) -> Iterator[Workshop]:
    with logbook() as log:
        yield Workshop(place, url, StoryClock(), log, library)


__all__ = ["Company", "HouseClock", "company", "empty_postgres", "workshop_at"]
