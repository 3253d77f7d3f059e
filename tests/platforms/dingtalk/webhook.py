"""The message shapes of section 3, shared by sessionWebhook, custom robot and callback reply."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .wire import RefusedError, errcode

if TYPE_CHECKING:
    from .limits import Limits
    from .people import User
    from .places import Group

# Key paths that must hold a non-empty string, per type.
REQUIRED = {
    "text": ["content"],
    "markdown": ["title", "text"],
    "link": ["title", "text", "messageUrl"],
    "actionCard": ["title", "text"],
    "feedCard": [],
}
MENTIONING = ("text", "markdown", "actionCard")


@dataclass(frozen=True)
class Message:
    """A valid message: what is read on screen, and whom it tries to mention."""

    msgtype: str
    title: str
    text: str
    at_ids: tuple[str, ...]
    at_mobiles: tuple[str, ...]
    at_all: bool

    @property
    def at(self) -> tuple[str, ...]:
        return self.at_ids + self.at_mobiles + (("@all",) if self.at_all else ())

    def _called(self, listed: tuple[str, ...]) -> set[str | None]:
        """Those of the list that also stand as a literal @ in the text.

        OURS: `@user1` does not count inside `@user12`.
        """
        return {one for one in listed if re.search(f"@{re.escape(one)}(?![0-9A-Za-z_-])", self.text)}

    def notified(self, group: "Group | None") -> "tuple[User, ...]":
        """Members named in `at` and in the text; OURS: a forbidden @all notifies nobody."""
        if group is None or self.msgtype not in MENTIONING:
            return ()
        if self.at_all:
            return tuple(group.members) if group.at_all_allowed else ()
        ids, mobiles = self._called(self.at_ids), self._called(self.at_mobiles)
        return tuple(u for u in group.members if u.staff_id in ids or u.mobile in mobiles)


def parse(body: dict[str, Any] | None, limits: "Limits") -> Message:
    """Validate a body or refuse it with the legacy code that fits."""
    if body is None or not isinstance(body.get("msgtype"), str):
        raise RefusedError(errcode(40035, "缺少参数 json"))
    msgtype = body["msgtype"]
    if msgtype not in REQUIRED:
        raise RefusedError(errcode(400105, f"不支持的消息类型: {msgtype}"))
    part = body.get(msgtype)
    if not isinstance(part, dict) or any(not _text(part.get(key)) for key in REQUIRED[msgtype]):
        raise RefusedError(errcode(40035, f"缺少参数 {msgtype}"))
    ids, mobiles, at_all = _at(body.get("at"), limits)
    return Message(msgtype, str(part.get("title", "")), _readable(msgtype, part), ids, mobiles, at_all)


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _readable(msgtype: str, part: dict[str, Any]) -> str:
    if msgtype == "text":
        return str(part["content"])
    if msgtype == "feedCard":
        links = part.get("links")
        keys = ("title", "messageURL", "picURL")
        if not isinstance(links, list) or not links or not all(_has(link, keys) for link in links):
            raise RefusedError(errcode(40035, "缺少参数 feedCard.links"))
        return "\n".join(str(link["title"]) for link in links)
    if msgtype != "actionCard":
        return str(part["text"])
    if _text(part.get("singleTitle")) and _text(part.get("singleURL")):
        return f"{part['text']}\n[{part['singleTitle']}]"
    buttons = part.get("btns")
    if not isinstance(buttons, list) or not buttons or not all(_has(b, ("title", "actionURL")) for b in buttons):
        raise RefusedError(errcode(40035, "缺少参数 actionCard.btns"))
    return "\n".join([str(part["text"]), *(f"[{b['title']}]" for b in buttons)])


def _has(value: Any, keys: tuple[str, ...]) -> bool:
    return isinstance(value, dict) and all(_text(value.get(key)) for key in keys)


def _at(at: Any, limits: "Limits") -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    """The ids and the mobiles asked for, and whether everybody is."""
    if at is None:
        return (), (), False
    if not isinstance(at, dict):
        raise RefusedError(errcode(40035, "at 参数不合法"))
    ids, mobiles = _listed(at, "atUserIds"), _listed(at, "atMobiles")
    if len(ids) + len(mobiles) > limits.at_people:
        # OURS: the page gives the cap of 50 but no code for passing it.
        raise RefusedError(errcode(40035, f"at 人数超过上限 {limits.at_people}"))
    return ids, mobiles, at.get("isAtAll") in (True, "true")


def _listed(at: dict[str, Any], key: str) -> tuple[str, ...]:
    """A null inside, as the SDK sends for outsiders, is skipped."""
    listed = at.get(key) or []
    if not isinstance(listed, list):
        raise RefusedError(errcode(40035, f"{key} 参数不合法"))
    return tuple(str(one) for one in listed if one is not None)
