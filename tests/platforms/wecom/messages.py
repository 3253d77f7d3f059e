"""What people write, and how it looks inside a callback."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.platforms.wecom.attachments import Attachment

Link = Callable[[Attachment], str]


@dataclass(frozen=True)
class Content:
    """One message body: text, mixed, image, voice, file, video or an injected unknown type."""

    msgtype: str
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    raw: dict[str, Any] = field(default_factory=dict)

    def body(self, link: Link) -> dict[str, Any]:
        """`{"msgtype": …, …}` with a fresh media URL for every attachment."""
        return {"msgtype": self.msgtype, self.msgtype: self._inner(link)}

    def _inner(self, link: Link) -> Any:
        if self.msgtype == "text":
            return {"content": self.text}
        if self.msgtype == "voice":
            return {"content": self.text}
        if self.msgtype == "mixed":
            items: list[dict[str, Any]] = []
            if self.text:
                items.append({"msgtype": "text", "text": {"content": self.text}})
            items += [{"msgtype": "image", "image": {"url": link(one)}} for one in self.attachments]
            return {"msg_item": items}
        if self.msgtype in ("image", "file", "video"):
            return {"url": link(self.attachments[0])}
        return dict(self.raw)

    def line(self) -> str:
        """How the message looks in a transcript."""
        names = {"image": "图片", "mixed": "图片", "file": "文件", "video": "视频"}
        marks = [f"〔{names.get(self.msgtype, '附件')} {one.filename}〕" for one in self.attachments]
        head = "〔语音〕" if self.msgtype == "voice" else ""
        return " ".join([part for part in [head + self.text, *marks] if part]) or f"〔{self.msgtype}〕"


def text_content(text: str) -> Content:
    return Content("text", text)


def mixed_content(text: str, pictures: tuple[Attachment, ...]) -> Content:
    return Content("mixed", text, pictures)


def quoted(content: Content, link: Link) -> dict[str, Any]:
    """The `quote` object of a message that quotes this one."""
    return content.body(link)
