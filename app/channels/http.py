"""The one seam to the network: a client that calls only allow-listed hosts, follows no redirect, and tells outcomes."""

import ipaddress
import re
from collections.abc import Sequence
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

import httpx

from app.channels.base import Picture, SendFailed
from app.core.delivery import Failure

TIMEOUT = httpx.Timeout(10.0, connect=5.0)
PICTURE_BYTES = 10 * 1024 * 1024
_NAME = re.compile(r"[a-z0-9.-]{1,253}")  # nothing that another reader of addresses could take for an end
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
)


def make_client() -> httpx.Client:
    """Environment proxies are honoured; redirects are not followed, since they could lead anywhere."""
    return httpx.Client(timeout=TIMEOUT, follow_redirects=False)


def allowed(url: str, hosts: Sequence[str], test_hosts: Sequence[str] = ()) -> bool:
    """Whether an address that came in a message may be called: https, a listed name, no user part, no bare IP."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.username is not None or parts.password is not None or "\\" in url:
        return False
    if not (url.isascii() and url.isprintable()):
        return False
    if f"{host}:{port}" in test_hosts:
        return parts.scheme in ("http", "https")
    if parts.scheme != "https" or port not in (None, 443) or _is_address(host):
        return False
    return bool(_NAME.fullmatch(host)) and any(fnmatchcase(host, pattern) for pattern in hosts)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host.replace(".", "").isdigit() or host.startswith("0x")
    return True


def post_json(client: httpx.Client, url: str, body: Any, **options: Any) -> Any:
    """POST and give the JSON answer. Raises SendFailed, telling whether the request can have been acted upon."""
    try:
        response = client.post(url, json=body, **options)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise SendFailed(Failure.TEMPORARY, type(error).__name__, "连不上平台，稍后自动重试") from None
    except httpx.HTTPError as error:
        raise SendFailed(Failure.UNKNOWN, type(error).__name__, "请求已发出，没等到答复") from None
    return _answer(response)


def _answer(response: httpx.Response) -> Any:
    try:
        data = response.json()
    except ValueError:
        data = None
    if isinstance(data, dict) and (response.status_code < 500 or "code" in data or "errcode" in data):
        return data | {"status": response.status_code} if response.status_code >= 400 else data
    if response.status_code == 429:
        raise SendFailed(Failure.TEMPORARY, "429", "平台限流，稍后自动重试", timedelta(seconds=30))
    if response.status_code >= 500:
        raise SendFailed(Failure.TEMPORARY, str(response.status_code), "平台暂时出错，稍后自动重试")
    # A page instead of JSON: a proxy or a ban page stands in between.
    raise SendFailed(Failure.TEMPORARY, f"http-{response.status_code}", "平台的答复读不懂，稍后自动重试")


def get_picture(client: httpx.Client, url: str) -> bytes:
    """The bytes of a picture, at most PICTURE_BYTES. The caller has checked the address. Raises SendFailed."""
    try:
        with client.stream("GET", url) as response:
            if response.status_code != 200:
                raise SendFailed(Failure.PERMANENT, str(response.status_code), "图片地址已失效")
            content = bytearray()
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > PICTURE_BYTES:
                    raise SendFailed(Failure.PERMANENT, "too-large", "图片太大，没有保存")
            return bytes(content)
    except httpx.HTTPError as error:
        raise SendFailed(Failure.TEMPORARY, type(error).__name__, "图片没取到") from None


def as_picture(content: bytes) -> Picture:
    """Tell the type by the first bytes. Raises SendFailed when it is no picture that we keep."""
    for magic, media_type in _MAGIC:
        if content.startswith(magic):
            return Picture(media_type, content)
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return Picture("image/webp", content)
    raise SendFailed(Failure.PERMANENT, "not-a-picture", "不是能保存的图片格式")
