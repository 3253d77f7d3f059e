"""The self-built app: tokens, receivers, limits, the allow-list; callbacks, taps and card updates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.platforms.wecom.answering import Scene, open_scene
from tests.platforms.wecom.answering_app import AnsweringApp
from tests.platforms.wecom.corp_app import CorpApp
from tests.platforms.wecom.courier import Outcome
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


def send(scene: Scene, app: CorpApp, body: Json, access_token: str | None = None, path: str = "send") -> Json:
    access_token = token(scene, app)["access_token"] if access_token is None else access_token
    url = f"{scene.wecom.url}/cgi-bin/message/{path}"
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


def card(task_id: str = "t1") -> Json:
    take = {"text": "接单", "style": 1, "key": "接单 1"}
    parts = {"card_type": "button_interaction", "main_title": {"title": "单 1"}, "button_list": [take]}
    return {"touser": "lisi", "msgtype": "template_card", "template_card": {**parts, "task_id": task_id}}


@pytest.fixture
def callback() -> Iterator[AnsweringApp]:
    with AnsweringApp() as opened:
        yield opened


def test_a_card_with_buttons_wants_a_callback_address_and_a_new_task_id(
    scene: Scene, app: CorpApp, callback: AnsweringApp
) -> None:
    assert send(scene, app, card())["errcode"] == 40058
    assert not app.connect("http://127.0.0.1:9/").ok and app.callback_url is None
    callback.sealer = app.sealer
    assert app.connect(callback.url).ok
    assert send(scene, app, card())["errcode"] == 0
    assert send(scene, app, card())["errcode"] == 40058
    assert send(scene, app, card("t2"))["errcode"] == 0


def test_what_people_write_and_tap_arrives_as_sealed_xml(scene: Scene, app: CorpApp, callback: AnsweringApp) -> None:
    callback.sealer = app.sealer
    assert app.connect(callback.url).ok
    assert scene.li.writes(app, "在吗 ]]> <b>").status is Outcome.NO_REPLY
    send(scene, app, card())
    tapped = scene.li.taps(app, scene.li.last(), "接单")
    tapped.again()
    wrote, tap, again = callback.seen
    assert (wrote["MsgType"], wrote["Content"], wrote["FromUserName"]) == ("text", "在吗 ]]> <b>", "lisi")
    assert wrote["MsgId"].isdigit() and wrote["AgentID"] == "1000002" and "MsgId" not in tap
    assert (tap["Event"], tap["EventKey"], tap["TaskId"]) == ("template_card_event", "接单 1", "t1")
    assert tap == again and tap["ResponseCode"] in app.response_codes


def test_answers_to_a_text_and_to_a_tap(scene: Scene, app: CorpApp, callback: AnsweringApp) -> None:
    """A text is shown, a button gives way to its label for who tapped; each where it belongs and nowhere else."""
    callback.sealer = app.sealer
    assert app.connect(callback.url).ok
    send(scene, app, card())
    page = scene.li.last()
    callback.say = {"MsgType": "text", "Content": "在"}
    assert scene.li.writes(app, "在吗").status is Outcome.ANSWERED and scene.li.last().text == "在"
    assert scene.li.taps(app, page, "接单").status is Outcome.BAD_REPLY
    callback.say = {"MsgType": "update_button", "Button": {"ReplaceName": "已接单"}}
    assert scene.li.writes(app, "在吗").status is Outcome.BAD_REPLY
    assert scene.li.taps(app, page, "接单").status is Outcome.ANSWERED
    seen = page.card_for("lisi")
    assert seen is not None and seen["replace_text"] == "已接单" and "button_list" not in seen
    with pytest.raises(ValueError, match="no button"):
        app.callbacks.tap(app, scene.li, page, "接单 1")
    callback.say = {"MsgType": "text", "Content": "在", "ToUserName": "wangwu"}
    assert scene.li.writes(app, "在吗").status is Outcome.BAD_REPLY
    with pytest.raises(AssertionError, match="违反"):
        scene.wecom.assert_clean()


def test_a_callback_that_fails_is_delivered_four_times_in_all(
    scene: Scene, app: CorpApp, callback: AnsweringApp
) -> None:
    callback.sealer = app.sealer
    assert app.connect(callback.url).ok
    callback.status = 500
    delivery = scene.li.writes(app, "在吗")
    assert (delivery.status, len(delivery.attempts)) == (Outcome.HTTP_ERROR, 4)
    assert [one["MsgId"] for one in callback.seen] == [callback.seen[0]["MsgId"]] * 4


def test_a_card_is_updated_once_by_each_response_code(scene: Scene, app: CorpApp, callback: AnsweringApp) -> None:
    """Within 72 hours; only for those who have the card."""
    callback.sealer = app.sealer
    assert app.connect(callback.url).ok
    answer = send(scene, app, card())
    page = scene.li.last()

    def update(code: str, label: str) -> Json:
        body = {"userids": ["lisi", "wangwu"], "response_code": code, "button": {"replace_name": label}}
        return send(scene, app, body, path="update_template_card")

    first = update(answer["response_code"], "已接单")
    assert (first["errcode"], first["invaliduser"]) == (0, ["wangwu"])
    seen = page.card_for("lisi")
    assert seen is not None and seen["replace_text"] == "已接单" and "button_list" not in seen
    assert update(answer["response_code"], "再来")["errcode"] == 40058
    late = send(scene, app, card("t2"))["response_code"]
    scene.clock.advance(72 * 3600 + 1)
    assert update(late, "太晚")["errcode"] == 40058 and "太晚" not in scene.li.last().words


def test_the_same_content_is_dropped_only_where_that_was_asked_for(scene: Scene, app: CorpApp) -> None:
    once = {**text("lisi", "同一句"), "enable_duplicate_check": 1, "duplicate_check_interval": 600}
    for _ in range(3):
        assert send(scene, app, once)["errcode"] == 0
    assert (len(scene.li.inbox()), app.duplicates) == (1, 2)
    scene.clock.advance(601)
    send(scene, app, once)
    for _ in range(2):
        send(scene, app, text("lisi", "另一句"))
    assert len(scene.li.inbox()) == 4


def test_a_member_without_a_licence_gets_nothing_and_the_answer_says_so(scene: Scene, app: CorpApp) -> None:
    app.unlicensed = frozenset({"lisi"})
    answer = send(scene, app, text("lisi|wangwu"))
    assert (answer["errcode"], answer["unlicenseduser"]) == (0, "lisi")
    assert scene.li.inbox() == [] and len(scene.wang.inbox()) == 1
