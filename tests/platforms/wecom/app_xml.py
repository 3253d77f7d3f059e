"""XML as a self-built app's callbacks and their answers carry it: built as the vendor's samples, read strictly."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping

from tests.platforms.wecom.crypto import CryptoError, Sealer
from tests.platforms.wecom.envelope import Wire, Wrapper
from tests.platforms.wecom.reply import ReplyError

CONTENT_TYPE = "text/xml"


def build(parts: Mapping[str, object]) -> str:
    """Numbers bare, texts as CDATA, mappings as elements."""
    return "".join(f"<{name}>{_inner(value)}</{name}>" for name, value in parts.items())


def _inner(value: object) -> str:
    if isinstance(value, Mapping):
        return build(value)
    return str(value) if isinstance(value, int) else f"<![CDATA[{str(value).replace(']]>', ']]]]><![CDATA[>')}]]>"


def wrap(wrapper: Wrapper, sealer: Sealer, agentid: int, message: str, at: float) -> Wire:
    """One sealed callback of the app."""
    encrypt = sealer.seal(message.encode(), wrapper.random16())
    return envelope(wrapper, sealer, encrypt, at, agentid)


def envelope(wrapper: Wrapper, sealer: Sealer, encrypt: str, at: float, agentid: int = 0) -> Wire:
    body = build({"xml": {"ToUserName": sealer.receiveid, "AgentID": str(agentid), "Encrypt": encrypt}})
    return Wire(wrapper.signed(sealer, encrypt, at), body.encode(), CONTENT_TYPE)


def open_answer(sealer: Sealer, body: bytes) -> ElementTree.Element | None:
    """The plain answer, None for an empty one or a bare «success»; ReplyError for anything doubtful."""
    if body in (b"", b"success"):
        return None
    outside = parsed(body)
    parts = {name: outside.findtext(name) or "" for name in ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")}
    if not all(parts.values()) or not parts["TimeStamp"].isdigit():
        raise ReplyError(f"the answer's envelope is not complete: {sorted(name for name in parts if not parts[name])}")
    if parts["MsgSignature"] != sealer.sign(parts["TimeStamp"], parts["Nonce"], parts["Encrypt"]):
        raise ReplyError("MsgSignature is wrong")
    try:
        return parsed(sealer.open(parts["Encrypt"]))
    except CryptoError as error:
        raise ReplyError(f"the answer does not decrypt: {error}") from error


def parsed(body: bytes) -> ElementTree.Element:
    try:
        root = ElementTree.fromstring(body.decode("utf-8"))
    except (ElementTree.ParseError, UnicodeDecodeError) as error:
        raise ReplyError(f"no XML: {error}") from error
    if root.tag != "xml":
        raise ReplyError(f"the root is <{root.tag}>")
    return root
