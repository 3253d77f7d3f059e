"""Decrypted JSON bodies of the callbacks an AI bot receives."""

from __future__ import annotations

from typing import Any

from tests.platforms.wecom.exchange import Exchange
from tests.platforms.wecom.shown import Shown

Json = dict[str, Any]


def _common(exchange: Exchange) -> Json:
    place: Json = {"chattype": "single"}
    if exchange.group is not None:
        place = {"chatid": exchange.group.chatid, "chattype": "group"}
    return {
        "msgid": exchange.msgid,
        "aibotid": exchange.bot.botid,
        **place,
        "from": {"userid": exchange.user.userid},
    }


def message(exchange: Exchange, body: Json, quote: Json | None) -> Json:
    payload = {**_common(exchange), "response_url": exchange.response_url, **body}
    if quote is not None:
        payload["quote"] = quote
    return payload


def refresh(exchange: Exchange, msgid: str, stream_id: str) -> Json:
    """A stream refresh: a new msgid, no response_url."""
    return {**_common(exchange), "msgid": msgid, "msgtype": "stream", "stream": {"id": stream_id}}


def enter_chat(exchange: Exchange, at: float) -> Json:
    """The documented sample has neither chattype nor chatid."""
    return {
        "msgid": exchange.msgid,
        "create_time": int(at),
        "aibotid": exchange.bot.botid,
        "from": {"userid": exchange.user.userid},
        "msgtype": "event",
        "event": {"eventtype": "enter_chat"},
    }


def card_event(exchange: Exchange, card: Json, key: str, chosen: dict[str, list[str]], at: float) -> Json:
    event: Json = {"card_type": card["card_type"], "event_key": key}
    if card.get("task_id"):
        event["task_id"] = card["task_id"]
    if chosen:
        items = [{"question_key": one, "option_ids": {"option_id": ids}} for one, ids in chosen.items()]
        event["selected_items"] = {"selected_item": items}
    return {
        **_common(exchange),
        "create_time": int(at),
        "response_url": exchange.response_url,
        "msgtype": "event",
        "event": {"eventtype": "template_card_event", "template_card_event": event},
    }


def feedback(exchange: Exchange, bubble: Shown, verdict: int, why: str, reasons: list[int], at: float) -> Json:
    event: Json = {"id": bubble.feedback_id, "type": verdict}
    if verdict == 2:
        event["content"] = why
        event["inaccurate_reason_list"] = reasons
    return {
        **_common(exchange),
        "create_time": int(at),
        "msgtype": "event",
        "event": {"eventtype": "feedback_event", "feedback_event": event},
    }
