"""The buttons of an action card, and what a client does when one is tapped."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from .openapi import loads_object
from .record import Shown


def buttons(shown: Shown) -> dict[str, str]:
    """Title to address, as a person sees them on a robot's message; empty where it has none."""
    if shown.msgtype == "actionCard":
        part = shown.body["actionCard"]
        if part.get("singleTitle"):
            return {str(part["singleTitle"]): str(part["singleURL"])}
        return {str(one["title"]): str(one["actionURL"]) for one in part["btns"]}
    if not shown.msgtype.startswith("sampleActionCard"):
        return {}
    param = loads_object(str(shown.body["msgParam"])) or {}
    return _of_template(param, shown.msgtype.removeprefix("sampleActionCard"))


def _of_template(param: dict[str, Any], count: str) -> dict[str, str]:
    if not count:
        return {str(param["singleTitle"]): str(param["singleURL"])}
    if count == "6":
        return {str(param[f"buttonTitle{n}"]): str(param[f"buttonUrl{n}"]) for n in (1, 2)}
    return {str(param[f"actionTitle{n}"]): str(param[f"actionURL{n}"]) for n in range(1, int(count) + 1)}


def words_of(address: str) -> str:
    """What the client writes in the person's name. Raises ValueError where the address only opens a page."""
    parts = urlsplit(address)
    content = parse_qs(parts.query).get("content", [""])[0]  # reads «+» as a blank, like quote_plus writes it
    # Field report: the host must be all lower-case; urlsplit would hide the difference.
    if not address.startswith("dtmd://dingtalkclient/sendMessage?") or not content:
        raise ValueError(f"this button sends no words: {address}")
    return content
