"""Lists the topics as others read them."""

from typing import Any

from app.core.content import Content
from app.core.guidance import fill


def list_intents(content: Content) -> list[dict[str, Any]]:
    """The stable form of `zhiban intents --json` (`design.md` 5)."""
    rows = []
    for id in content.topics:
        guide = content.guides[id]
        examples = sum(example.label == id for example in content.examples)
        rows.append(
            {
                "id": id,
                "title": guide.title,
                "text": fill(guide.markdown(), {"on_duty": content.lines.duty_elsewhere}),
                "examples": examples,
                "source": guide.source,
            }
        )
    return rows
