"""OpenAPI: token, gate, group and one-to-one sends, DING."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from .dingtalk.client import api, post, token
from .dingtalk.clock import FrozenClock
from .dingtalk.little import LittleDingTalk
from .dingtalk.people import User
from .dingtalk.places import Group
from .dingtalk.record import Channel
from .dingtalk.robots import Robot
from .dingtalk.wire import Endpoint

GROUP, OTO, DING = Endpoint.GROUP_SEND.value, Endpoint.OTO_SEND.value, Endpoint.DING.value


@dataclass
class Scene:
    ding: LittleDingTalk
    robot: Robot
    lin: User
    wang: User
    group: Group

    def to_group(self, access_token: str | None = None, **fields: Any) -> httpx.Response:
        body = {"openConversationId": self.group.conversation_id} | message("群消息") | fields
        return api(self.robot, GROUP, body, access_token)

    def to_people(self, *ids: str, **fields: Any) -> httpx.Response:
        return api(self.robot, OTO, {"userIds": list(ids)} | message("私聊") | fields)

    def page(self, *ids: str, **fields: Any) -> httpx.Response:
        body = {"remindType": 1, "receiverUserIdList": list(ids), "content": "VPN 全断"} | fields
        return api(self.robot, DING, body)


def message(content: str) -> dict[str, str]:
    return {"msgKey": "sampleText", "msgParam": json.dumps({"content": content}, ensure_ascii=False)}


def refused(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of an error, whose body must have the documented keys."""
    assert {"code", "message", "requestid"} <= set(answer.json())
    return answer.status_code, answer.json()["code"]


@pytest.fixture
def scene() -> Iterator[Scene]:
    with LittleDingTalk(clock=FrozenClock()) as ding:
        robot = ding.robot("小值")
        lin, wang = ding.user("林", "lin01"), ding.user("王", "wang01")
        yield Scene(ding, robot, lin, wang, ding.group("IT支持", lin, wang, robot))


def test_token_is_stable_and_extended(scene: Scene) -> None:
    url = scene.ding.url + Endpoint.TOKEN.value
    body = {"appKey": scene.robot.app_key, "appSecret": scene.robot.app_secret}
    first = post(url, body).json()
    assert first["expireIn"] == 7200 and set(first) == {"accessToken", "expireIn"}
    scene.ding.clock.advance(7000)
    assert token(scene.robot) == first["accessToken"]
    scene.ding.clock.advance(7000)
    assert scene.to_group(first["accessToken"]).status_code == 200
    scene.ding.clock.advance(200)
    assert refused(scene.to_group(first["accessToken"])) == (400, "InvalidAuthentication")
    assert token(scene.robot) != first["accessToken"]
    assert refused(post(url, body | {"appSecret": "no"})) == (400, "invalidClientIdOrSecret")
    assert scene.ding.quota.api_used == 1


def test_token_errors_and_permission(scene: Scene) -> None:
    held = token(scene.robot)
    assert refused(scene.to_group("")) == (401, "unauthorized.client")
    assert refused(scene.to_group("made up")) == (400, "InvalidAuthentication")
    scene.ding.expire_tokens()
    assert refused(scene.to_group(held)) == (400, "InvalidAuthentication")
    scene.robot.permissions.discard("qyapi_robot_sendmsg")
    answer = scene.to_group()
    assert refused(answer) == (403, "Forbidden.AccessDenied.AccessTokenPermissionDenied")
    assert answer.json()["accessdenieddetail"] == {"requiredScopes": ["qyapi_robot_sendmsg"]}


def test_group_send_notifies_nobody(scene: Scene) -> None:
    answer = scene.to_group(msgParam=json.dumps({"content": "@lin01 @wang01"}), at={"atUserIds": ["lin01"]})
    assert set(answer.json()) == {"processQueryKey"}
    shown = scene.group.expect("@lin01")
    assert shown.notified == () and shown.channel is Channel.GROUP_API
    assert shown.process_query_key == answer.json()["processQueryKey"]
    quoting = scene.lin.says(scene.group, "谢谢", at=scene.robot, quote=shown)
    assert not quoting.pushed and quoting.body["originalProcessQueryKey"] == shown.process_query_key


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"robotCode": ""}, "invalidParameter.robotCode.empty"),
        ({"robotCode": "nobody"}, "invalidParameter.robotCode.notExsit"),
        ({"openConversationId": ""}, "miss.openConversationId"),
        ({"openConversationId": "cidnone=="}, "invalid.openConversationId"),
        ({"msgKey": ""}, "invalidParameter.msgKey.empty"),
        ({"msgKey": "sampleRumour"}, "invalidParameter.msgKey.invalid"),
        ({"msgParam": {"content": "an object, not a string"}}, "invalidParameter.msgParam.invalid"),
        ({"msgParam": "not json"}, "invalidParameter.msgParam.invalid"),
        ({"msgParam": '{"text": "wrong key"}'}, "invalidParameter.msgParam.invalid"),
        ({"msgParam": json.dumps({"content": "x" * 15_000})}, "invalidParameter.msgParam.tooLong"),
    ],
)
def test_group_send_refusals(scene: Scene, fields: dict[str, Any], code: str) -> None:
    assert refused(scene.to_group(**fields)) == (400, code)
    assert scene.group.seen() == []


def test_group_send_at_the_byte_limit(scene: Scene) -> None:
    fits = json.dumps({"content": "啊" * 4995}, ensure_ascii=False)
    assert scene.to_group(msgParam=fits).status_code == 200
    assert scene.group.seen()[0].size == 15_000
    assert refused(scene.to_group(msgParam=fits + " ")) == (400, "invalidParameter.msgParam.tooLong")


def test_group_states(scene: Scene) -> None:
    other = scene.ding.group("别的群", scene.lin)
    answer = scene.to_group(openConversationId=other.conversation_id)
    assert refused(answer) == (400, "bot.forbidden.sendMessage")
    foreign = scene.ding.robot("二号")
    assert refused(scene.to_group(robotCode=foreign.robot_code)) == (400, "invalidParameter.robotCode.auth")
    scene.group.dissolved = True
    assert refused(scene.to_group()) == (400, "group.disbanded")
    scene.robot.stopped = True
    assert refused(scene.to_group()) == (400, "bot.stopped")


def test_batch_send_sorts_the_receivers(scene: Scene) -> None:
    scene.wang.flow_controlled = True
    result = scene.to_people("lin01", "wang01", "ghost").json()
    assert result["invalidStaffIdList"] == ["ghost"]
    assert result["flowControlledStaffIdList"] == ["wang01"]
    assert [s.text for s in scene.lin.inbox()] == ["私聊"] and scene.wang.inbox() == []
    assert scene.to_people("ghost").status_code == 200
    assert refused(scene.to_people()) == (400, "invalidParameter.userIds.empty")
    assert scene.to_people(*(f"u{n}" for n in range(20))).status_code == 200
    assert refused(scene.to_people(*(f"u{n}" for n in range(21)))) == (
        400,
        "invalidParameter.userIds.overMax",
    )


def test_templates_and_what_people_read(scene: Scene) -> None:
    param = {"title": "工单", "text": "T-12", "buttonTitle1": "接手", "buttonUrl1": "dtmd://x"}
    param |= {"buttonTitle2": "转交", "buttonUrl2": "dtmd://y"}
    assert scene.to_people("lin01", msgKey="sampleActionCard6", msgParam=json.dumps(param)).status_code == 200
    shown = scene.lin.expect("接手")
    assert shown.title == "工单" and "dtmd" not in shown.text
    answer = scene.to_people("lin01", msgKey="sampleActionCard2", msgParam=json.dumps(param))
    assert refused(answer) == (400, "invalidParameter.msgParam.invalid")


def test_ding(scene: Scene) -> None:
    scene.wang.ding_failure = "user.notActive"
    answer = scene.page("lin01", "wang01", "ghost").json()
    assert answer["failedList"] == {"user.notActive": ["wang01"], "staffId.notExisted": ["ghost"]}
    assert answer["openDingId"]
    assert scene.lin.expect_notified("VPN 全断").channel is Channel.DING_APP
    assert scene.wang.notifications() == []
    assert refused(scene.page("lin01", remindType=3)) == (400, "ding.serverquota.insufficient")
    scene.ding.ding_packs[3] = 1
    assert scene.page("lin01", remindType=3, callVoice="Standard_Male_Voice").status_code == 200
    assert scene.lin.inbox()[-1].channel is Channel.DING_PHONE
    assert refused(scene.page("lin01", remindType=3)) == (400, "ding.serverquota.insufficient")


def test_ding_refusals(scene: Scene) -> None:
    assert scene.page(*(f"u{n}" for n in range(200))).status_code == 200
    assert refused(scene.page(*(f"u{n}" for n in range(201)))) == (400, "ding.receivercount.limit")
    assert refused(scene.page(*(f"u{n}" for n in range(21)), remindType=2)) == (
        400,
        "ding.receivercount.limit",
    )
    assert refused(scene.page()) == (400, "miss.staffId")
    assert refused(scene.page("lin01", robotCode="x")) == (400, "invalid.chatbotId")
    for wrong in ({"remindType": 4}, {"remindType": True}, {"content": ""}, {"callVoice": "Robot"}):
        assert refused(scene.page("lin01", **wrong)) == (400, "invalidParameter.param.invalid")
    scene.robot.permissions.discard("Premium.Ding.Write")
    assert scene.page("lin01").status_code == 403


def test_twenty_per_second_per_api(scene: Scene) -> None:
    held = token(scene.robot)
    for _ in range(20):
        assert scene.to_group(held).status_code == 200
    assert refused(scene.to_group(held)) == (403, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi")
    assert scene.to_people("lin01").status_code == 200
    assert scene.ding.quota.api_used == 21
    scene.ding.clock.advance(1)
    assert scene.to_group(held).status_code == 200


def test_monthly_quota(scene: Scene) -> None:
    scene.ding.limits.api_per_month = 2
    assert [scene.to_group().status_code for _ in range(3)] == [200, 200, 403]
    assert refused(scene.to_people("lin01")) == (403, "Forbidden.AccessDenied.ApiCountLimitForOrg")
    assert token(scene.robot)
    scene.ding.clock.advance(31 * 86400)
    assert scene.to_group().status_code == 200
    assert scene.ding.quota.api_used == 1


def test_calls_are_listed(scene: Scene) -> None:
    scene.to_group()
    scene.to_group(msgKey="")
    assert [c.endpoint for c in scene.ding.calls()][:2] == [Endpoint.TOKEN, Endpoint.GROUP_SEND]
    last = scene.ding.calls(Endpoint.GROUP_SEND)[-1]
    assert (last.status, last.code) == (400, "invalidParameter.msgKey.empty")
