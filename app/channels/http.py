"""The one seam to the network: a client that calls only allow-listed hosts, follows no redirect, and tells outcomes."""

import json
import re
import ssl
from collections.abc import Sequence
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

import httpx

from app.channels.base import Picture, SendFailed
from app.channels.dial import Dialler, NotPublic, dial_with, left, within
from app.channels.pictures import MOST_PIXELS, kind_of, pixels
from app.core.delivery import Failure

TIMEOUT = httpx.Timeout(10.0, connect=5.0)
CALL_SECONDS = 10.0  # for a whole call
SEND_SECONDS = 18.0  # for all calls of one send together; a row's lease is a minute
SHORTEST_CALL_SECONDS = 0.5  # with less left, a call is not begun: it could only end as unknown
PICTURE_SECONDS = 20.0
LONGEST_WAIT_SECONDS = 600  # whatever a gateway asks for
ANSWER_BYTES = 1_000_000
PICTURE_BYTES = 10 * 1024 * 1024
_LONGEST_ADDRESS = 8_000
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# Nothing that another reader of addresses could take for an end, nor a resolver for a number.
_NAME = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)+(?=[a-z]){_LABEL}")
_PLAIN = {"Accept-Encoding": "identity"}  # nothing may unfold to more than what was counted
# A new connection for each call. One that is kept may be closed by the other side just as a line goes out, and then
# nobody knows whether it was said: an answer would be lost to save a handshake.
_FRESH = httpx.Limits(max_keepalive_connections=0)


def make_client(network: httpx.BaseTransport | None = None) -> httpx.Client:
    """For addresses from the settings. Environment proxies are honoured; redirects could lead anywhere.

    `network` stands in the place of sockets: in simulations, where a platform is in the same process.
    """
    return dial_with(_client(network), Dialler(public_only=False))


def make_outside_client(test_hosts: Sequence[str], network: httpx.BaseTransport | None = None) -> httpx.Client:
    """For addresses that came in messages: they are called only where they are of the open internet."""
    return dial_with(_client(network), Dialler(public_only=True, exempt=frozenset(test_hosts)))


def _client(network: httpx.BaseTransport | None = None) -> httpx.Client:
    return httpx.Client(timeout=TIMEOUT, follow_redirects=False, headers=_PLAIN, limits=_FRESH, transport=network)


def allowed(url: str, hosts: Sequence[str], test_hosts: Sequence[str] = ()) -> bool:
    """Whether an address that came in a message may be called: https, a listed name, no user part, no bare IP."""
    if not (url.isascii() and url.isprintable()) or len(url) > _LONGEST_ADDRESS:
        return False
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        caller = httpx.URL(url)  # whoever makes the call must read the same host
        same = (caller.host, caller.scheme, caller.userinfo) == (host, parts.scheme, b"")
    except (ValueError, httpx.InvalidURL):  # the first also of names that are no IDNA
        return False
    if parts.username is not None or parts.password is not None or "\\" in url:
        return False
    if not same:
        return False
    if f"{host}:{port}" in test_hosts:
        return parts.scheme in ("http", "https")
    if parts.scheme != "https" or port not in (None, 443):
        return False
    return bool(_NAME.fullmatch(host)) and any(fnmatchcase(host, pattern) for pattern in hosts)


def post_json(client: httpx.Client, url: str, body: Any, **options: Any) -> Any:
    """POST and give the JSON answer. Raises SendFailed, telling whether the request can have been acted upon."""
    return _call(client, "POST", url, json=body, **options)


def put_json(client: httpx.Client, url: str, body: Any, **options: Any) -> Any:
    """PUT and give the JSON answer. Raises SendFailed, as for a POST."""
    return _call(client, "PUT", url, json=body, **options)


def get_json(client: httpx.Client, url: str, **options: Any) -> Any:
    """GET and give the JSON answer. Raises SendFailed, as for a POST."""
    return _call(client, "GET", url, **options)


def _call(client: httpx.Client, method: str, url: str, **options: Any) -> Any:
    if left() < SHORTEST_CALL_SECONDS:
        raise SendFailed(Failure.TEMPORARY, "deadline", "平台答得太慢，时间用完了，稍后自动重试")
    status, wait = 0, None
    content: bytes | None = None
    try:
        with within(CALL_SECONDS), client.stream(method, url, **options) as response:
            status, wait = response.status_code, _retry_after(response)
            content = _read(response, ANSWER_BYTES)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
        raise _not_sent(error) from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError, UnicodeError) as error:
        raise SendFailed(Failure.PERMANENT, type(error).__name__, "这个地址或密钥写不进请求") from None
    except httpx.HTTPError as error:
        if status < 400:  # where it says that it refused, the rest of the answer does not matter
            raise SendFailed(Failure.UNKNOWN, type(error).__name__, "请求已发出，没等到完整的答复") from None
    return _answer(status, content, wait)


def _retry_after(response: httpx.Response) -> timedelta | None:
    """How long a gateway asks to wait, where it says so in seconds."""
    asked = response.headers.get("retry-after", "")
    usable = asked.isascii() and asked.isdigit() and len(asked) <= 4
    return timedelta(seconds=min(max(1, int(asked)), LONGEST_WAIT_SECONDS)) if usable else None


def _not_sent(error: httpx.TransportError) -> SendFailed:
    if isinstance(error.__cause__, NotPublic):
        return SendFailed(Failure.PERMANENT, "address", "这个域名指向内网地址，没有调用")
    if _broke_in_tls(error):
        return SendFailed(Failure.TEMPORARY, "tls", "平台的证书验不过：请管理员检查代理、系统时间和根证书")
    return SendFailed(Failure.TEMPORARY, type(error).__name__, "连不上平台，稍后自动重试")


def _broke_in_tls(error: BaseException) -> bool:
    below: BaseException | None = error
    while below is not None and not isinstance(below, ssl.SSLError):
        below = below.__cause__ or below.__context__
    return below is not None


def _read(response: httpx.Response, most: int) -> bytes | None:
    """The bytes of the body; None when there are more than `most`, or when they would have to be unfolded first."""
    if response.headers.get("content-encoding", "identity") != "identity":
        return None
    content = bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > most:
            return None
    return bytes(content)


def _answer(status: int, content: bytes | None, wait: timedelta | None = None) -> Any:
    try:
        data = json.loads(content or b"")
    except (ValueError, RecursionError):
        data = None
    if isinstance(data, dict) and (status < 500 or "code" in data or "errcode" in data):
        return data | {"status": status} if status >= 400 else data
    if status == 429:
        wait = wait or timedelta(seconds=30)
        raise SendFailed(Failure.TEMPORARY, "429", "平台限流，稍后自动重试", wait, locks_target=True)
    if status == 504:  # the gateway passed it on and did not wait for the end
        raise SendFailed(Failure.UNKNOWN, "504", "平台内部超时，不知道有没有发出去")
    if status >= 500:
        raise SendFailed(Failure.TEMPORARY, str(status), "平台暂时出错，稍后自动重试", wait)
    if status >= 300 or (content or b"").lstrip()[:1] == b"<":
        # A page instead of JSON: a proxy or a ban page stands in between.
        raise SendFailed(Failure.TEMPORARY, f"http-{status}", "平台的答复读不懂，稍后自动重试")
    raise SendFailed(Failure.UNKNOWN, "garbled", "平台的答复读不懂，不知道有没有发出去")


def get_picture(client: httpx.Client, url: str) -> bytes:
    """The bytes of a picture, at most PICTURE_BYTES. The caller has checked the address. Raises SendFailed."""
    try:
        with within(PICTURE_SECONDS), client.stream("GET", url) as response:
            if response.status_code != 200:
                raise SendFailed(Failure.PERMANENT, str(response.status_code), "图片地址已失效")
            content = _read(response, PICTURE_BYTES)
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise _not_sent(error) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SendFailed(Failure.TEMPORARY, type(error).__name__, "图片没取到") from None
    if content is None:
        raise SendFailed(Failure.PERMANENT, "too-large", "图片太大，没有保存")
    return content


def as_picture(content: bytes) -> Picture:
    """Tell the type by the first bytes. Raises SendFailed when it is no picture that we keep, or unfolds too far."""
    kind = kind_of(content)
    points = pixels(content, kind) if kind else None
    if kind is None or points is None:
        raise SendFailed(Failure.PERMANENT, "not-a-picture", "不是能保存的图片格式")
    if points > MOST_PIXELS:
        raise SendFailed(Failure.PERMANENT, "too-many-pixels", "图片的点数太多，没有保存")
    return Picture(kind, content)
