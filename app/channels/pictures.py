"""What kind of picture some bytes are, and how many points it unfolds to. Reads headers only; unfolds nothing."""

from collections.abc import Iterator
from struct import Struct

MOST_PIXELS = 40_000_000  # more than any screen or camera here; 160 MB in a browser's memory
_FRAMES_OF_JPEG = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_ALONE_IN_JPEG = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length
_HEADS_OF_BMP = (16, 40, 52, 56, 64, 108, 124)  # their lengths
_SEGMENTS = 10_000  # looked at; cameras write a few dozen
_PNG, _GIF, _WEBP = b"\x89PNG\r\n\x1a\n", (b"GIF87a", b"GIF89a"), b"WEBP"
_TWO_BIG, _TWO_LITTLE, _TWO_LONG = Struct(">HH"), Struct("<HH"), Struct(">II")
_TWO_SIGNED, _FOUR_LITTLE = Struct("<ii"), Struct("<HHHH")

Size = tuple[int, int]


def kind_of(content: bytes) -> str | None:
    """The media type by the first bytes, whatever the sender calls it; None for what we do not keep."""
    if content.startswith(_PNG):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(_GIF):
        return "image/gif"
    if content.startswith(b"BM"):
        return "image/bmp"
    return "image/webp" if content[:4] == b"RIFF" and content[8:12] == _WEBP else None


def pixels(content: bytes, kind: str) -> int | None:
    """The points of its largest frame as the header promises them; None when the header cannot be read."""
    sizes = [abs(width * height) for width, height in _READERS[kind](content)]
    largest = max(sizes, default=0)
    return largest or None


def _png(content: bytes) -> Iterator[Size]:
    if content[12:16] == b"IHDR" and len(content) >= 24:
        yield _TWO_LONG.unpack_from(content, 16)


def _jpeg(content: bytes) -> Iterator[Size]:
    """Every frame header: some readers take the first, some the last."""
    at = 2
    for _ in range(_SEGMENTS):
        if at + 4 > len(content) or content[at] != 0xFF:
            return
        marker = content[at + 1]
        if marker == 0xFF or marker in _ALONE_IN_JPEG:
            at += 1 if marker == 0xFF else 2
            continue
        if marker in _FRAMES_OF_JPEG and at + 9 <= len(content):
            yield _TWO_BIG.unpack_from(content, at + 5)
        if marker == 0xDA:  # the picture itself; what follows has no lengths
            return
        at += 2 + max(2, int.from_bytes(content[at + 2 : at + 4], "big"))


def _gif(content: bytes) -> Iterator[Size]:
    """The screen, and every frame on it, which may be larger."""
    if len(content) < 13:
        return
    yield _TWO_LITTLE.unpack_from(content, 6)
    at = 13 + _colours(content[10])
    while at < len(content):
        if content[at] == 0x2C and at + 10 <= len(content):
            left, top, width, height = _FOUR_LITTLE.unpack_from(content, at + 1)
            yield left + width, top + height
            at = _after_blocks(content, at + 11 + _colours(content[at + 9]))
        elif content[at] == 0x21:
            at = _after_blocks(content, at + 2)
        else:
            return


def _colours(flags: int) -> int:
    """The bytes of a colour table."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(content: bytes, at: int) -> int:
    while at < len(content) and content[at]:
        at += 1 + content[at]
    return at + 1


def _bmp(content: bytes) -> Iterator[Size]:
    header = int.from_bytes(content[14:18], "little")
    if header == 12 and len(content) >= 22:
        yield _TWO_LITTLE.unpack_from(content, 18)
    elif header in _HEADS_OF_BMP and len(content) >= 26:
        yield _TWO_SIGNED.unpack_from(content, 18)  # a negative height stands for another order of the lines


def _webp(content: bytes) -> Iterator[Size]:
    form, body = content[12:16], content[20:30]
    if len(body) < 10:
        return
    if form == b"VP8 ":
        width, height = _TWO_LITTLE.unpack_from(body, 6)
        yield width & 0x3FFF, height & 0x3FFF
    elif form == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        yield (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif form == b"VP8X":
        yield int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1


_READERS = {"image/png": _png, "image/jpeg": _jpeg, "image/gif": _gif, "image/bmp": _bmp, "image/webp": _webp}
