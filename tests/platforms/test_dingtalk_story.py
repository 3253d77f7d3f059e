"""A story told with the platform's own words: ack first, answer later, page the one on duty."""

import threading
from typing import Any

from .dingtalk.client import api, custom, post, text
from .dingtalk.clock import FrozenClock
from .dingtalk.little import LittleDingTalk
from .dingtalk.record import Channel
from .dingtalk.reference_bot import ReferenceBot
from .dingtalk.wire import Endpoint


def test_mail_trouble_reaches_the_engineer_on_duty() -> None:
    clock = FrozenClock()
    with LittleDingTalk(clock=clock) as ding, ReferenceBot(clock, "fake-app-secret-0001") as bot:
        robot = ding.robot("小值", app_secret=bot.secret, callback_url=bot.url)
        lin, wang = ding.user("林", "lin01"), ding.user("王", "wang01")
        group = ding.group("IT支持", lin, wang, robot)
        duty = ding.group("值班", wang)
        pager = ding.custom_robot("值班铃", duty, secret="SEC0123456789abcdef")

        delivery = lin.says(group, "邮箱登不上了", at=robot)
        assert delivery.accepted and delivery.reply_type == "empty"

        threading.Thread(target=_work, args=(bot.bodies[0],)).start()
        group.expect("认证失败", after=delivery.message)
        lin.expect_notified("认证失败")
        wang.expect_silence(during=0.05)

        custom(pager, text("@wang01 林的邮箱登不上", "wang01"))
        ding_body = {"remindType": 1, "receiverUserIdList": ["wang01"], "content": "请接手"}
        api(robot, Endpoint.DING.value, ding_body)
        assert [s.channel for s in wang.notifications()] == [Channel.CUSTOM, Channel.DING_APP]
        assert [s.text for s in wang.inbox()] == ["请接手"]
        assert len(group.seen()) == 1 and len(ding.shown()) == 4


def _work(body: dict[str, Any]) -> None:
    """What a desk does after its ack."""
    who = body["senderStaffId"]
    post(body["sessionWebhook"], text(f"@{who} 看起来是认证失败, 请重置密码", who))
