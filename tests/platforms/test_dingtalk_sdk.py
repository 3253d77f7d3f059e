"""The vendor SDK, in a process of its own, talks to the little DingTalk."""

import json
import os
import subprocess
import sys
from typing import Any

from .dingtalk.card_taps import payload
from .dingtalk.cards import Card, Route, Template
from .dingtalk.clock import SystemClock
from .dingtalk.little import LittleDingTalk
from .dingtalk.media import PICTURE, PNG
from .dingtalk.people import User
from .dingtalk.record import Channel
from .dingtalk.robots import Robot
from .dingtalk.wire import Endpoint


def consult(ding: LittleDingTalk, robot: Robot, body: dict[str, Any], **order: Any) -> dict[str, Any]:
    """Run the oracle; a non-empty stderr would be an error the SDK logged."""
    request = {"appKey": robot.app_key, "appSecret": robot.app_secret, "body": body}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", f"{__package__}.dingtalk.sdk_oracle"],
        input=json.dumps(request | {"text": "", "markdown": ""} | order),
        env={**os.environ, "DINGTALK_OPENAPI_ENDPOINT": ding.url, "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def shown_to(user: User) -> list[str]:
    return [shown.text for shown in user.notifications()]


def test_the_sdk_replies_fetches_a_token_and_downloads() -> None:
    with LittleDingTalk(clock=SystemClock()) as ding:
        robot, lin = ding.robot("小值"), ding.user("林", "lin01")
        group = ding.group("IT支持", lin, robot)
        body = lin.sends_rich(group, "报错", PICTURE, at=robot).body
        result = consult(ding, robot, body, text="请重启", markdown="@lin01 **请重启**")
        assert result["token"] and result["staff"] == "lin01"
        assert result["text"] == result["markdown"] == {"errcode": 0, "errmsg": "ok"}
        # The SDK puts the id into `at` but not into the text, so only our own literal notifies.
        assert [shown.text for shown in group.seen()] == ["请重启", "@lin01 **请重启**"]
        assert shown_to(lin) == ["@lin01 **请重启**"]
        assert len(ding.calls(Endpoint.TOKEN)) == 1
        name = result["urls"][0].split("?")[0].rsplit("/", 1)[1]
        assert ding.files.links[name].media.data == PNG


def test_the_sdk_sees_an_expired_session_and_an_outsider() -> None:
    with LittleDingTalk() as ding:
        robot, guest = ding.robot("小值"), ding.user("张", external=True)
        body = guest.says(robot, "你好").body
        result = consult(ding, robot, body, text="好", markdown="好")
        assert result["staff"] is None and result["text"]["errcode"] == 0
        assert shown_to(guest) == ["好", "好"]
        ding.clock.advance(5401)
        result = consult(ding, robot, body, text="好", markdown="好")
        assert result["text"] == {"errcode": 300001, "errmsg": "session 不存在"}


def test_the_sdk_delivers_a_card_changes_it_and_reads_a_tap() -> None:
    with LittleDingTalk(clock=SystemClock()) as ding:
        robot, lin = ding.robot("小值"), ding.user("林", "lin01")
        group = ding.group("IT支持", lin, robot)
        template = ding.template(Template("t-0001.schema", ("title", "status"), (("button1", "says1"),)))
        ding.world.routes["key"] = Route("http://127.0.0.1:1/", "")
        face = {"title": "单 1", "button1": "接单", "says1": "接单 1", "status": ""}
        mine = Card("card-1", template, robot, "key", group, dict(face))
        result = consult(
            ding,
            robot,
            lin.says(group, "人工", at=robot).body,
            template=template.id,
            card=face,
            then={"status": "张工接了"},
            tap=payload(ding.world, mine, lin, "接单"),
        )
        (shown,) = group.seen(Channel.CARD)
        assert shown.notified == (lin,) and shown.msg_id == result["card"]
        card = ding.card(shown)
        assert card.text == "单 1\n张工接了" and card.buttons == {"接单": "接单 1"}
        assert (result["tapped"], result["by"]) == ("card-1", "lin01")
        assert result["content"] == {"cardPrivateData": {"actionIds": ["button1"], "params": {"says": "接单 1"}}}
