"""Ordered faults: gateway errors, hangs, chosen errcodes, and answers that get lost."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator

import httpx
import pytest

from tests.platforms.wecom.answering import Scene, open_scene, stream
from tests.platforms.wecom.clock import ManualClock, SystemClock, pause
from tests.platforms.wecom.faults import Endpoint, errcode, hang, lost_answer, rate_limited, server_error, slow_answer
from tests.platforms.wecom.little import LittleWeCom


@pytest.fixture
def scene() -> Iterator[Scene]:
    with open_scene() as opened:
        yield opened


def post(url: str, content: str, timeout: float = 3.0) -> httpx.Response:
    body = {"msgtype": "text", "text": {"content": content, "mentioned_list": ["lisi"]}}
    return httpx.post(url, json=body, trust_env=False, timeout=timeout)


def test_faults_come_in_order_and_end(scene: Scene) -> None:
    url = scene.wecom.push(scene.group).url
    scene.wecom.fail(Endpoint.PUSH, server_error(503), times=2)
    scene.wecom.fail(Endpoint.PUSH, rate_limited())
    scene.wecom.fail(Endpoint.PUSH, errcode(-1))
    assert [post(url, "一").status_code for _ in range(2)] == [503, 503]
    assert [post(url, "一").json()["errcode"] for _ in range(3)] == [45009, -1, 0]
    scene.group.expect("一", times=1)
    scene.wecom.fail(Endpoint.PUSH, server_error())
    scene.wecom.heal()
    assert post(url, "二").json()["errcode"] == 0
    faults = [call.fault for call in scene.wecom.recorder.calls_to("push")]
    assert faults == ["status", "status", "errcode", "errcode", None, None]


def test_a_hang_ends_in_a_dropped_connection(scene: Scene) -> None:
    url = scene.wecom.push(scene.group).url
    scene.wecom.fail(Endpoint.PUSH, hang(0.1))
    scene.wecom.fail(Endpoint.PUSH, hang(30))
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        post(url, "一")
    with pytest.raises(httpx.ReadTimeout):
        post(url, "一", timeout=0.1)
    assert post(url, "二").json()["errcode"] == 0
    scene.group.expect_not("一")


def test_a_slow_answer_was_carried_out_long_before(scene: Scene) -> None:
    """Shown at once; the caller waits."""
    url = scene.wecom.push(scene.group).url
    scene.wecom.fail(Endpoint.PUSH, slow_answer(0.3))
    with pytest.raises(httpx.ReadTimeout):
        post(url, "一", timeout=0.1)
    scene.group.expect("一", times=1)
    scene.wecom.fail(Endpoint.PUSH, slow_answer(0.3))
    started = time.monotonic()
    assert post(url, "二").json()["errcode"] == 0 and time.monotonic() - started >= 0.29


def test_a_lost_answer_was_carried_out(scene: Scene) -> None:
    url = scene.wecom.push(scene.group).url
    scene.wecom.fail(Endpoint.PUSH, lost_answer())
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        post(url, "已经收到")
    scene.group.expect("已经收到", times=1)
    assert len(scene.li.notifications()) == 1
    call = scene.wecom.recorder.calls_to("push")[0]
    assert (call.fault, call.errcode) == ("lost", 0)


def test_every_endpoint_can_fail(scene: Scene) -> None:
    delivery = scene.zhang.sends_picture(scene.bot)
    app = scene.wecom.app()
    for endpoint in Endpoint:
        scene.wecom.fail(endpoint, server_error(502))
    scene.wecom.fail(Endpoint.MEDIA, rate_limited())
    base, media = scene.wecom.url, delivery.payload["image"]["url"]
    assert httpx.get(media, trust_env=False).status_code == 502
    assert httpx.get(media, trust_env=False).status_code == 429
    assert httpx.get(media, trust_env=False).status_code == 200
    query = {"corpid": app.corpid, "corpsecret": app.secret}
    assert httpx.get(f"{base}/cgi-bin/gettoken", params=query, trust_env=False).status_code == 502
    assert httpx.get(f"{base}/cgi-bin/gettoken", params=query, trust_env=False).json()["errcode"] == 0
    assert httpx.post(f"{base}/cgi-bin/message/send", json={}, trust_env=False).status_code == 502
    assert httpx.post(delivery.response_url or "", json={}, trust_env=False).status_code == 502


def test_stopping_during_a_hang_is_quick_and_quiet() -> None:
    with warnings.catch_warnings(), LittleWeCom(ManualClock()) as wecom:
        warnings.simplefilter("error")
        url = wecom.push(wecom.group("空群")).url
        wecom.fail(Endpoint.PUSH, hang(60))
        with pytest.raises(httpx.ReadTimeout):
            post(url, "一", timeout=0.1)
        began = time.monotonic()
    assert time.monotonic() - began < 2
    with pytest.raises(httpx.ConnectError):
        post(url, "一")


def test_the_system_clock_can_be_ahead() -> None:
    clock = SystemClock()
    before = clock.now()
    clock.advance(3600)
    pause(clock, 0.01)
    assert 3600 <= clock.now() - before < 3602
    with pytest.raises(ValueError, match="backwards"):
        ManualClock().advance(-1)
    with LittleWeCom() as wecom:
        assert httpx.post(wecom.push(wecom.group("群")).url, json={}, trust_env=False).json()["errcode"] == 40008


def test_one_morning_as_a_story(scene: Scene) -> None:
    push = scene.wecom.push(scene.group, "值班提醒")
    scene.robot.say = lambda _: stream("**认证失败**：密码过期，已转给值班工程师")
    asked = scene.zhang.says(scene.group, "邮箱登不上了", at=scene.bot)
    post(push.url, "李四，请看张三的邮箱问题")
    assert asked.elapsed < 5
    scene.group.expect("认证失败")
    assert [one.message.text for one in scene.li.notifications()] == ["李四，请看张三的邮箱问题"]
    lines = scene.group.transcript().splitlines()
    assert len(lines) == 3 and lines[2].endswith("〔提醒 lisi〕")
    scene.wecom.assert_clean()
