"""Pictures as senders may make them: bombs, liars, scraps. What is kept is known by its bytes, and shown safely."""

import io
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from struct import pack
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from app.channels.base import SendFailed
from app.channels.http import as_picture
from app.channels.pictures import MOST_PIXELS, kind_of, pixels
from app.store.tables import PictureRow
from tests.platforms.wecom.attachments import Attachment
from tests.stories.house import eventually, serving
from tests.stories.wecom_scene import WeComScene
from tests.stories.words import QUESTION

KINDS = ["PNG", "JPEG", "GIF", "BMP", "WEBP"]
MODES = {
    "PNG": ["1", "L", "P", "RGB", "RGBA"],
    "JPEG": ["L", "RGB", "CMYK"],
    "GIF": ["P", "RGB"],
    "BMP": ["1", "L", "RGB"],
}
OPTIONS: list[dict[str, Any]] = [{}, {"progressive": True}, {"lossless": True}, {"interlace": 1}]


def made(kind: str, size: tuple[int, int], mode: str = "RGB", **options: Any) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size).save(file, kind, **options)
    return file.getvalue()


@given(st.sampled_from(KINDS), st.integers(1, 300), st.integers(1, 300), st.data())
def test_the_size_of_a_real_picture_is_read(kind: str, width: int, height: int, data: st.DataObject) -> None:
    mode = data.draw(st.sampled_from(MODES.get(kind, ["RGB", "RGBA"])))
    content = made(kind, (width, height), mode, **data.draw(st.sampled_from(OPTIONS)))
    told = kind_of(content)
    assert told == f"image/{kind.lower()}" and pixels(content, told) == width * height
    assert as_picture(content).media_type == told


def test_moving_pictures_are_read_too() -> None:
    frames = [Image.new("RGB", (70, 50), (shade, 0, 0)) for shade in (0, 90, 200)]
    for kind in ("GIF", "WEBP", "PNG"):
        file = io.BytesIO()
        frames[0].save(file, kind, save_all=True, append_images=frames[1:])
        assert pixels(file.getvalue(), f"image/{kind.lower()}") == 70 * 50


def png(width: int, height: int) -> bytes:
    """A header that promises much, and hardly anything behind it."""
    header = pack(">II5B", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + pack(">I", 13) + b"IHDR" + header + pack(">I", zlib.crc32(b"IHDR" + header))


def gif(screen: tuple[int, int], frame: tuple[int, int]) -> bytes:
    return b"GIF89a" + pack("<HHBBB", *screen, 0, 0, 0) + b"," + pack("<HHHHB", 0, 0, *frame, 0) + b"\x02\x02L\x01\0;"


def jpeg(*frames: tuple[int, int]) -> bytes:
    heads = [b"\xff\xc0" + pack(">HBHHB", 8, 8, height, width, 0) for width, height in frames]
    return b"\xff\xd8\xff\xe0\x00\x04ab" + b"".join(heads)


BOMBS = {
    "png": png(20_000, 20_000),
    "a png of one line": png(2**31 - 1, 1),
    "gif": gif((20_000, 20_000), (1, 1)),
    "a gif with a frame beyond its screen": gif((1, 1), (20_000, 20_000)),
    "jpeg": jpeg((20_000, 20_000)),
    "a jpeg with a second head": jpeg((1, 1), (20_000, 20_000)),
    "bmp": b"BM" + bytes(12) + pack("<Iii", 40, 20_000, 20_000) + bytes(30),
    "an upside-down bmp": b"BM" + bytes(12) + pack("<Iii", 40, 20_000, -20_000) + bytes(30),
    "an old bmp": b"BM" + bytes(12) + pack("<IHH", 12, 20_000, 20_000) + bytes(30),
    "webp": b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + (19_999).to_bytes(3, "little") * 2,
    "a lossless webp": b"RIFF\0\0\0\0WEBPVP8L\x09\0\0\0/" + (16_383 | 16_383 << 14).to_bytes(4, "little") + bytes(9),
    "a plain webp": b"RIFF\0\0\0\0WEBPVP8 \x09\0\0\0" + bytes(3) + b"\x9d\x01\x2a" + pack("<HH", 16_383, 16_383),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_picture_that_unfolds_too_far_is_refused_by_its_header(bomb: bytes) -> None:
    assert len(bomb) < 200
    with pytest.raises(SendFailed, match="too-many-pixels"):
        as_picture(bomb)


@pytest.mark.parametrize(("size", "kept"), [((8_000, 5_000), True), ((8_001, 5_000), False)])
def test_the_border(size: tuple[int, int], kept: bool) -> None:
    assert (size[0] * size[1] <= MOST_PIXELS) is kept
    if kept:
        assert as_picture(png(*size)).media_type == "image/png"
        return
    with pytest.raises(SendFailed, match="too-many-pixels"):
        as_picture(png(*size))


HEADS = [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"BM", b"RIFF\0\0\0\0WEBPVP8X", b"RIFF\0\0\0\0WEBPVP8 "]


@given(st.sampled_from([b"", *HEADS]), st.binary(max_size=200))
@example(b"\xff\xd8\xff", b"\xff" * 200)
@example(b"\xff\xd8\xff", b"\xc0\x00")
@example(b"GIF89a", b"\0" * 4 + b"\x80\0\0" + b"," * 9)
@example(b"BM", b"\0" * 12 + b"\x0c")
def test_any_bytes_are_a_picture_or_refused(head: bytes, rest: bytes) -> None:
    try:
        picture = as_picture(head + rest)
    except SendFailed as error:
        assert error.code in ("not-a-picture", "too-many-pixels")
        return
    assert picture.media_type in {f"image/{kind.lower()}" for kind in KINDS}


NO_PICTURES = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "html": b"<!doctype html><script>alert(1)</script>",
    "a page that begins like a bmp": b"BM<script>alert(1)</script>",
    "a page that begins like a gif": b"GIF89a",
    "a jpeg without a frame": b"\xff\xd8\xff\xe0\x00\x02<script>alert(1)</script>",
    "a png of no size": png(0, 0),
    "tiff": b"II*\x00",
    "ico": b"\x00\x00\x01\x00",
    "pdf": b"%PDF-1.7",
    "nothing": b"",
}


@pytest.mark.parametrize("content", NO_PICTURES.values(), ids=NO_PICTURES)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(SendFailed, match="not-a-picture"):
        as_picture(content)


@pytest.mark.parametrize(
    "drop", [b"\xff", b"\xff\xe0\x00\x02", b"\xff\xe0\x00\x00", b"\xff\xd0"], ids=["fill", "short", "zero", "alone"]
)
def test_a_header_without_end_is_read_in_no_time(drop: bytes) -> None:
    content = b"\xff\xd8\xff\xe0\x00\x02" + drop * (10_000_000 // len(drop))
    started = time.process_time()
    assert pixels(content, "image/jpeg") is None
    assert time.process_time() - started < 1


@contextmanager
def case_page(scene: WeComScene) -> Iterator[httpx.Client]:
    """The internal listener, as an engineer's browser calls it."""
    with serving(scene.house.house.internal) as url, httpx.Client(base_url=url, trust_env=False) as client:
        yield client


SCRIPT = b"<script>alert(document.domain)</script>"


def test_a_kept_picture_is_served_as_nothing_but_a_picture(wecom: WeComScene) -> None:
    """Even one that carries a page behind its header."""
    both = made("GIF", (2, 2)) + SCRIPT
    wecom.lin.says(wecom.support, QUESTION, at=wecom.bot, pictures=[Attachment(both, content_type="text/html")])
    eventually("图存下", lambda: len(wecom.house.rows(PictureRow)) == 1)
    wecom.asks("人工")
    with case_page(wecom) as client:
        answer = client.get("/pictures/1")
        assert (answer.status_code, answer.content) == (200, both)
        assert answer.headers["content-type"] == "image/gif"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["content-disposition"] == 'inline; filename="1.gif"'
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        page = client.get("/cases/1")
        assert '<img src="/pictures/1"' in page.text
        assert "default-src 'self'" in page.headers["content-security-policy"]
        assert page.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("sent", [png(20_000, 20_000), SCRIPT, BOMBS["jpeg"]], ids=["bomb", "page", "jpeg bomb"])
def test_a_bomb_in_a_message_is_not_kept_and_costs_nothing_else(wecom: WeComScene, sent: bytes) -> None:
    wecom.lin.says(wecom.support, QUESTION, at=wecom.bot, pictures=[Attachment(sent)])
    wecom.support.expect(wecom.house.answer, times=1)
    eventually("记下没存成", lambda: "picture_not_kept" in wecom.house.log.text)
    assert wecom.house.rows(PictureRow) == []
