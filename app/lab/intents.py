"""Lists the topics as others read them."""

from typing import Any

from app.core.content import Content


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
                "text": guide.markdown(),
                "examples": examples,
                "source": guide.source,
            }
        )
    return rows
