"""Downloading what staff sent."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from .dingtalk.client import api
from .dingtalk.clock import FrozenClock
from .dingtalk.faults import Fault
from .dingtalk.little import LittleDingTalk
from .dingtalk.media import PNG
from .dingtalk.people import User
from .dingtalk.robots import Robot
from .dingtalk.wire import Endpoint


@dataclass
class Scene:
    ding: LittleDingTalk
    robot: Robot
    lin: User

    def code(self) -> str:
        found: str = self.lin.sends_picture(self.robot).body["content"]["downloadCode"]
        return found

    def ask(self, code: str, robot: Robot | None = None, **fields: Any) -> httpx.Response:
        return api(robot or self.robot, Endpoint.DOWNLOAD.value, {"downloadCode": code} | fields)

    def link(self) -> str:
        found: str = self.ask(self.code()).json()["downloadUrl"]
        return found


def get(url: str) -> httpx.Response:
    with httpx.Client(trust_env=False, verify=False) as http:
        return http.get(url)


@pytest.fixture
def scene() -> Iterator[Scene]:
    with LittleDingTalk(clock=FrozenClock()) as ding:
        yield Scene(ding, ding.robot("小值"), ding.user("林", "lin01"))


def test_a_screenshot(scene: Scene) -> None:
    url = scene.link()
    assert url.startswith("http://") and httpx.URL(url).path.endswith(".file")
    assert {"Expires", "Signature"} == set(httpx.URL(url).params)
    answer = get(url)
    assert answer.content == PNG and answer.headers["content-type"] == "application/octet-stream"
    assert get(url.replace("Signature=", "Signature=x")).status_code == 403
    assert get(f"{scene.ding.url}/files/none.file").status_code == 404
    scene.ding.clock.advance(601)
    assert get(url).status_code == 403


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"downloadCode": ""}, "invalidParameter.robotCode.empty"),
        ({"robotCode": ""}, "invalidParameter.robotCode.empty"),
        ({"robotCode": "other"}, "invalidParameter.robotCode.auth"),
        ({"downloadCode": "made up"}, "invalidParameter.robotCode.downloadCode"),
    ],
)
def test_refusals(scene: Scene, fields: dict[str, Any], code: str) -> None:
    answer = scene.ask(scene.code(), **fields)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_codes_are_bound_and_expire(scene: Scene) -> None:
    code = scene.code()
    other = scene.ding.robot("二号")
    assert scene.ask(code, other).json()["code"] == "invalidParameter.robotCode.auth"
    assert scene.ask(code).status_code == scene.ask(code).status_code == 200
    scene.ding.files.expire_codes()
    assert scene.ask(code).json()["code"] == "invalidParameter.robotCode.downloadCode"
    late = scene.code()
    scene.ding.clock.advance(3601)
    assert scene.ask(late).json()["code"] == "invalidParameter.robotCode.downloadCode"


def test_file_faults(scene: Scene) -> None:
    url = scene.link()
    for fault in (
        Fault.http(502),
        Fault.file(b"MZ\x90\x00", "image/png"),
        Fault.file(b"\0" * 3_000_000),
        Fault.file(b"\0" * 3_000_000, streamed=True),
        Fault.redirect("http://10.0.0.1/secret"),
    ):
        scene.ding.faults.next(Endpoint.FILE, fault)
    assert get(url).status_code == 502
    assert get(url).content.startswith(b"MZ")
    assert get(url).headers["content-length"] == "3000000"
    huge = get(url)
    assert "content-length" not in huge.headers and len(huge.content) == 3_000_000
    away = get(url)
    assert away.status_code == 302 and away.headers["location"] == "http://10.0.0.1/secret"
    assert get(url).content == PNG
    scene.ding.files.expire_links()
    assert get(url).status_code == 403
