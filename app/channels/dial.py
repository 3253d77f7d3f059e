"""How the network is dialled: a name is resolved once, what was checked is what is called, and no call is endless.

httpx has no option for either, so the backend of its connection pools is exchanged here.
"""

import math
import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

import httpcore
import httpx

Resolve = Callable[[str, int], Sequence[str]]
_NAT64 = IPv6Network("64:ff9b::/96")
_UNICAST = IPv6Network("2000::/3")
_until: ContextVar[float] = ContextVar("until", default=math.inf)


class NotPublic(httpcore.ConnectError):
    """A name led to an address inside the company, or to this machine: nothing was sent."""


def resolve(host: str, port: int) -> Sequence[str]:
    """Every address of a name, in the system's order."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # the second for names that no resolver takes
        raise httpcore.ConnectError(type(error).__name__) from None
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def is_public(text: str) -> bool:
    """Whether an address belongs to the open internet; one that carries another inside is judged by that."""
    address = ip_address(text)
    inner = _carried(address)
    if inner is not None:
        return is_public(str(inner))
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _carried(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address to which an IPv6 one leads: mapped, translated, 6to4 or Teredo."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Calls made inside end after so many seconds altogether, however slowly the other side drips.

    Inside another one, the earlier end of the two counts.
    """
    token = _until.set(min(_until.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _until.reset(token)


def left() -> float:
    """Seconds until the end that `within` set; infinite where nobody did."""
    return _until.get() - time.monotonic()


def _left(timeout: float | None, error: type[Exception]) -> float | None:
    remaining = left()
    if remaining <= 0:
        raise error("the time for this call is over")
    shorter = min(remaining, math.inf if timeout is None else timeout)
    return None if math.isinf(shorter) else shorter


class _Line(httpcore.NetworkStream):
    """A connection on which nothing waits beyond `within`."""

    def __init__(self, line: httpcore.NetworkStream) -> None:
        self._line = line

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._line.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._line.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._line.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        # `server_hostname` is the name of the address, not the number that was dialled: the certificate is checked.
        return _Line(self._line.start_tls(ssl_context, server_hostname, _left(timeout, httpcore.ConnectTimeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._line.get_extra_info(info)


class Dialler(httpcore.NetworkBackend):
    """Connects by name. With `public_only` to public addresses alone, but for the `exempt` ones («host:port»)."""

    def __init__(self, *, public_only: bool, exempt: Collection[str] = (), resolve: Resolve = resolve) -> None:
        self._public_only = public_only
        self._exempt = exempt
        self._resolve = resolve
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failed: Exception = httpcore.ConnectError("the name has no address")
        for address in self._addresses(host, port):
            wait = _left(timeout, httpcore.ConnectTimeout)
            try:
                return _Line(self._plain.connect_tcp(address, port, wait, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    def _addresses(self, host: str, port: int) -> Sequence[str]:
        """What is dialled: never a name again, which could lead elsewhere the second time."""
        found = self._resolve(host, port)
        if not self._public_only or f"{host}:{port}" in self._exempt:
            return found
        public = [address for address in found if is_public(address)]
        if found and not public:
            raise NotPublic("not a public address")
        return public


def dial_with(client: httpx.Client, direct: Dialler) -> httpx.Client:
    """Let `client` dial so.

    Where the environment names a proxy, that is what gets dialled (it may well be inside), and it is the proxy that
    resolves the names of addresses: what it lets through is the company's decision. The time limit holds there too.
    """
    to_proxy = Dialler(public_only=False)
    _exchange(client._transport, direct)
    for transport in client._mounts.values():
        _exchange(transport, to_proxy)
    return client


def _exchange(transport: httpx.BaseTransport | None, backend: Dialler) -> None:
    if isinstance(transport, httpx.HTTPTransport):
        transport._pool._network_backend = backend
