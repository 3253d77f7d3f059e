"""Templates and what they share. Everything shown is escaped; the desk's Markdown by a small safe subset."""

import re
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from fastapi.templating import Jinja2Templates
from markupsafe import Markup, escape

from app.clock import CHINA
from app.core.calendar.days import WEEKDAYS

templates = Jinja2Templates(directory=Path(__file__).parent / "templates")

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_BOLD = re.compile(r"\*\*([^*\n]{1,200})\*\*")
_CODE = re.compile(r"`([^`\n]{1,200})`")
_ITEM = re.compile(r"^(?:- |(\d{1,9})\. )(.*)$")
_HEADING = re.compile(r"^#{1,6} ")
_AUDIENCE = re.compile(r"^【([^】]{1,10})】")
_STATES = {"waiting": "等人接", "taken": "处理中", "resolved": "已解决"}


def local_time(moment: datetime | None) -> str:
    """Wall-clock time in China."""
    return moment.astimezone(CHINA).strftime("%m-%d %H:%M") if moment else ""


def weekday(moment: datetime) -> str:
    """As people say it: 周三."""
    return tuple(WEEKDAYS)[moment.astimezone(CHINA).weekday()]


def render(markdown: str) -> Markup:
    """Paragraphs, headings, lists, bold and code of the desk's own lines as HTML; everything else stays text."""
    blocks: list[str] = []
    for kind, lines in groupby(markdown.split("\n"), _kind):
        if kind == "text":
            blocks.append(f"<p>{'<br>'.join(_inline(line) for line in lines)}</p>")
        elif kind == "heading":
            blocks.extend(f"<p><strong>{_inline(line.lstrip('# '))}</strong></p>" for line in lines)
        elif kind == "source":
            blocks.append(f'<p class="source">{"<br>".join(_inline(line) for line in lines)}</p>')
        elif kind:
            items = "".join(_item(line) for line in lines)
            blocks.append(f'<{kind} class="steps">{items}</{kind}>')
    return Markup("".join(blocks))  # noqa: S704 - every piece is escaped in _inline


def _kind(line: str) -> str:
    """What a line is part of; '' for the empty lines between."""
    if not line.strip():
        return ""
    item = _ITEM.match(line)
    if item:
        return "ol" if item[1] else "ul"
    if line.startswith("出处："):
        return "source"
    return "heading" if _HEADING.match(line) else "text"


def _item(line: str) -> str:
    number, text = _ITEM.findall(line)[0]
    value = f' value="{number}"' if number else ""
    who = _AUDIENCE.match(text)
    tag = f'<span class="tag">{escape(who[1])}</span>' if who else ""
    return f"<li{value}>{tag}{_inline(text[who.end() :] if who else text)}</li>"


def _inline(text: str) -> str:
    bold = _BOLD.sub(r"<strong>\1</strong>", str(escape(text)))
    return _CODE.sub(r"<code>\1</code>", bold)


def _state(state: str) -> str:
    return _STATES.get(state, state)


def _register() -> None:
    filters: dict[str, Any] = templates.env.filters
    filters["local"] = local_time
    filters["weekday"] = weekday
    filters["markdown"] = render
    filters["state"] = _state


_register()
