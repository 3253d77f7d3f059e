"""Inbound bodies field by field, and read by the vendor SDK."""

from collections.abc import Iterator
from typing import Any

import dingtalk_stream
import pytest

from .dingtalk.clock import FrozenClock
from .dingtalk.drafts import Quirks, Quoted
from .dingtalk.little import LittleDingTalk
from .dingtalk.media import PICTURE, Media
from .dingtalk.reference_bot import ReferenceBot

COMMON = {
    "msgtype",
    "msgId",
    "createAt",
    "conversationType",
    "conversationId",
    "senderId",
    "senderStaffId",
    "senderNick",
    "senderPlatform",
    "isAdmin",
    "chatbotCorpId",
    "chatbotUserId",
    "robotCode",
    "sessionWebhook",
    "sessionWebhookExpiredTime",
}
IN_GROUP = {"conversationTitle", "isInAtList", "atUsers", "senderCorpId"}


class Scene:
    """One group, two colleagues, an outsider, a robot whose server accepts everything."""

    def __init__(self, ding: LittleDingTalk, bot: ReferenceBot) -> None:
        self.ding, self.bot = ding, bot
        self.robot = ding.robot("小值", app_secret=bot.secret, callback_url=bot.url)
        self.lin = ding.user("林", "lin01", admin=True)
        self.wang = ding.user("王", "wang01")
        self.guest = ding.user("外部张", external=True)
        self.group = ding.group("IT支持", self.lin, self.wang, self.guest, self.robot)


@pytest.fixture
def scene() -> Iterator[Scene]:
    clock = FrozenClock(1_767_225_600.0)
    with LittleDingTalk(clock=clock) as ding, ReferenceBot(clock, "fake-app-secret-0001") as bot:
        yield Scene(ding, bot)


def read(body: dict[str, Any]) -> Any:
    """What the vendor SDK makes of a body."""
    return dingtalk_stream.ChatbotMessage.from_dict(body)


def test_group_text_has_every_field_and_a_leading_space(scene: Scene) -> None:
    body = scene.lin.says(scene.group, "邮箱登不上了", at=[scene.robot, scene.wang]).body
    assert set(body) == COMMON | IN_GROUP | {"text"}
    assert body["text"] == {"content": " @王 邮箱登不上了"}
    assert body["conversationType"] == "2" and body["conversationId"] == scene.group.conversation_id
    assert body["createAt"] == 1_767_225_600_000
    assert body["sessionWebhookExpiredTime"] == 1_767_225_600_000 + 90 * 60 * 1000
    assert body["msgId"].startswith("msg") and body["msgId"].endswith("==")
    assert body["atUsers"][0] == {"dingtalkId": scene.robot.chatbot_user_id}
    assert body["atUsers"][1]["staffId"] == "wang01"
    assert body["isAdmin"] is True and body["isInAtList"] is True
    message = read(body)
    assert message.get_text_list() == [" @王 邮箱登不上了"]
    assert message.sender_staff_id == "lin01" and message.robot_code == scene.robot.robot_code
    assert message.at_users[1].staff_id == "wang01"
    assert scene.bot.bodies == [body]


def test_mention_positions_and_variants(scene: Scene) -> None:
    def text(at: Any = scene.robot, **kwargs: Any) -> Any:
        return scene.lin.says(scene.group, "帮助", at=at, **kwargs).body["text"]["content"]

    assert text() == " 帮助"
    assert text(mention="end") == "帮助"
    assert text(quirks=Quirks(leading_space=False)) == "帮助"
    assert text([scene.robot, scene.wang], quirks=Quirks(keep_other_mentions=False)) == " 帮助"
    assert scene.lin.says(scene.group, "", at=scene.robot).body["text"]["content"] == " "
    assert scene.group.everything()[1].text == "帮助 @小值"
    flat = scene.lin.says(scene.group, "帮助", at=scene.robot, quirks=Quirks(top_level_content=True)).body
    assert flat["content"] == " 帮助" and "text" not in flat


def test_one_to_one_text(scene: Scene) -> None:
    body = scene.lin.says(scene.robot, "你好").body
    assert set(body) == COMMON | {"text"}
    assert body["conversationType"] == "1" and body["text"]["content"] == "你好"
    assert scene.lin.says(scene.robot, "再来").body["conversationId"] == body["conversationId"]
    assert scene.wang.says(scene.robot, "你好").body["conversationId"] != body["conversationId"]


def test_rich_text_keeps_the_mention(scene: Scene) -> None:
    body = scene.lin.sends_rich(scene.group, "登录报错", PICTURE, "如图", at=scene.robot).body
    parts = body["content"]["richText"]
    assert parts[0] == {"text": "@小值 登录报错"} and parts[2] == {"text": "如图"}
    assert parts[1]["type"] == "picture" and set(parts[1]) == {"type", "downloadCode", "pictureDownloadCode"}
    message = read(body)
    assert message.get_text_list() == ["@小值 登录报错", "如图"]
    assert message.get_image_list() == [parts[1]["downloadCode"]]
    glued = scene.lin.sends_rich(scene.group, "登录报错", PICTURE, at=scene.robot, glued=True).body
    assert glued["content"]["richText"][0] == {"text": "@小值登录报错"}
    first = scene.lin.sends_rich(scene.group, PICTURE, at=scene.robot).body
    assert first["content"]["richText"][0] == {"text": "@小值"}
    typed = scene.lin.sends_rich(scene.group, "报错", at=scene.robot, quirks=Quirks(at_part=True)).body
    assert typed["content"]["richText"][0]["type"] == "at"
    alone = scene.lin.sends_rich(scene.robot, "报错", PICTURE).body
    assert alone["content"]["richText"][0] == {"text": "报错"}


def test_media_one_to_one(scene: Scene) -> None:
    picture = scene.lin.sends_picture(scene.robot).body
    assert read(picture).get_image_list() == [picture["content"]["downloadCode"]]
    audio = scene.lin.sends_audio(scene.robot, Media(b"amr", "a.amr"), recognition="邮箱坏了").body
    assert audio["content"]["recognition"] == "邮箱坏了" and audio["content"]["duration"] == 4000
    video = scene.lin.sends_video(scene.robot, Media(b"mp4", "a.mp4"), quirks=Quirks(numbers_as_strings=True)).body
    assert video["content"]["duration"] == "4000" and video["createAt"] == "1767225600000"
    assert read(video).session_webhook_expired_time == 1_767_225_600_000 + 5_400_000
    file = scene.lin.sends_file(scene.robot, Media(b"pdf", "x.pdf")).body
    assert set(file["content"]) == {"downloadCode", "fileName", "spaceId", "fileId"}
    unknown = scene.lin.sends_unknown(scene.robot).body
    assert unknown["msgtype"] == "unknownMsgType" and unknown["content"]["unknownMsgType"]
    for body in (audio, video, file, unknown):
        assert read(body).extensions["content"] == body["content"]


def test_quotes_of_each_kind(scene: Scene) -> None:
    picture = scene.wang.sends_picture(scene.group)
    assert not picture.pushed and picture.message is not None
    body = scene.lin.says(scene.group, "看这个", at=scene.robot, quote=picture.message).body
    assert body["text"]["isReplyMsg"] is True
    replied = body["text"]["repliedMsg"]
    assert replied["msgType"] == "picture" and replied["senderNick"] == "王"
    assert scene.ding.files.codes[replied["content"]["downloadCode"]].media is PICTURE
    assert read(body).text.extensions["repliedMsg"] == replied
    file = scene.wang.sends_file(scene.group, Media(b"log", "错误.log")).message
    quoted = scene.lin.says(scene.group, "看", at=scene.robot, quote=file).body["text"]["repliedMsg"]
    assert quoted["content"]["fileName"] == "错误.log"
    rich = scene.wang.sends_rich(scene.group, "报错", PICTURE).message
    quoted = scene.lin.says(scene.group, "看", at=scene.robot, quote=rich).body["text"]["repliedMsg"]
    assert quoted["content"]["richText"][0] == {"text": "报错"}
    said = scene.wang.says(scene.group, "VPN连不上").message
    quoted = scene.lin.says(scene.group, "看", at=scene.robot, quote=said).body["text"]["repliedMsg"]
    assert quoted["content"] == {"text": "VPN连不上"} and quoted["msgType"] == "text"
    for kind in ("interactiveCard", "interactiveCardFile", "unknownMsgType", "chatRecord"):
        body = scene.lin.says(scene.group, "看", at=scene.robot, quote=Quoted(kind)).body
        assert body["text"]["repliedMsg"]["msgType"] == kind


def test_quoting_the_robot_names_its_message(scene: Scene) -> None:
    scene.bot.reply = {"msgtype": "text", "text": {"content": "请重启"}}
    scene.lin.says(scene.group, "坏了", at=scene.robot)
    answer = scene.group.expect("请重启")
    body = scene.lin.says(scene.group, "不行", at=scene.robot, quote=answer).body
    assert body["originalMsgId"] == answer.msg_id
    assert body["text"]["repliedMsg"]["senderId"] == scene.robot.chatbot_user_id


def test_missing_fields(scene: Scene) -> None:
    outsider = scene.guest.says(scene.group, "你好", at=scene.robot).body
    assert "senderStaffId" not in outsider
    empty = scene.guest.says(scene.group, "你好", at=scene.robot, quirks=Quirks(empty_staff_id=True)).body
    assert empty["senderStaffId"] == ""
    bare = Quirks(without=("robotCode", "senderPlatform"), at_users_without_staff_id=True)
    body = scene.lin.says(scene.group, "你好", at=[scene.robot, scene.wang], quirks=bare).body
    assert "robotCode" not in body and "staffId" not in body["atUsers"][1]
    scene.robot.published = False
    assert not {"senderStaffId", "isAdmin"} & set(scene.lin.says(scene.robot, "你好").body)


def test_quota_exceeded_body_has_neither_text_nor_content(scene: Scene) -> None:
    scene.ding.limits.webhook_per_month = 1
    scene.lin.says(scene.robot, "第一条")
    body = scene.lin.says(scene.robot, "第二条").body
    assert body["errorCode"] == 20001 and not {"text", "content"} & set(body)
    other = scene.lin.says(scene.robot, "三", quirks=Quirks(quota_exceeded=True, quota_fields="err")).body
    assert other["errCode"] == 20001
    scene.ding.clock.advance(32 * 86400)
    assert scene.lin.says(scene.robot, "新的一月").body["text"]["content"] == "新的一月"


def test_who_hears_what_in_a_group(scene: Scene) -> None:
    assert not scene.lin.says(scene.group, "大家好").pushed
    assert not scene.lin.says(scene.group, "@小值 只是打字").pushed
    assert not scene.lin.sends_file(scene.group, PICTURE).pushed
    assert scene.bot.bodies == []
    second = scene.ding.robot("二号", app_secret=scene.bot.secret, callback_url=scene.bot.url)
    scene.group.add(second)
    first = scene.lin.says(scene.group, "都来", at=[scene.robot, second])
    bodies = [first.body, first.siblings[0].body]
    assert bodies[0]["msgId"] == bodies[1]["msgId"]
    assert [b["robotCode"] for b in bodies] == [scene.robot.robot_code, second.robot_code]
    stranger = scene.ding.robot("群外")
    with pytest.raises(ValueError, match="not in the group"):
        scene.lin.says(scene.group, "喂", at=stranger)
    with pytest.raises(ValueError, match="internal groups"):
        scene.ding.group("外部群", scene.robot, internal=False)
