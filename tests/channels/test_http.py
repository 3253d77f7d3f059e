"""The one seam to the network: which addresses may be called, and what became of a call."""

import io
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from PIL import Image

from app.channels.base import SendFailed
from app.channels.http import PICTURE_BYTES, allowed, as_picture, get_picture, make_client, post_json
from app.core.delivery import Failure

HOSTS = ("oapi.dingtalk.com", "*.myqcloud.com")
URL = "https://oapi.dingtalk.com/robot/send"


@pytest.mark.parametrize(
    "url",
    [
        "https://oapi.dingtalk.com/robot/sendBySession?session=0123",
        "https://oapi.dingtalk.com:443/robot/send",
        "HTTPS://OAPI.DingTalk.COM/robot/send",
        "https://oapi.dingtalk.com",
        "https://cos.ap-guangzhou.myqcloud.com/a?sign=b",
        "https://oapi.dingtalk.com/#@evil.example",
    ],
)
def test_the_platforms_own_addresses_may_be_called(url: str) -> None:
    assert allowed(url, HOSTS)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "oapi.dingtalk.com/robot/send",
        "//oapi.dingtalk.com/robot/send",
        "http://oapi.dingtalk.com/robot/send",
        "ftp://oapi.dingtalk.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://oapi.dingtalk.com:8443/robot/send",
        "https://oapi.dingtalk.com:99999/",
        "https://oapi.dingtalk.com:port/",
        "https://someone@oapi.dingtalk.com/",
        "https://someone:secret@oapi.dingtalk.com/",
        "https://@oapi.dingtalk.com/",
        "https://oapi.dingtalk.com@evil.example/",
        "https://evil.example\\@oapi.dingtalk.com/",
        "https://evil.example/oapi.dingtalk.com",
        "https://evil.example?oapi.dingtalk.com",
        "https://evil.example#oapi.dingtalk.com",
        "https://oapi.dingtalk.com.evil.example/",
        "https://xoapi.dingtalk.com/",
        "https://api.dingtalk.com/",
        "https://oapi.dingtalk.com./",
        "https://myqcloud.com/",
        "https://evilmyqcloud.com/",
        "https://evil.example%2f.myqcloud.com/",
        "https://evil.example%23.myqcloud.com/",
        "https://evil.example\x00.myqcloud.com/",
        "https://evil.example\n.myqcloud.com/",
        "https://oapi.ding\ttalk.com/",
        "https://oapi.dingtalk。com/",
        "https://oapi.dingtalk.com/\ud800",
        "https://oapi.dingtalk.com/邮箱",
        "https://127.0.0.1/",
        "https://10.0.0.1:443/",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://localhost/",
        "https://[oapi.dingtalk.com/",
    ],
)
def test_everything_else_may_not(url: str) -> None:
    assert not allowed(url, HOSTS)
    assert not allowed(url, HOSTS, ["127.0.0.1:8765"])


def test_an_address_as_such_is_never_listed() -> None:
    assert not allowed("https://127.0.0.1/", ["127.0.0.1", "*"])
    assert not allowed("https://[::1]/", ["::1", "*"])
    assert not allowed("https://2130706433/", ["*"])


def test_a_test_platform_is_meant_with_its_port_and_may_be_plain() -> None:
    assert allowed("http://127.0.0.1:8765/robot/send", (), ["127.0.0.1:8765"])
    assert not allowed("http://127.0.0.1:8766/robot/send", (), ["127.0.0.1:8765"])
    assert not allowed("http://127.0.0.1/robot/send", (), ["127.0.0.1:8765"])
    assert not allowed("ftp://127.0.0.1:8765/", (), ["127.0.0.1:8765"])
    assert not allowed("http://me@127.0.0.1:8765/", (), ["127.0.0.1:8765"])


Handler = Callable[[httpx.Request], httpx.Response]


def client_for(answer: httpx.Response | Exception) -> httpx.Client:
    """A client whose wire gives this answer, or breaks like this."""

    def handle(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return httpx.Client(transport=httpx.MockTransport(handle))


@pytest.mark.parametrize(
    ("answer", "given"),
    [
        (httpx.Response(200, json={"errcode": 0}), {"errcode": 0}),
        (httpx.Response(200, json={"errcode": 93000}), {"errcode": 93000}),
        (httpx.Response(403, json={"code": "Forbidden"}), {"code": "Forbidden", "status": 403}),
        (httpx.Response(503, json={"code": "Unavailable"}), {"code": "Unavailable", "status": 503}),
    ],
)
def test_an_answer_of_the_platform_is_handed_on(answer: httpx.Response, given: object) -> None:
    assert post_json(client_for(answer), URL, {}) == given


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (httpx.ConnectError("refused"), Failure.TEMPORARY),
        (httpx.ConnectTimeout("slow"), Failure.TEMPORARY),
        (httpx.PoolTimeout("busy"), Failure.TEMPORARY),
        (httpx.ReadTimeout("slow"), Failure.UNKNOWN),
        (httpx.WriteError("cut"), Failure.UNKNOWN),
        (httpx.RemoteProtocolError("cut"), Failure.UNKNOWN),
        (httpx.Response(502, text="<html>"), Failure.TEMPORARY),
        (httpx.Response(500, json={"message": "oops"}), Failure.TEMPORARY),
        (httpx.Response(429, text="slow down"), Failure.TEMPORARY),
        (httpx.Response(200, text="<html>"), Failure.TEMPORARY),
        (httpx.Response(200, json=[1]), Failure.UNKNOWN),
        (httpx.Response(200, text='{"errcode"'), Failure.UNKNOWN),
        (httpx.Response(200, content=b"\xff\xfe"), Failure.UNKNOWN),
        (httpx.Response(504, text="<html>"), Failure.UNKNOWN),
        (httpx.Response(404, text="not here"), Failure.TEMPORARY),
        (httpx.ProxyError("403"), Failure.TEMPORARY),
        (httpx.LocalProtocolError("header"), Failure.PERMANENT),
        (httpx.Response(302, headers={"location": "http://10.0.0.1/"}), Failure.TEMPORARY),
    ],
)
def test_what_is_no_answer_tells_whether_anything_can_have_happened(
    answer: httpx.Response | Exception, failure: Failure
) -> None:
    with pytest.raises(SendFailed) as caught:
        post_json(client_for(answer), URL, {})
    assert caught.value.failure is failure


@pytest.mark.parametrize(
    ("asked", "seconds"), [("7", 7), ("0", 1), ("9999", 600), ("99999", 30), ("-5", 30), ("Wed, 21 Oct", 30), ("", 30)]
)
def test_a_gateway_may_ask_for_a_wait_but_not_for_any(asked: str, seconds: int) -> None:
    with pytest.raises(SendFailed) as caught:
        post_json(client_for(httpx.Response(429, headers={"retry-after": asked})), URL, {})
    assert (caught.value.retry_after, caught.value.locks_target) == (timedelta(seconds=seconds), True)


def test_the_address_is_in_no_failures_text() -> None:
    secret = "https://oapi.dingtalk.com/robot/send?access_token=geheim"
    for broken in (httpx.ReadTimeout(secret), httpx.ConnectError(secret)):
        with pytest.raises(SendFailed) as caught:
            post_json(client_for(broken), secret, {})
        assert "geheim" not in str(caught.value) and caught.value.__cause__ is None


def test_redirects_are_not_followed() -> None:
    with make_client() as client:
        assert not client.follow_redirects


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(403),
        httpx.Response(302, headers={"location": "http://10.0.0.1/"}),
        httpx.Response(200, content=bytes(PICTURE_BYTES + 1)),
        httpx.ReadTimeout("slow"),
    ],
    ids=["expired", "redirect", "too large", "slow"],
)
def test_a_picture_that_cannot_be_had(answer: httpx.Response | Exception) -> None:
    with pytest.raises(SendFailed):
        get_picture(client_for(answer), "https://cos.myqcloud.com/1")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_pictures_are_known_by_their_first_bytes(kind: str) -> None:
    file = io.BytesIO()
    Image.new("RGB", (3, 2)).save(file, kind)
    assert as_picture(file.getvalue()).media_type == f"image/{kind.lower()}"


@pytest.mark.parametrize(
    "content", [b"", b"MZ\x90\x00", b"<svg onload=alert(1)>", b"%PDF-1.7", b"RIFF....WAVE", b"GIF"]
)
def test_anything_else_is_no_picture(content: bytes) -> None:
    with pytest.raises(SendFailed):
        as_picture(content)
