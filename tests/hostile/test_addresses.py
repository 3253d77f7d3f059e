"""Addresses that came in messages: which may be called, and that a name is called only where the check has seen it.

Over real sockets on loopback. Names are resolved by a table here: tests must not ask the internet.
"""

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.channels import http
from app.channels.base import SendFailed
from app.channels.dial import Dialler, dial_with, is_public
from app.channels.http import allowed, get_picture, make_client, make_outside_client, post_json
from app.core.delivery import Failure
from app.core.message import OutboundMessage, Person, PictureRef, ReplyAddress, Room, RoomKind, Way
from tests.hostile.doors import doors
from tests.hostile.listener import OK, Listener, answering, certificate, listening, serving_tls
from tests.hostile.signing import NOW
from tests.hostile.strategies import pieces

HOSTS = ("qyapi.weixin.qq.com", "*.myqcloud.com")
NAME = "cos.myqcloud.com"


class Names:
    """A table of names; each further question gets the next answer. Notes what was asked."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self.answers = {name.replace("_", "."): list(one) for name, one in answers.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        found = self.answers[host]
        return found.pop(0) if len(found) > 1 else found[0]


@contextmanager
def calling(names: Names, exempt: Sequence[str] = ()) -> Iterator[httpx.Client]:
    dialler = Dialler(public_only=True, exempt=exempt, resolve=names)
    with http._client() as client:  # the product's own, but for the names
        yield dial_with(client, dialler)


@pytest.fixture(autouse=True)
def _no_proxy_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


INSIDE = pieces(
    "127.0.0.1 127.8.8.8 10.0.0.1 172.16.5.4 192.168.1.1 169.254.169.254 0.0.0.0 100.64.0.1 100.100.100.200 "
    "198.18.0.1 203.0.113.9 224.0.0.1 240.0.0.1 255.255.255.255 ::1 :: fe80::1 fe80::1%lo fc00::1 fd00:ec2::254 "
    "fec0::1 ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::7f00:1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 "
    "2002:7f00:1:: 2002:a00:1::1 2001:0:a00:1:0:0:80ff:fffe 2001:db8::1 100::1 5f00::1 "
)
OUTSIDE = ["8.8.8.8", "119.29.29.29", "2400:3200::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::"]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses().map(str))
def test_any_address_is_judged(address: str) -> None:
    assert is_public(address) in (True, False)


@pytest.mark.parametrize("address", [one for one in INSIDE if "%" not in one])
def test_a_listed_name_that_leads_inside_is_not_called(address: str) -> None:
    with listening(answering(OK)) as server, calling(Names(cos_myqcloud_com=[[address]])) as client:
        for call in (post_json, get_picture):
            with pytest.raises(SendFailed) as caught:
                call(client, f"https://{NAME}:{server.port}/", *[{}] * (call is post_json))
            assert (caught.value.failure, caught.value.code) == (Failure.PERMANENT, "address")
        assert server.calls == 0


def test_of_several_addresses_only_the_public_ones_are_tried() -> None:
    """Here none of them answers; what matters is that the one inside, which would, is not called."""
    with listening(answering(OK)) as server:
        names = Names(cos_myqcloud_com=[["127.0.0.1", "8.8.8.8"]])
        dialled = Dialler(public_only=True, resolve=names)._addresses(NAME, server.port)
    assert dialled == ["8.8.8.8"] and server.calls == 0


def test_a_name_is_asked_for_once_and_what_was_answered_is_called() -> None:
    """The second answer, an attacker's, is never seen: not by the check, not by the call."""
    names = Names(cos_myqcloud_com=[["127.0.0.1"], ["127.0.0.2"]])
    with (
        listening(answering(OK)) as server,
        calling(names, [f"{NAME}:{server.port}"]) as client,
    ):
        assert post_json(client, f"http://{NAME}:{server.port}/x?y=z", {}) == {"errcode": 0}
    assert names.asked == [NAME] and server.calls == 1
    assert server.requests[0].startswith("POST /x?y=z HTTP/1.1\r\n")
    assert f"Host: {NAME}:{server.port}" in server.requests[0]


def test_what_was_checked_at_the_first_call_is_checked_again_at_the_next_connection() -> None:
    names = Names(cos_myqcloud_com=[["127.0.0.1"]])
    with listening(answering(OK)) as server:
        exempt = [f"{NAME}:{server.port}"]
        with calling(names, exempt) as client:
            post_json(client, f"http://{NAME}:{server.port}/", {})
            exempt.clear()  # from now on the name counts as any other
            with pytest.raises(SendFailed, match="address"):
                post_json(client, f"http://{NAME}:{server.port}/", {})
        assert server.calls == 1


def test_tls_asks_for_the_name_and_checks_its_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = certificate(tmp_path, NAME)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    names = Names(cos_myqcloud_com=[["127.0.0.1"]], other_myqcloud_com=[["127.0.0.1"]])
    with listening(answering(OK), serving_tls(file)) as server:
        other = f"other.myqcloud.com:{server.port}"
        with calling(names, [f"{NAME}:{server.port}", other]) as client:
            assert post_json(client, f"https://{NAME}:{server.port}/", {}) == {"errcode": 0}
            with pytest.raises(SendFailed, match="证书验不过"):
                post_json(client, f"https://{other}/", {})
        assert server.names == [NAME, "other.myqcloud.com"]
        assert len(server.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with listening(answering(OK)) as inside:
        away = f"HTTP/1.1 {status} x\r\nLocation: http://127.0.0.1:{inside.port}/\r\nContent-Length: 0\r\n\r\n"
        names = Names(cos_myqcloud_com=[["127.0.0.1"]])
        with (
            listening(answering(away.encode())) as server,
            calling(names, [f"{NAME}:{server.port}"]) as client,
        ):
            for call in (lambda url: post_json(client, url, {}), lambda url: get_picture(client, url)):
                with pytest.raises(SendFailed):
                    call(f"http://{NAME}:{server.port}/")
            assert server.calls == 2 and inside.calls == 0


def test_a_proxy_of_the_environment_is_dialled_and_resolves_the_name_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may stand inside; what it lets through is its business. The name's own address is never asked for here."""
    refuses = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    with listening(answering(refuses)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        names = Names(cos_myqcloud_com=[["127.0.0.1"]])
        with calling(names) as client, pytest.raises(SendFailed):
            post_json(client, f"https://{NAME}/", {})
        assert proxy.requests[0].startswith(f"CONNECT {NAME}:443 HTTP/1.1\r\n") and names.asked == []


def test_a_name_for_which_the_environment_wants_no_proxy_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(answering(OK)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", NAME)
        with calling(Names(cos_myqcloud_com=[["127.0.0.1"]])) as client, pytest.raises(SendFailed, match="address"):
            post_json(client, f"https://{NAME}:{proxy.port}/", {})
        assert proxy.calls == 0


def test_an_api_base_of_the_settings_may_be_inside() -> None:
    """A company's gateway. The same address in a message may not, and a test platform's may."""
    with listening(answering(OK)) as gateway:
        url = f"http://127.0.0.1:{gateway.port}/"
        with make_client() as client:
            assert post_json(client, url, {}) == {"errcode": 0}
        with make_outside_client(()) as client, pytest.raises(SendFailed, match="address"):
            post_json(client, url, {})
        with make_outside_client([f"127.0.0.1:{gateway.port}"]) as client:
            assert post_json(client, url, {}) == {"errcode": 0}


def test_ipv6_loopback_is_inside_too() -> None:
    try:
        server = Listener(answering(OK), host="::1")
    except OSError:
        pytest.skip("this machine has no IPv6")
    try:
        with make_outside_client(()) as client, pytest.raises(SendFailed, match="address"):
            post_json(client, f"http://[::1]:{server.port}/", {})
        assert server.calls == 0
    finally:
        server.close()


@pytest.mark.parametrize("name", ["a" * 64 + ".myqcloud.com", ".myqcloud.com", "a..myqcloud.com"])
def test_a_name_that_no_resolver_takes_is_a_failed_connection(name: str) -> None:
    """The first three once raised what nobody had expected."""
    with make_outside_client(()) as client, pytest.raises(SendFailed) as caught:
        post_json(client, f"https://{name}/", {})
    assert caught.value.failure in (Failure.TEMPORARY, Failure.PERMANENT)


REPLY = "https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=R"
SESSION = "https://oapi.dingtalk.com/robot/sendBySession?session=0"


def line(channel: str, url: str) -> OutboundMessage:
    address = ReplyAddress(url, NOW + timedelta(minutes=60))
    return OutboundMessage("k", channel, Way.REPLY, "好", Room("r", RoomKind.GROUP), Person("p"), (), address)


CALLS: Mapping[str, Callable[[Any], object]] = {
    "response_url": lambda made: made["wecom"].send(line("wecom", REPLY), NOW),
    "picture": lambda made: made["wecom"].fetch(PictureRef(f"https://{NAME}/a?sign=b"), NOW),
    "sessionWebhook": lambda made: made["ding"].send(line("ding", SESSION), NOW),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_the_doors_that_the_composition_root_makes_refuse_a_name_that_leads_inside(
    call: Callable[[Any], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine's own resolver answers with loopback, and nothing is connected."""
    connected: list[object] = []
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)
    monkeypatch.setattr(socket, "create_connection", lambda *args, **_: connected.append(args))
    with pytest.raises(SendFailed) as caught:
        call(doors())
    assert (caught.value.code, caught.value.failure) == ("address", Failure.PERMANENT)
    assert connected == []


_PIECES = pieces(
    r"https:// http:// HTTPS:// https: // / \ @ : 443 :80 . .. %2e %00 # ? ; & [ ] ::1 ::ffff:127.0.0.1 127.0.0.1 "
    "2130706433 0x7f.1 0177.1 127.1 localhost qyapi.weixin.qq.com cos.myqcloud.com myqcloud.com evil.example xn--a "
    "。 ． ｑｑ ß 邮 user user:pw@ ％2f"
)
MORE = ["\0", "\r\n", "\t", " ", "\u200b", "\u00ad", "a" * 70]
PIECES = st.sampled_from([*_PIECES, *MORE])
ADDRESSES = st.lists(PIECES | st.text(max_size=3), max_size=9).map("".join) | st.lists(PIECES, max_size=6).map(
    lambda pieces: "https://cos.myqcloud.com" + "".join(pieces)
)


@given(ADDRESSES)
@example("://xn--n--")  # found by the fuzzer: a name that no decoder of names takes
@example("https://cos.myqcloud.com" + "/a" * 40_000)
@example("https://" + "a" * 64 + ".myqcloud.com/")
@example("https://.myqcloud.com/")
@example("https://a..myqcloud.com/")
@example("https://-.myqcloud.com/")
@example("https://cos.myqcloud.com:443@evil.example/")
@example("https://[::ffff:127.0.0.1]/")
@example("https://cos.myqcloud.com\uff0eevil.example/")
@example("https://ｃos.myqcloud.com/")
@example("https://cos.myqcloud.com\\.evil.example/")
@example("https://cos.myqcloud.com%00.evil.example/")
@example("https:///cos.myqcloud.com/")
@example("https://1.myqcloud.com./")
def test_what_is_allowed_is_read_the_same_by_whoever_calls_it(url: str) -> None:
    """No second reading of the text leads to another host, port or scheme than the one that was checked."""
    if not allowed(url, HOSTS):
        return
    caller, checker = httpx.URL(url), urlsplit(url)
    assert caller.scheme == checker.scheme == "https"
    assert caller.host == checker.hostname and caller.host.endswith((".myqcloud.com", "qyapi.weixin.qq.com"))
    assert caller.port in (None, 443) and caller.userinfo == b""
    request = httpx.Request("GET", url)
    assert request.headers["host"] in (caller.host, f"{caller.host}:443")
    assert caller.host.encode("idna").decode() == caller.host  # a resolver takes it as it stands
