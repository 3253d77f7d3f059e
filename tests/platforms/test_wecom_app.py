"""The self-built app: tokens, receivers, limits, the allow-list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.platforms.wecom.answering import Scene, open_scene
from tests.platforms.wecom.corp_app import CorpApp
from tests.platforms.wecom.little import CORPID

Json = dict[str, Any]


@pytest.fixture
def scene() -> Iterator[Scene]:
    with open_scene() as opened:
        yield opened


@pytest.fixture
def app(scene: Scene) -> CorpApp:
    return scene.wecom.app()


def token(scene: Scene, app: CorpApp, **more: str) -> Json:
    query = {"corpid": app.corpid, "corpsecret": app.secret, **more}
    answer: Json = httpx.get(f"{scene.wecom.url}/cgi-bin/gettoken", params=query, trust_env=False).json()
    return answer


def send(scene: Scene, app: CorpApp, body: Json, access_token: str | None = None) -> Json:
    access_token = token(scene, app)["access_token"] if access_token is None else access_token
    url = f"{scene.wecom.url}/cgi-bin/message/send"
    full = {"agentid": app.agentid, **body}
    answer = httpx.post(url, params={"access_token": access_token}, json=full, trust_env=False)
    assert answer.status_code == 200
    reply: Json = answer.json()
    return reply


def text(touser: str, content: str = "有新工单") -> Json:
    return {"touser": touser, "msgtype": "text", "text": {"content": content}}


def test_tokens_live_two_hours(scene: Scene, app: CorpApp) -> None:
    first = token(scene, app)
    assert (first["errcode"], first["expires_in"], app.corpid) == (0, 7200, CORPID)
    scene.clock.advance(7000)
    assert token(scene, app)["access_token"] == first["access_token"]
    assert token(scene, app)["expires_in"] == 200
    scene.clock.advance(200)
    assert send(scene, app, text("lisi"), first["access_token"])["errcode"] == 42001
    assert token(scene, app)["access_token"] != first["access_token"]
    app.expire_tokens()
    assert send(scene, app, text("lisi"))["errcode"] == 0
    assert send(scene, app, text("lisi"), "garbage")["errcode"] == 40014
    assert send(scene, app, text("lisi"), "")["errcode"] == 41001
    assert token(scene, app, corpid="other")["errcode"] == 40013
    assert token(scene, app, corpsecret="other")["errcode"] == 40001


def test_receivers(scene: Scene, app: CorpApp) -> None:
    answer = send(scene, app, text("lisi|Nobody|wangwu"))
    assert answer["errcode"] == 0 and answer["invaliduser"] == "nobody" and answer["msgid"]
    assert scene.li.expect("有新工单").channel == "app"
    assert [one.why for one in scene.wang.notifications()] == ["app message"]
    assert scene.zhang.inbox() == []
    assert send(scene, app, text("nobody|none"))["errcode"] == 81013
    assert send(scene, app, text(""))["errcode"] == 81013
    assert send(scene, app, text("|".join(f"u{number}" for number in range(1001))))["errcode"] == 40058
    assert send(scene, app, text("@all", "全员"))["errcode"] == 0
    assert scene.zhang.expect("全员")
    app.visible = frozenset({"lisi"})
    assert send(scene, app, text("wangwu|lisi"))["invaliduser"] == "wangwu"


def test_limits_and_types(scene: Scene, app: CorpApp) -> None:
    assert send(scene, app, text("lisi", "字" * 683))["errcode"] == 0
    shown = scene.li.inbox()[-1]
    assert shown.truncated and shown.text == "字" * 682 and shown.size == 2049
    markdown = {"touser": "lisi", "msgtype": "markdown", "markdown": {"content": "字" * 683}}
    assert send(scene, app, markdown)["errcode"] == 45002
    assert send(scene, app, text("lisi", ""))["errcode"] == 44004
    assert send(scene, app, {"touser": "lisi", "msgtype": "poem"})["errcode"] == 40008
    assert send(scene, app, {"touser": "lisi", "msgtype": "image", "image": {}})["errcode"] == 40007
    assert send(scene, app, {**text("lisi"), "agentid": 7})["errcode"] == 40056
    card = {"title": "工单", "description": "邮箱", "url": "http://127.0.0.1/"}
    assert send(scene, app, {"touser": "lisi", "msgtype": "textcard", "textcard": card})["errcode"] == 0
    notice = {"card_type": "text_notice", "main_title": {"title": "通知"}, "card_action": {"type": 1}}
    answer = send(scene, app, {"touser": "lisi", "msgtype": "template_card", "template_card": notice})
    assert answer["errcode"] == 0 and answer["response_code"]


def test_the_allow_list_stops_sending_but_not_tokens(scene: Scene, app: CorpApp) -> None:
    app.trusted_ips = frozenset({"10.0.0.1"})
    answer = send(scene, app, text("lisi"))
    assert answer["errcode"] == 60020 and "from ip: 127.0.0.1" in answer["errmsg"]
    app.trusted_ips = frozenset({"127.0.0.1"})
    assert send(scene, app, text("lisi"))["errcode"] == 0


def test_thirty_a_minute_per_member_then_silence(scene: Scene, app: CorpApp) -> None:
    access_token = token(scene, app)["access_token"]
    for number in range(32):
        assert send(scene, app, text("lisi", f"第 {number} 条"), access_token)["errcode"] == 0
    assert len(scene.li.inbox()) == 30 and len(app.dropped) == 2
    scene.clock.advance(60)
    send(scene, app, text("lisi", "又行了"), access_token)
    scene.li.expect("又行了")
