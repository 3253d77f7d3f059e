"""The driver that plays staff: people who write, press, enter and rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tests.platforms.wecom.app_callbacks import AppDelivery
from tests.platforms.wecom.attachments import Attachment
from tests.platforms.wecom.bots import Bot
from tests.platforms.wecom.corp_app import CorpApp
from tests.platforms.wecom.delivery import Delivery
from tests.platforms.wecom.groups import Group
from tests.platforms.wecom.mention import FRONT, MentionStyle
from tests.platforms.wecom.messages import Content, mixed_content, text_content
from tests.platforms.wecom.shown import Notification, Shown
from tests.platforms.wecom.story import Conversation

if TYPE_CHECKING:
    from tests.platforms.wecom.desk import Desk

Chat = Group | Bot


class User(Conversation):
    """A member of staff; as a Conversation, the person's 1:1 chats with bots and apps."""

    def __init__(self, desk: Desk, userid: str, name: str, mobile: str) -> None:
        self._desk = desk
        self.userid = userid
        self.name = name
        self.mobile = mobile

    def says(
        self,
        chat: Chat,
        text: str,
        *,
        at: Bot | User | Sequence[Bot | User] = (),
        style: MentionStyle = FRONT,
        pictures: Sequence[Attachment] = (),
        quoting: Shown | None = None,
    ) -> Delivery:
        """Write text, with pictures (mixed) and a quote if given; `at` inserts @-mentions."""
        people = [at] if isinstance(at, Bot | User) else list(at)
        full = style.insert([one.name for one in people], text)
        content = mixed_content(full, tuple(pictures)) if pictures else text_content(full)
        mentioned = [one.userid for one in people if isinstance(one, User)]
        return self._desk.post(self, chat, content, quoting, mentioned)

    def sends_picture(self, chat: Chat, picture: Attachment | None = None) -> Delivery:
        """A picture alone; from a group it never reaches a bot, but it can be quoted."""
        return self._desk.post(self, chat, Content("image", "", (picture or Attachment(),)))

    def sends_voice(self, chat: Chat, transcript: str) -> Delivery:
        return self._desk.post(self, chat, Content("voice", transcript))

    def sends_file(self, chat: Chat, file: Attachment) -> Delivery:
        return self._desk.post(self, chat, Content("file", "", (file,)))

    def sends_video(self, chat: Chat, video: Attachment) -> Delivery:
        return self._desk.post(self, chat, Content("video", "", (video,)))

    def sends_unknown(self, chat: Chat, msgtype: str, body: dict[str, Any]) -> Delivery:
        """A message type nobody has documented; delivered from groups as well."""
        return self._desk.post(self, chat, Content(msgtype, raw=body))

    def enters(self, bot: Bot) -> Delivery:
        """Open the 1:1 chat; only the day's first entry makes an event."""
        return self._desk.enter(self, bot)

    def presses(self, card: Shown, key: str, chosen: dict[str, list[str]] | None = None) -> Delivery:
        """Press a button, submit or menu entry; `chosen` maps question_key to option ids."""
        return self._desk.press(self, card, key, chosen or {})

    def writes(self, app: CorpApp, text: str) -> AppDelivery:
        """A text in the 1:1 chat with a self-built app."""
        return app.callbacks.write(app, self, text)

    def taps(self, app: CorpApp, card: Shown, text: str) -> AppDelivery:
        """Tap the button of an app's card on which `text` stands."""
        buttons = (card.card_for(self.userid) or {}).get("button_list", [])
        return app.callbacks.tap(app, self, card, next(one["key"] for one in buttons if one["text"] == text))

    def rates(self, bubble: Shown, verdict: int, why: str = "", reasons: Sequence[int] = (1,)) -> Delivery:
        """Thumbs: 1 accurate, 2 inaccurate, 3 cancelled."""
        return self._desk.rate(self, bubble, verdict, why, list(reasons))

    def inbox(self) -> list[Shown]:
        """What bots and apps said to this person in 1:1."""
        return self.answers()

    def notifications(self) -> list[Notification]:
        """When this person's phone buzzed: mentions in groups and 1:1 app messages."""
        return self._desk.recorder.notified(self.userid)

    def _messages(self) -> list[Shown]:
        return self._desk.recorder.where(lambda one: one.chat.startswith("1:1:") and self.userid in one.audience)
