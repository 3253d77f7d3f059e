"""`zhiban lessons`: what engineers would have the desk learn, accepted into the phrases by a person's nod."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from app.clock import SystemClock
from app.core.guidance import Guide
from app.documents import Fault, Invalid
from app.settings import Settings
from app.store import audit, lessons
from app.store.library import read_content
from app.store.opening import open_database

FILE = "phrases/taught.yaml"
WRITER = "工程师在单里教的"


def list_lessons(settings: Settings, intents: Path, knowledge: Path) -> str:
    """What waits for a decision, one a line."""
    guides = read_content(intents, knowledge).guides
    database = open_database(settings.database_url)
    try:
        with database.reading() as session:
            rows = [f"{row.id:>5}  {_title(guides, row.topic)}：{row.phrase}" for row in lessons.proposed(session)]
    finally:
        database.close()
    return "\n".join(rows) or "没有等您点头的说法。"


def decide(settings: Settings, intents: Path, knowledge: Path, number: int, *, accept: bool) -> str:
    """Write the phrase into `intents/phrases/taught.yaml`, or refuse it. Raises Invalid; nothing has changed then."""
    database = open_database(settings.database_url)
    state = lessons.ACCEPTED if accept else lessons.REFUSED
    try:
        with database.transaction() as session:
            row = lessons.decide(session, number, state)
            if row is None:
                raise Invalid([Fault("lessons", 1, f"没有等着点头的说法 {number}")])
            now = SystemClock().now()
            audit.write(session, at=now, actor="admin", action=state, subject=f"lesson:{number}", after=row.topic)
            if accept:
                _write(intents, knowledge, row.topic, row.phrase)
    finally:
        database.close()
    return f"写进 {intents / FILE} 了。运行 `zhiban check`，再发 SIGHUP 生效。" if accept else "好，不学这一句。"


def _write(intents: Path, knowledge: Path, topic: str, phrase: str) -> None:
    """The whole file anew, checked with all the others before it takes the old one's place."""
    path = intents / FILE
    before = path.read_text(encoding="utf-8") if path.exists() else None
    phrases: dict[str, list[str]] = (yaml.safe_load(before) or {}).get("phrases", {}) if before else {}
    if phrase not in phrases.setdefault(topic, []):
        phrases[topic].append(phrase)
    text = yaml.safe_dump({"writer": WRITER, "phrases": phrases}, allow_unicode=True, sort_keys=False, width=1_000)
    _replace(path, text)
    try:
        read_content(intents, knowledge)
    except Invalid:
        if before is None:
            path.unlink()
        else:
            _replace(path, before)
        raise


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _title(guides: Mapping[str, Guide], topic: str) -> str:
    return guides[topic].title if topic in guides else topic
