"""Rules for template cards: types, required fields, counts, keys, and soft lengths."""

from __future__ import annotations

import re
from typing import Any

Json = dict[str, Any]
AI_BOT_TYPES = frozenset(
    {"text_notice", "news_notice", "button_interaction", "vote_interaction", "multiple_interaction"}
)
PUSH_TYPES = frozenset({"text_notice", "news_notice"})
REQUIRED: dict[str, tuple[str, ...]] = {
    "text_notice": ("card_action",),
    "news_notice": ("main_title", "card_action"),
    "button_interaction": ("main_title", "button_list", "task_id"),
    "vote_interaction": ("main_title", "checkbox", "submit_button", "task_id"),
    "multiple_interaction": ("main_title", "select_list", "submit_button"),
}
COUNTS = {
    "horizontal_content_list": 6,
    "vertical_content_list": 4,
    "jump_list": 3,
    "button_list": 6,
    "select_list": 3,
}
KEY_BYTES, OPTION_BYTES = 1024, 128
_TASK_ID = re.compile(r"[0-9A-Za-z_\-@]{1,128}")


class CardError(ValueError):
    """A card the platform refuses."""


def check_card(card: Any, types: frozenset[str] = AI_BOT_TYPES) -> Json:
    """The card itself when it keeps the hard rules of its type."""
    if not isinstance(card, dict):
        raise CardError("template_card is not an object")
    try:
        return _check(card, types)
    except (AttributeError, TypeError) as error:
        raise CardError(f"a part of the card has the wrong type: {error}") from error


def _check(card: Json, types: frozenset[str]) -> Json:
    kind = card.get("card_type")
    if kind not in types:
        raise CardError(f"card_type {kind!r} is not allowed here")
    for name in REQUIRED[kind]:
        if not card.get(name):
            raise CardError(f"{kind} needs {name}")
    if kind == "text_notice" and not (_title(card) or card.get("sub_title_text")):
        raise CardError("text_notice needs main_title.title or sub_title_text")
    if kind == "news_notice" and not (card.get("card_image") or card.get("image_text_area")):
        raise CardError("news_notice needs card_image or image_text_area")
    _check_counts(card)
    _check_task_id(card)
    _check_keys(card)
    return card


def _title(card: Json) -> Any:
    title = card.get("main_title")
    return title.get("title") if isinstance(title, dict) else None


def _check_counts(card: Json) -> None:
    for name, most in COUNTS.items():
        value = card.get(name, [])
        if not isinstance(value, list) or len(value) > most:
            raise CardError(f"{name} is a list of at most {most}")
    lists = [(_part(card, "checkbox"), 20), (_part(card, "button_selection"), 10)]
    lists += [(one, 10) for one in card.get("select_list", []) if isinstance(one, dict)]
    for holder, most in lists:
        if holder and not 1 <= len(holder.get("option_list", [])) <= most:
            raise CardError(f"option_list has 1 to {most} entries")
    menu = card.get("action_menu")
    if menu and not 1 <= len(menu.get("action_list", [])) <= 3:
        raise CardError("action_menu has 1 to 3 entries")


def _check_task_id(card: Json) -> None:
    task_id = card.get("task_id")
    if task_id is None:
        if card.get("action_menu"):
            raise CardError("a card with action_menu needs task_id")
    elif not isinstance(task_id, str) or not _TASK_ID.fullmatch(task_id):
        raise CardError("task_id is up to 128 bytes of 0-9 A-Z a-z _ - @")


def _check_keys(card: Json) -> None:
    _unique("key", event_keys(card), KEY_BYTES)
    holders = question_holders(card)
    _unique("question_key", [one.get("question_key") for one in holders], KEY_BYTES)
    for holder in holders:
        _unique("option id", [one.get("id") for one in holder.get("option_list", [])], OPTION_BYTES)
    for button in card.get("button_list", []):
        if not button.get("text"):
            raise CardError("a button needs text")


def _unique(what: str, values: list[Any], most: int) -> None:
    for value in values:
        if not isinstance(value, str) or not value or len(value.encode()) > most:
            raise CardError(f"{what} is a string of 1 to {most} bytes, not {value!r}")
    if len(set(values)) != len(values):
        raise CardError(f"{what} is used twice")


def _part(card: Json, name: str) -> Json:
    value = card.get(name)
    return value if isinstance(value, dict) else {}


def event_keys(card: Json) -> list[Any]:
    """Keys a person can press: buttons, submit, right-corner menu."""
    keys = [one.get("key") for one in card.get("button_list", [])]
    submit = _part(card, "submit_button")
    keys += [submit.get("key")] if submit else []
    return keys + [one.get("key") for one in _part(card, "action_menu").get("action_list", [])]


def question_holders(card: Json) -> list[Json]:
    single = [_part(card, "checkbox"), _part(card, "button_selection")]
    return [one for one in single if one] + list(card.get("select_list", []))


SOFT = {
    ("source", "desc"): 13,
    ("main_title", "title"): 26,
    ("main_title", "desc"): 30,
    ("emphasis_content", "title"): 10,
    ("emphasis_content", "desc"): 15,
    ("submit_button", "text"): 10,
}


def soft_excesses(card: Json) -> list[str]:
    """Texts longer than the recommended number of characters; clients cut them, nobody refuses them."""
    found = [
        f"{outer}.{inner} > {most}"
        for (outer, inner), most in SOFT.items()
        if len(str(_part(card, outer).get(inner, ""))) > most
    ]
    if len(str(card.get("sub_title_text", ""))) > 112:
        found.append("sub_title_text > 112")
    found += ["button.text > 10" for one in card.get("button_list", []) if len(str(one.get("text", ""))) > 10]
    for one in card.get("horizontal_content_list", []):
        if len(str(one.get("keyname", ""))) > 5:
            found.append("horizontal keyname > 5")
        if len(str(one.get("value", ""))) > 26:
            found.append("horizontal value > 26")
    return found
