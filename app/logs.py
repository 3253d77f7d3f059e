"""Structured logs without secrets: one JSON a line on standard error."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET_KEYS = ("token", "secret", "password", "authorization", "aes_key", "body", "text")
_BEARER = re.compile(r"((?:key|access_token|session|response_code|sign|msg_signature|echostr)=)[^&\s\"']+")
HIDDEN = "***"


def redact(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide values whose name says that they are secret, and bearer parts of addresses anywhere."""
    for key, value in list(event.items()):
        if any(part in key.lower() for part in _SECRET_KEYS):
            event[key] = HIDDEN
        elif isinstance(value, str):
            event[key] = _BEARER.sub(rf"\1{HIDDEN}", value)
    return event


def configure(level: str = "INFO") -> None:
    """Set up once, at the start of a process. The HTTP client's own lines are off: they hold whole addresses."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
