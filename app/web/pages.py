"""Templates and what they share. Everything shown is escaped; the desk's Markdown by a small safe subset."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi.templating import Jinja2Templates
from markupsafe import Markup, escape

from app.clock import CHINA

templates = Jinja2Templates(directory=Path(__file__).parent / "templates")

_BOLD = re.compile(r"\*\*([^*\n]{1,200})\*\*")
_ITEM = re.compile(r"^(?:- |(\d+)\. )(.*)$")
_STATES = {"waiting": "等人接", "taken": "处理中", "resolved": "已解决"}


def local_time(moment: datetime | None) -> str:
    """Wall-clock time in China."""
    return moment.astimezone(CHINA).strftime("%m-%d %H:%M") if moment else ""


def render(markdown: str) -> Markup:
    """Paragraphs, bold and lists of the desk's own lines as HTML; everything else stays text."""
    blocks: list[str] = []
    items: list[str] = []
    for line in markdown.split("\n"):
        item = _ITEM.match(line)
        if item:
            number = f"<b>{item[1]}.</b> " if item[1] else "• "
            items.append(f"<li>{number}{_inline(item[2])}</li>")
            continue
        if items:
            blocks.append(f"<ul class=steps>{''.join(items)}</ul>")
            items = []
        if line.strip():
            blocks.append(f"<p>{_inline(line)}</p>")
    if items:
        blocks.append(f"<ul class=steps>{''.join(items)}</ul>")
    return Markup("".join(blocks))  # noqa: S704 - every piece is escaped in _inline


def _inline(text: str) -> str:
    return _BOLD.sub(r"<strong>\1</strong>", str(escape(text)))


def _state(state: str) -> str:
    return _STATES.get(state, state)


def _register() -> None:
    filters: dict[str, Any] = templates.env.filters
    filters["local"] = local_time
    filters["markdown"] = render
    filters["state"] = _state


_register()
