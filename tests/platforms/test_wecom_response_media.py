"""response_url calls and media downloads: once, in time, of the right kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.platforms.wecom import attachments
from tests.platforms.wecom.answering import Scene, open_scene
from tests.platforms.wecom.assumptions import RESPONSE_CARD_IN_GROUP, RESPONSE_CODE_REFUSED
from tests.platforms.wecom.attachments import TINY_PNG, Attachment, image_type
from tests.platforms.wecom.delivery import Delivery
from tests.platforms.wecom.oracle import vendor_decrypt, vendor_download

Json = dict[str, Any]
CARD: Json = {"card_type": "text_notice", "main_title": {"title": "通知"}, "card_action": {"type": 1}}


@pytest.fixture
def scene() -> Iterator[Scene]:
    with open_scene() as opened:
        yield opened


def markdown(content: Any, **more: Any) -> Json:
    return {"msgtype": "markdown", "markdown": {"content": content, **more}}


def call(delivery: Delivery, body: Json) -> tuple[int, str]:
    assert delivery.response_url
    answer = httpx.post(delivery.response_url, json=body, trust_env=False)
    assert answer.status_code == 200
    return answer.json()["errcode"], answer.json()["errmsg"]


def test_one_markdown_reply_that_quotes_the_question(scene: Scene) -> None:
    delivery = scene.zhang.says(scene.group, "邮箱", at=scene.bot)
    assert call(delivery, markdown("**已恢复**", feedback={"id": "f1"})) == (0, "ok")
    shown = scene.group.expect("已恢复")
    assert shown.quotes is delivery.message and shown.feedback_id == "f1"
    code, errmsg = call(delivery, markdown("再说一遍"))
    assert code == RESPONSE_CODE_REFUSED
    pattern = r"response_code already used\. .+, hint: \[\d{25}\], from ip: 127\.0\.0\.1, more info at https://.+"
    assert re.fullmatch(pattern, errmsg)
    scene.group.expect_not("再说一遍")
    alone = scene.zhang.says(scene.bot, "邮箱")
    call(alone, markdown("在"))
    assert scene.zhang.expect("在").quotes is None


def test_an_hour_and_not_longer(scene: Scene) -> None:
    first, second = scene.zhang.says(scene.bot, "一"), scene.zhang.says(scene.bot, "二")
    scene.clock.advance(3599)
    assert call(first, markdown("还行"))[0] == 0
    scene.clock.advance(1)
    code, errmsg = call(second, markdown("太迟"))
    assert code == RESPONSE_CODE_REFUSED and "expired" in errmsg
    unknown = httpx.post(f"{scene.wecom.url}/cgi-bin/aibot/response?response_code=X", json={}, trust_env=False)
    assert unknown.json()["errcode"] == RESPONSE_CODE_REFUSED


def test_what_response_url_accepts(scene: Scene) -> None:
    group = scene.zhang.says(scene.group, "邮箱", at=scene.bot)
    single = scene.zhang.says(scene.bot, "邮箱")
    card = {"msgtype": "template_card", "template_card": CARD}
    assert call(group, card)[0] == RESPONSE_CARD_IN_GROUP
    assert call(group, {"msgtype": "text", "text": {"content": "你好"}})[0] == 40008
    assert call(group, markdown(""))[0] == 44004
    assert call(group, {"msgtype": "markdown"})[0] == 44004
    assert call(group, markdown("字" * 6827))[0] == 40058
    assert call(group, markdown("好", feedback={"id": ""}))[0] == 40058
    assert call(single, {"msgtype": "template_card", "template_card": {}})[0] == 40058
    assert call(group, markdown("字" * 6826))[0] == 0  # CODE_KEPT: refusals did not use it up
    assert call(single, card)[0] == 0
    assert scene.zhang.expect("通知").kind == "template_card"
    assert [one.errcode for one in scene.wecom.recorder.calls_to("response")].count(0) == 2


def url_of(scene: Scene) -> str:
    payload = scene.robot.seen[-1]
    url = payload[payload["msgtype"]]["url"]
    assert isinstance(url, str)
    return url


def test_media_as_the_vendors_client_fetches_it(scene: Scene) -> None:
    scene.zhang.sends_file(scene.bot, Attachment(b"error 809", "vpn.log"))
    data, filename = vendor_download(url_of(scene))
    assert (vendor_decrypt(data, scene.bot.aes_key), filename) == (b"error 809", "vpn.log")
    scene.zhang.sends_file(scene.bot, Attachment(b"1", '错误 "日志".txt'))
    assert vendor_download(url_of(scene))[1] == '错误 "日志".txt'


def test_media_urls_live_five_minutes(scene: Scene) -> None:
    scene.zhang.sends_picture(scene.bot)
    url = url_of(scene)
    scene.clock.advance(299)
    assert httpx.get(url, trust_env=False).status_code == 200
    assert httpx.get(url + "0", trust_env=False).status_code == 403
    scene.clock.advance(1)
    assert httpx.get(url, trust_env=False).status_code == 403
    assert httpx.get(f"{scene.wecom.url}/media/m999?sign=x", trust_env=False).status_code == 403
    assert httpx.get(f"{scene.wecom.url}/nowhere", trust_env=False).status_code == 404


def test_faulty_media(scene: Scene) -> None:
    scene.zhang.sends_picture(scene.bot, attachments.wrong_type())
    data = httpx.get(url_of(scene), trust_env=False).content
    assert image_type(vendor_decrypt(data, scene.bot.aes_key)) is None
    scene.zhang.sends_picture(scene.bot, attachments.huge_picture(3_000_000))
    plain = vendor_decrypt(httpx.get(url_of(scene), trust_env=False).content, scene.bot.aes_key)
    assert len(plain) == 3_000_000 and plain.startswith(TINY_PNG)
    scene.zhang.sends_picture(scene.bot, attachments.broken_download())
    assert len(httpx.get(url_of(scene), trust_env=False).content) % 16
    scene.zhang.sends_picture(scene.bot, attachments.slow_picture(5))
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(url_of(scene), trust_env=False, timeout=0.1)
