"""Structured logs without secrets: one JSON a line on standard error, other libraries' records among them."""

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterable, MutableMapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import structlog

_SECRET_KEYS = ("token", "secret", "password", "authorization", "aes_key", "body", "text")
_BEARER = re.compile(r"((?:key|access_token|session|response_code|sign|msg_signature|echostr)=)[^&\s\"']+")
_USERINFO = re.compile(r"(://[^/\s:@\"']{0,100}:)[^@\s\"']{1,500}(?=@)")  # with ends: no line may make it slow
_SHORTEST = 6  # a shorter secret stands in too many innocent words to be taken out of them
HIDDEN = "***"
_hidden: set[str] = set()
_hands: list[logging.Handler] = []


def hide(secrets: Iterable[str]) -> None:
    """From now on these values stand in no line, whatever put them there. A last net: nothing should."""
    for secret in secrets:
        if len(secret) >= _SHORTEST:
            _hidden.update((secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]))


def redact(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide values whose name says that they are secret, and bearer parts of addresses anywhere."""
    for key, value in list(event.items()):
        event[key] = HIDDEN if any(part in key.lower() for part in _SECRET_KEYS) else _redacted(value)
    return event


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return _USERINFO.sub(rf"\1{HIDDEN}", _BEARER.sub(rf"\1{HIDDEN}", value))
    if isinstance(value, dict):
        return dict(redact(None, "", dict(value)))
    if isinstance(value, list | tuple):
        return [_redacted(item) for item in value]
    return value


def _without_hidden(_logger: Any, _name: str, line: Any) -> str:
    """Last of all, over the finished line."""
    for secret in sorted(_hidden, key=len, reverse=True):
        line = line.replace(secret, HIDDEN)
    return str(line)


def frames(exc_info: tuple[type[BaseException], BaseException, TracebackType | None]) -> str:
    """Where it happened and of which kind, outermost cause first. Never what it says: that may be anybody's words."""
    chain: list[BaseException] = []
    error: BaseException | None = exc_info[1]
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    parts = []
    for link in reversed(chain):
        where = "".join(traceback.format_tb(link.__traceback__))
        parts.append(f"Traceback (most recent call last):\n{where}{type(link).__module__}.{type(link).__qualname__}")
    return "\n".join(parts)


class _Line(logging.Formatter):
    """Other libraries' records in the same form, and as free of secrets."""

    def format(self, record: logging.LogRecord) -> str:
        event: dict[str, Any] = {"event": "library", "logger": record.name, "message": record.getMessage()}
        if record.exc_info and record.exc_info[1] is not None:
            event["exception"] = frames((type(record.exc_info[1]), record.exc_info[1], record.exc_info[2]))
        moment = datetime.fromtimestamp(record.created, UTC)
        event |= {"level": record.levelname.lower(), "timestamp": moment.isoformat().replace("+00:00", "Z")}
        return _without_hidden(None, "", json.dumps(redact(None, "", event), ensure_ascii=False))


def configure(level: str = "INFO") -> None:
    """Set up once, at the start of a process. The HTTP client's own lines are off: they hold whole addresses."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.ExceptionRenderer(frames),
            redact,
            structlog.processors.JSONRenderer(ensure_ascii=False),
            _without_hidden,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    hand = logging.StreamHandler(sys.stderr)
    hand.setFormatter(_Line())
    hand.setLevel(logging.WARNING)
    root = logging.getLogger()
    for old in _hands:
        root.removeHandler(old)
    _hands[:] = [hand]
    root.addHandler(hand)
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
