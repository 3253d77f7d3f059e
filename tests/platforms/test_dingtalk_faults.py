"""Fault injection on the wire, and the server's own life."""

import threading
import time
import traceback
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from .dingtalk.client import api, custom, post, text, token
from .dingtalk.clock import FrozenClock, SystemClock
from .dingtalk.faults import Fault
from .dingtalk.limits import Limits
from .dingtalk.little import LittleDingTalk
from .dingtalk.robots import CustomRobot
from .dingtalk.wire import Endpoint


@pytest.fixture
def ding() -> Iterator[LittleDingTalk]:
    with LittleDingTalk(clock=FrozenClock()) as ding:
        yield ding


def alarm(ding: LittleDingTalk) -> CustomRobot:
    return ding.custom_robot("告警", ding.group("值班群", ding.user("王", "wang01")), keywords=["响"])


def test_legacy_faults_in_order(ding: LittleDingTalk) -> None:
    robot = alarm(ding)
    for code in (400013, 430101, 430102, 430103, 430104, -1):
        ding.faults.next(Endpoint.CUSTOM, Fault.of(code))
        assert custom(robot, text("响"))["errcode"] == code
    ding.faults.next(Endpoint.CUSTOM, Fault.rate_limited(), times=2)
    assert [custom(robot, text("响"))["errcode"] for _ in range(3)] == [410100, 410100, 0]
    ding.faults.next(Endpoint.CUSTOM, Fault.errcode_as_text(410100))
    assert custom(robot, text("响"))["errcode"] == "410100"
    ding.faults.next(Endpoint.CUSTOM, Fault.html_with_200())
    ding.faults.next(Endpoint.CUSTOM, Fault.http(503))
    page = post(robot.webhook, text("响"))
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
    assert post(robot.webhook, text("响")).status_code == 503
    ding.faults.next(Endpoint.CUSTOM, Fault.http(503))
    ding.faults.clear()
    assert custom(robot, text("响"))["errcode"] == 0
    assert len(robot.group.seen()) == 2


def test_openapi_faults(ding: LittleDingTalk) -> None:
    robot = ding.robot("小值")
    held = token(robot)

    def send() -> httpx.Response:
        return api(robot, Endpoint.OTO_SEND.value, {"userIds": ["x"]}, held)

    faults: list[tuple[Fault, int, Any]] = [
        (Fault.rate_limited(), 403, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"),
        (Fault.of("system.busy", status=500), 500, "system.busy"),
        (Fault.of("send.too.fast"), 400, "send.too.fast"),
    ]
    for fault, status, code in faults:
        ding.faults.next(Endpoint.OTO_SEND, fault)
        answer = send()
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.json()["requestid"]
    ding.faults.next(Endpoint.OTO_SEND, Fault.punished())
    assert send().json()["status"] == 1111
    ding.faults.next(Endpoint.OTO_SEND, Fault.http(504))
    assert send().status_code == 504
    ding.faults.next(Endpoint.TOKEN, Fault.http(500))
    assert post(ding.url + Endpoint.TOKEN.value, {}).status_code == 500


def test_accepted_but_the_answer_is_lost(ding: LittleDingTalk) -> None:
    robot = alarm(ding)
    ding.faults.next(Endpoint.CUSTOM, Fault.lost_answer())
    with pytest.raises(httpx.TransportError):
        custom(robot, text("响一次", msgUuid="k"))
    assert ding.calls(Endpoint.CUSTOM)[0].status == 0
    assert custom(robot, text("响一次", msgUuid="k"))["errcode"] == 0
    assert len(robot.group.seen()) == 1
    ding.faults.next(Endpoint.CUSTOM, Fault.drop())
    with pytest.raises(httpx.TransportError):
        custom(robot, text("响二次"))
    assert len(robot.group.seen()) == 1


def test_hang_then_drop_and_slow(ding: LittleDingTalk) -> None:
    robot = alarm(ding)
    ding.faults.next(Endpoint.CUSTOM, Fault.hang(0.3))
    started = time.monotonic()
    with pytest.raises(httpx.TransportError):
        custom(robot, text("响"))
    assert 0.25 < time.monotonic() - started < 2
    assert robot.group.seen() == []
    ding.faults.next(Endpoint.CUSTOM, Fault.slow(0.3))
    started = time.monotonic()
    assert custom(robot, text("响"))["errcode"] == 0
    assert time.monotonic() - started > 0.25


def test_a_client_that_gives_up_first_does_no_harm(ding: LittleDingTalk) -> None:
    robot = alarm(ding)
    ding.faults.next(Endpoint.CUSTOM, Fault.hang(0.3))
    with httpx.Client(trust_env=False, verify=False, timeout=0.05) as http, pytest.raises(httpx.ReadTimeout):
        http.post(robot.webhook, json=text("响"))
    time.sleep(0.4)
    assert custom(robot, text("响"))["errcode"] == 0


def test_closing_does_not_wait_for_a_hang() -> None:
    failures: list[str] = []
    with LittleDingTalk() as ding:
        robot = alarm(ding)
        ding.faults.next(Endpoint.CUSTOM, Fault.hang(60))

        def wait_for_it() -> None:
            try:
                custom(robot, text("响"))
            except httpx.TransportError:
                failures.append(traceback.format_exc())

        waiting = threading.Thread(target=wait_for_it)
        waiting.start()
        time.sleep(0.2)
        started = time.monotonic()
    waiting.join()
    assert time.monotonic() - started < 2 and len(failures) == 1
    with pytest.raises(httpx.ConnectError):
        post(ding.url, {})


def test_views_wait_and_complain(ding: LittleDingTalk) -> None:
    robot = alarm(ding)
    later = threading.Timer(0.2, custom, (robot, text("认证失败, 响")))
    later.start()
    first = robot.group.expect("认证失败", within=5)
    later.join()
    robot.group.expect_silence(during=0.05, after=first)
    with pytest.raises(AssertionError, match="transcript") as failure:
        robot.group.expect("密码过期", within=0.05)
    assert "认证失败" in str(failure.value) and "值班群" in str(failure.value)
    with pytest.raises(AssertionError, match="should see nothing"):
        robot.group.expect_silence(during=0.05)
    with pytest.raises(AssertionError, match="认证失败"):
        robot.group.expect("认证失败", within=0.05, after=first)


def test_a_crash_of_the_platform_is_not_hidden() -> None:
    with pytest.raises(AssertionError, match="itself crashed"), LittleDingTalk() as ding:
        robot = alarm(ding)
        robot.ips = ("not an address",)
        assert post(robot.webhook, text("响")).status_code == 500


def test_system_clock_moves() -> None:
    clock = SystemClock()
    before = time.time()
    clock.advance(3600)
    assert 3600 <= clock.now() - before < 3660
    with LittleDingTalk(clock=clock, limits=Limits(session_seconds=60)) as ding:
        robot, lin = ding.robot("小值"), ding.user("林")
        body = lin.says(robot, "你好").body
        assert body["sessionWebhookExpiredTime"] - body["createAt"] == 60_000
        assert post(body["sessionWebhook"], text("好")).json()["errcode"] == 0
        clock.advance(61)
        assert post(body["sessionWebhook"], text("好")).json()["errcode"] == 300001


def test_unknown_paths(ding: LittleDingTalk) -> None:
    assert post(ding.url + "/v1.0/card/streaming", {}).status_code == 404
