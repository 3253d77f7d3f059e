"""Injected failures: what the next calls to an endpoint suffer."""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from enum import Enum, auto

from . import catalogue
from .wire import Answer, Endpoint, answer_json, api_error, errcode

HTML = "<!DOCTYPE html><html><head><title>钉钉</title></head><body>系统繁忙, 请稍后再试</body></html>"


class Kind(Enum):
    """How a fault acts: instead of the call, before it, or after it."""

    ANSWER = auto()
    RATE = auto()
    CODE = auto()
    HANG = auto()
    SLOW = auto()
    LOST = auto()


@dataclass(frozen=True)
class Fault:
    """One failure; build it with the class methods."""

    kind: Kind
    answer: Answer | None = None
    seconds: float = 0.0
    code: str = ""
    message: str = ""
    status: int = 400

    @classmethod
    def http(cls, status: int = 502) -> "Fault":
        """An HTML error page with this status, nothing done."""
        return cls(Kind.ANSWER, Answer(status, HTML.encode(), "text/html", code=str(status)))

    @classmethod
    def html_with_200(cls) -> "Fault":
        return cls(Kind.ANSWER, Answer(200, HTML.encode(), "text/html;charset=utf-8", code="html"))

    @classmethod
    def hang(cls, seconds: float = 30.0) -> "Fault":
        """Accept the request, say nothing for so long (wall time), then cut; nothing done."""
        return cls(Kind.HANG, seconds=seconds)

    @classmethod
    def drop(cls) -> "Fault":
        """Cut the connection at once, nothing done."""
        return cls(Kind.HANG)

    @classmethod
    def slow(cls, seconds: float) -> "Fault":
        """Do the work at once, answer only after so long (wall time)."""
        return cls(Kind.SLOW, seconds=seconds)

    @classmethod
    def lost_answer(cls) -> "Fault":
        """Do the work and record it, then cut the connection instead of answering."""
        return cls(Kind.LOST)

    @classmethod
    def rate_limited(cls) -> "Fault":
        """410100 on legacy endpoints, 403 QpsLimitForAppkeyAndApi on the others."""
        return cls(Kind.RATE)

    @classmethod
    def of(cls, code: str | int, message: str = "", status: int = 0) -> "Fault":
        """A chosen errcode (legacy, HTTP 200) or code (OpenAPI); what is left out is as the catalogue has it."""
        known = catalogue.OPENAPI.get(str(code), (400, "injected"))
        text = message or (catalogue.LEGACY.get(code, "injected") if isinstance(code, int) else known[1])
        return cls(Kind.CODE, code=str(code), message=text, status=status or known[0])

    @classmethod
    def errcode_as_text(cls, code: int, message: str = "injected") -> "Fault":
        """A legacy result whose errcode is a string, as some gateways send it."""
        body = {"errcode": str(code), "errmsg": message}
        return cls(Kind.ANSWER, answer_json(body, code=str(code)))

    @classmethod
    def punished(cls) -> "Fault":
        """The 1111 body of an IP that called too often (OURS: served with HTTP 200)."""
        body = {"status": 1111, "wait": 5, "source": "x5", "punish": "deny", "uuid": "0"}
        return cls(Kind.ANSWER, answer_json(body, code="1111"))

    @classmethod
    def redirect(cls, url: str = "http://10.0.0.1/latest/meta-data") -> "Fault":
        return cls(Kind.ANSWER, Answer(302, b"", headers={"location": url}, code="302"))

    @classmethod
    def file(cls, data: bytes, content_type: str = "image/png", *, streamed: bool = False) -> "Fault":
        """Serve these bytes whatever was asked for: wrong type, huge, empty."""
        return cls(Kind.ANSWER, Answer(200, data, content_type, streamed=streamed))

    def render(self, endpoint: Endpoint, request_id: str) -> Answer:
        """The answer of a fault that replaces the call."""
        if self.answer is not None:
            return self.answer
        if self.kind is Kind.RATE and endpoint.legacy:
            return errcode(410100, "发送速度太快而限流")
        if self.kind is Kind.RATE:
            code = "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"
            return api_error(request_id, 403, code, "应用调用该接口的QPS超过限制")
        if endpoint.legacy:
            return errcode(int(self.code), self.message)
        return api_error(request_id, self.status, self.code, self.message)


@dataclass
class Faults:
    """The faults waiting per endpoint, used in the order they were planned."""

    _waiting: dict[Endpoint, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))

    def next(self, endpoint: Endpoint, fault: Fault, times: int = 1) -> None:
        self._waiting[endpoint].extend([fault] * times)

    def take(self, endpoint: Endpoint) -> Fault | None:
        waiting = self._waiting[endpoint]
        return waiting.popleft() if waiting else None

    def left(self, endpoint: Endpoint) -> int:
        """How many have not been met yet."""
        return len(self._waiting[endpoint])

    def planned(self, endpoint: Endpoint) -> int:
        """How many calls are still to suffer."""
        return len(self._waiting[endpoint])

    def clear(self) -> None:
        self._waiting.clear()
