"""Everything that the two listeners answer to, as an OpenAPI document for strangers: every route, method, header, body.

The product publishes no such document; this one is read from the applications' own routes, so a new route is in it.
"""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Mount, Route

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
# What is there to be found under these names; everything else is any text at all.
NAMES: dict[str, list[Any]] = {
    "name": ["wecom", "ding", "ring", "push", "sandbox"],
    "secret": ["", "geheim"],
    "number": [1, 2, 0, -1, 2**31, 2**63, 10**30],
    "path": ["zhiban.css", "../main.py", "%2e%2e/main.py", "..\\main.py", ".", "a\0b"],
    "who": ["xiaolin", "zhang"],
    "room": ["support", "oncall", "private"],
    "minutes": [1, 10, 60],
    "at": ["on"],
    "seen": ["0" * 16],
}
QUERY = ("msg_signature", "timestamp", "nonce", "echostr", "who", "seen")
HEADERS = (
    "timestamp",
    "sign",
    "x-ddpaas-signature",
    "x-ddpaas-signature-timestamp",
    "sec-fetch-site",
    "origin",
    "range",
    "accept-encoding",
    "if-none-match",
    "x-forwarded-for",
)
FIELDS = ("who", "room", "text", "at", "minutes")
JSON = ("encrypt", "Encrypt", "msgId", "text", "conversationId", "senderStaffId", "msgtype")


def paths_of(routes: Any, prefix: str = "") -> Iterator[str]:
    """The paths of all routes, those of included routers and mounted files too."""
    for route in routes:
        if isinstance(route, Mount):
            yield f"{prefix}{route.path}/{{path}}"
        elif isinstance(route, Route | APIRoute):
            yield prefix + route.path
        elif hasattr(route, "original_router"):
            yield from paths_of(route.original_router.routes, prefix + route.include_context.prefix)
        else:
            raise TypeError(f"a kind of route that strangers have not been told of: {route!r}")


def _parameter(place: str, name: str) -> dict[str, Any]:
    return {"in": place, "name": name, "required": place == "path", "schema": {"type": "string"}}


def _object(names: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"type": "string"} for name in names}}


BODY = {
    "content": {
        "application/json": {"schema": {"anyOf": [_object(JSON), {}]}},
        "application/x-www-form-urlencoded": {"schema": _object(FIELDS)},
        "multipart/form-data": {"schema": _object(FIELDS)},
        "text/plain": {"schema": {"type": "string"}},
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
    }
}


def document(app: FastAPI) -> dict[str, Any]:
    """OpenAPI 3 for `app`."""
    paths: dict[str, Any] = {}
    for path in sorted(set(paths_of(app.routes))):
        shown = path.replace(":path}", "}")
        names = [piece.split("}")[0] for piece in shown.split("{")[1:]]
        parameters = [_parameter("path", name) for name in names]
        parameters += [_parameter("query", name) for name in QUERY]
        parameters += [_parameter("header", name) for name in HEADERS]
        parameters += [_parameter("cookie", "session")]
        answers = {"default": {"description": "anything but an error of ours"}}
        plain = {"parameters": parameters, "responses": answers}
        paths[shown] = {
            method: plain if method in ("get", "head", "options", "trace") else plain | {"requestBody": BODY}
            for method in METHODS
        }
    return {"openapi": "3.0.3", "info": {"title": app.title, "version": "1"}, "paths": paths}
