"""Group push webhooks (消息推送): keys, limits, rates, and mentions that really notify."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.platforms.wecom.assumptions import BAD_JSON
from tests.platforms.wecom.cards import PUSH_TYPES, CardError, check_card
from tests.platforms.wecom.errors import RefusalError, filled, json_object, ok, part
from tests.platforms.wecom.groups import Group
from tests.platforms.wecom.limits import (
    PUSH_IMAGE_BYTES,
    PUSH_MARKDOWN_BYTES,
    PUSH_PER_MINUTE,
    PUSH_TEXT_BYTES,
)
from tests.platforms.wecom.mention import bracketed_userids, show_bracketed
from tests.platforms.wecom.rates import RateWindow
from tests.platforms.wecom.recorder import Recorder, size_of
from tests.platforms.wecom.reply import ReplyError, checked_image
from tests.platforms.wecom.shown import Channel, Shown
from tests.platforms.wecom.web import Answer, Request

PATH = "/cgi-bin/webhook/send"
EVERYONE = "@all"
UNLIMITED = 10**9  # longer titles are cut by the client, not refused


@dataclass
class Push:
    """One push bot of one group; `url` holds the secret key."""

    name: str
    key: str
    url: str
    group: Group
    disabled: bool = False
    removed: bool = False


@dataclass
class Draft:
    """A checked push on its way to the group."""

    kind: str
    text: str
    mentioned: list[str] = field(default_factory=list)
    mobiles: list[str] = field(default_factory=list)
    card: dict[str, Any] | None = None
    images: tuple[bytes, ...] = ()


class PushHost:
    """Serves `/cgi-bin/webhook/send`; the caller holds the recorder's lock."""

    def __init__(self, recorder: Recorder, new_id: Callable[[str], str]) -> None:
        self._recorder = recorder
        self._new_id = new_id
        self._rate = RateWindow(recorder.clock, PUSH_PER_MINUTE)
        self.pushes: dict[str, Push] = {}

    def serve(self, request: Request) -> Answer:
        push = self.pushes.get(request.query.get("key", ""))
        if push is None or push.removed:
            raise RefusalError(93000)
        if push.disabled:
            raise RefusalError(93004)
        if self._rate.full(push.key):
            raise RefusalError(45009)
        draft = _read(json_object(request, BAD_JSON))
        self._show(push, draft)
        self._rate.count(push.key)
        return ok()

    def _show(self, push: Push, draft: Draft) -> None:
        group = push.group
        names = {userid: member.name for userid, member in group.members.items()}
        notified, unresolved = self._resolve(group, draft)
        text = draft.text
        if draft.kind in ("text", "markdown"):
            text = show_bracketed(text, names)
        shown = Shown(
            id=self._new_id("push"),
            chat=group.chatid,
            sender=push.name,
            sender_id="push",
            channel=Channel.PUSH,
            kind=draft.kind,
            text=text,
            at=self._recorder.clock.now(),
            audience=frozenset(group.members),
            size=size_of(draft.text),
            mentioned=tuple(notified),
            unresolved=tuple(unresolved),
            card=draft.card,
            images=draft.images,
        )
        self._recorder.show(shown)
        self._recorder.notify(notified, shown, "mention")

    def _resolve(self, group: Group, draft: Draft) -> tuple[list[str], list[str]]:
        """Members to notify, and everything that names nobody in this group."""
        wanted = list(draft.mentioned)
        if draft.kind in ("text", "markdown"):
            wanted += bracketed_userids(draft.text)
        if EVERYONE in [*wanted, *draft.mobiles]:
            return list(group.members), []
        by_mobile = {member.mobile: userid for userid, member in group.members.items() if member.mobile}
        unresolved = [one for one in wanted if one not in group.members]
        unresolved += [one for one in draft.mobiles if one not in by_mobile]
        found = [one for one in wanted if one in group.members]
        found += [by_mobile[one] for one in draft.mobiles if one in by_mobile]
        return list(dict.fromkeys(found)), unresolved


def _read(body: dict[str, Any]) -> Draft:
    kind = body.get("msgtype")
    try:
        match kind:
            case "text":
                return _text(part(body, "text"))
            case "markdown" | "markdown_v2":
                content = part(body, kind).get("content")
                return Draft(kind, filled(content, f"{kind}.content", PUSH_MARKDOWN_BYTES))
            case "image":
                return Draft(kind, "", images=(checked_image(part(body, kind), PUSH_IMAGE_BYTES),))
            case "news":
                return Draft(kind, _news(part(body, kind)))
            case "template_card":
                return Draft(kind, "", card=check_card(body.get("template_card"), PUSH_TYPES))
            case "file" | "voice":
                raise RefusalError(40007)  # uploads are not modelled, so no media_id is known
    except (CardError, ReplyError) as error:
        raise RefusalError(40058, str(error)) from error
    raise RefusalError(40008)


def _text(text: dict[str, Any]) -> Draft:
    content = filled(text.get("content"), "text.content", PUSH_TEXT_BYTES)
    mentioned = _strings(text.get("mentioned_list"), "mentioned_list")
    return Draft("text", content, mentioned, _strings(text.get("mentioned_mobile_list"), "mentioned_mobile_list"))


def _strings(value: Any, name: str) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise RefusalError(40058, f"text.{name} is not a list of strings")
    return value


def _news(news: dict[str, Any]) -> str:
    articles = news.get("articles")
    if not isinstance(articles, list) or not 1 <= len(articles) <= 8:
        raise RefusalError(40058, "news.articles has 1 to 8 entries")
    lines = []
    for one in articles:
        article = one if isinstance(one, dict) else {}
        title = filled(article.get("title"), "news.articles.title", UNLIMITED)
        lines.append(f"{title} {filled(article.get('url'), 'news.articles.url', UNLIMITED)}")
    return "\n".join(lines)
