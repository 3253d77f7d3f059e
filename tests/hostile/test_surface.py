"""Strangers' requests, made up by schemathesis from the routes themselves: no 500, no trace, no word in the log."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import requests
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from app.core.library import Library
from app.main import DEMO_ROSTER, ROOT, build_demo
from app.settings import Settings
from app.web.internal import internal_app
from app.web.public import public_app
from tests.hostile.house import Company
from tests.hostile.surface import METHODS, NAMES, document, paths_of
from tests.stories.bad_input import leaves_no_trace
from tests.stories.house import serving
from tests.stories.logbook import LogBook, logbook

EXAMPLES = 150
OFTEN = 4  # times as often as the other methods: those that lead somewhere
REFUSED = {400, 401, 403, 404, 405, 408, 411, 413, 415, 416, 422, 431}
PUBLIC = {"/healthz", "/readyz", "/webhooks/{name}", "/webhooks/{name}/{secret}"}
INTERNAL = {"/healthz", "/readyz", "/metrics", "/cases", "/cases/{number}", "/pictures/{number}", "/static/{path}", "/"}
INTERNAL |= {"/roster", "/calendar/{who}/{secret}.ics"}
SANDBOX = {"/sandbox", "/sandbox/tap", "/sandbox/feed", "/sandbox/say", "/sandbox/travel"}
many = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)


class Strangers:
    """They send to any route by any method; what they send is as it should be, or is not."""

    def __init__(self, app: FastAPI) -> None:
        schema = schemathesis.openapi.from_dict(document(app))
        found = [one.ok() for one in schema.get_all_operations() if isinstance(one, Ok)]
        assert len(found) == len(METHODS) * len(set(paths_of(app.routes)))
        often = [operation for operation in found if operation.method in ("get", "post")] * (OFTEN - 1)
        modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        self._cases = [one.as_strategy(generation_mode=mode) for one in (*found, *often) for mode in modes]
        self.seen: Counter[int] = Counter()

    def send(self, data: st.DataObject, url: str) -> tuple[Any, requests.Response] | None:
        """One request of theirs and the answer; None where their own library does not put it on the wire."""
        case = data.draw(self._cases[data.draw(st.integers(0, len(self._cases) - 1))])
        _aim(case, data.draw(st.randoms(use_true_random=False)))
        answer = _send(case, url)
        if answer is None:
            return None
        self.seen[answer.status_code] += 1
        return case, answer


def _aim(case: Any, chance: Random) -> None:
    """Half of the names are such as exist, or nothing would get past the first look."""
    for part in (case.path_parameters, case.query, case.body):
        for name in part if isinstance(part, dict) else ():
            if name in NAMES and chance.random() < 0.6:
                part[name] = chance.choice(NAMES[name])


def _send(case: Any, url: str) -> requests.Response | None:
    """Over a real connection; None where the client's own library refuses to put it on the wire."""
    try:
        arguments = case.as_transport_kwargs(base_url=url)
        with requests.Session() as session:
            session.trust_env = False
            return session.request(**{**arguments, "timeout": 20, "allow_redirects": False})
    except (requests.exceptions.InvalidHeader, requests.exceptions.InvalidURL, UnicodeError):
        return None


def test_strangers_know_every_route(standing_company: Company, demo: "Demo") -> None:
    house = standing_company.house.house
    assert set(paths_of(house.public.routes)) == PUBLIC
    assert set(paths_of(house.internal.routes)) == INTERNAL
    assert set(paths_of(demo.app.routes)) == INTERNAL | SANDBOX
    documents = [document(app) for app in (house.public, demo.app)]
    assert all(set(one) == set(METHODS) for made in documents for one in made["paths"].values())


def test_the_public_listener_refuses_strangers_and_keeps_nothing(standing_company: Company) -> None:
    house = standing_company.house
    strangers = Strangers(house.house.public)

    @many
    @given(st.data())
    def anybody(data: st.DataObject) -> None:
        sent = strangers.send(data, house.url)
        if sent is None:
            return
        case, answer = sent
        assert answer.status_code in REFUSED | {200}, answer.text[:300]
        assert answer.status_code != 200 or case.path in ("/healthz", "/readyz")
        assert "Traceback" not in answer.text and len(answer.content) < 500

    with leaves_no_trace(house):
        anybody()
    house.log.expect_not("Traceback", "Exception in ASGI")
    assert strangers.seen.total() > EXAMPLES / 2 and {404, 405} <= set(strangers.seen), strangers.seen


class Demo:
    """The internal listener with everything on it that there is: cases, pictures, metrics, the sandbox."""

    def __init__(self, app: FastAPI, url: str, log: LogBook) -> None:
        self.app, self.url, self.log = app, url, log


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, library: Library) -> Iterator[Demo]:
    place = tmp_path_factory.mktemp("demo")
    (place / "cache").symlink_to(ROOT / "data" / "cache", target_is_directory=True)
    chosen = Settings(database_url=f"sqlite:///{place / 'demo.db'}", data_dir=place, roster_file=Path(DEMO_ROSTER))
    with logbook() as log:
        house = build_demo(chosen)
        house.worker.start()
        try:
            with serving(house.internal) as url:
                say = {"who": "xiaolin", "room": "support", "text": "人工", "at": "on"}
                assert requests.post(f"{url}/sandbox/say", data=say, timeout=10).status_code == 200
                yield Demo(house.internal, url, log)
        finally:
            house.close()


def test_the_internal_listener_takes_whatever_a_browser_may_send(demo: Demo) -> None:
    """It is for colleagues, but they too have odd browsers: nothing of it is an error of ours."""
    colleagues = Strangers(demo.app)

    @many
    @given(st.data())
    def anybody(data: st.DataObject) -> None:
        sent = colleagues.send(data, demo.url)
        assert sent is None or (sent[1].status_code < 500 and "Traceback" not in sent[1].text), sent

    anybody()
    demo.log.expect_not("Traceback", "Exception in ASGI")
    assert colleagues.seen.total() > EXAMPLES / 2 and {200, 404, 405} <= set(colleagues.seen), colleagues.seen
    for path in ("/sandbox", "/cases", "/cases/1", "/metrics", "/readyz"):
        assert requests.get(f"{demo.url}{path}", timeout=10).status_code == 200, path


def form(text: bytes, charset: str) -> dict[str, Any]:
    """A form whose parts are in an encoding of the sender's choice."""
    parts = {b"who": b"xiaolin", b"room": b"support", b"text": text, b"at": b"on", b"minutes": text}
    body = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name, value)
        for name, value in parts.items()
    )
    return {
        "data": body + b"--b--\r\n",
        "headers": {"Content-Type": f"multipart/form-data; boundary=b; charset={charset}"},
    }


CHARSETS = [
    "unicode_escape",
    "utf-16",
    "utf-7",
    "idna",
    "punycode",
    "undefined",
    "rot13",
    "base64",
    "a\0b",
    "utf-8-sig",
]


@pytest.mark.parametrize("charset", CHARSETS, ids=range(len(CHARSETS)))
@pytest.mark.parametrize("path", ["/sandbox/say", "/sandbox/travel"])
def test_a_form_in_any_encoding_breaks_no_page(demo: Demo, path: str, charset: str) -> None:
    """Half of a character, once said in the sandbox, must not stand in the way of the page for everybody."""
    try:
        answer = requests.post(f"{demo.url}{path}", timeout=10, **form(rb"\ud800 \x00", charset))
    except requests.exceptions.InvalidHeader:
        return
    assert answer.status_code in (200, 400, 422)
    assert requests.get(f"{demo.url}/sandbox", timeout=10).status_code == 200


def test_a_form_beyond_the_limit_is_refused(demo: Demo) -> None:
    data = {"who": "xiaolin", "room": "support", "text": "a" * 1_000_000}
    assert requests.post(f"{demo.url}/sandbox/say", data=data, timeout=10).status_code == 413


def test_neither_listener_documents_itself(standing_company: Company) -> None:
    desk = standing_company.house.house.desk
    for app in (public_app(desk, lambda: None, lambda: ""), internal_app(desk, lambda: "")):
        assert not {"/docs", "/redoc", "/openapi.json"} & set(paths_of(app.routes))
