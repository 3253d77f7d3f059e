"""Pictures and files that staff send, including the faulty ones."""

from __future__ import annotations

import base64
from dataclasses import dataclass

TINY_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@dataclass(frozen=True)
class Attachment:
    """Bytes with a name; the `slow_seconds` and `cut_tail` faults belong to its download."""

    data: bytes = TINY_PNG
    filename: str = "screenshot.png"
    content_type: str = "application/octet-stream"
    slow_seconds: float = 0.0
    cut_tail: int = 0


def picture(filename: str = "screenshot.png") -> Attachment:
    return Attachment(filename=filename)


def huge_file(size: int = 20 * 1024 * 1024, filename: str = "dump.bin") -> Attachment:
    return Attachment(bytes(size), filename)


def huge_picture(size: int = 20 * 1024 * 1024) -> Attachment:
    return Attachment(TINY_PNG + bytes(size - len(TINY_PNG)), "huge.png")


def wrong_type(filename: str = "screenshot.png") -> Attachment:
    """Called a picture, but a Windows program inside."""
    return Attachment(b"MZ\x90\x00" + b"not a picture" * 20, filename)


def slow_picture(seconds: float) -> Attachment:
    return Attachment(slow_seconds=seconds)


def broken_download(cut_tail: int = 7) -> Attachment:
    """The encrypted bytes arrive without their last `cut_tail` bytes."""
    return Attachment(cut_tail=cut_tail)


def image_type(data: bytes) -> str | None:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    return "jpg" if data.startswith(b"\xff\xd8\xff") else None
