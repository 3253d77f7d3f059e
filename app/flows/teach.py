"""What an engineer would have the desk learn from a case: 教它 12 主题. Kept until whoever keeps the phrases nods."""

from rapidfuzz import fuzz, process
from sqlmodel import Session

from app.channels.text import inert
from app.core.cases import CaseState
from app.core.commands import Command
from app.core.message import InboundMessage
from app.core.roster import Engineer
from app.flows.desk import Desk
from app.flows.said import Said, said
from app.flows.which import named
from app.store import audit, cases
from app.store.tables import CaseRow, LessonRow

LONGEST = 120  # characters of a phrase that is worth learning
SURE = 90  # of 100
NEAR = 60  # of 100: a title that may have been meant
SHOWN = 3


def offer(desk: Desk, case: CaseRow) -> str:
    """What to say when a case is closed, where there are words to learn from."""
    if not _phrase(case):
        return ""
    guides = desk.library.guides
    titles = [guides[topic].title for topic in case.guesses if topic in guides] or ["忘记密码"]
    return desk.library.lines.command_teach_offer.format(number=case.id, words=titles[0])


def teach(session: Session, desk: Desk, engineer: Engineer, command: Command, message: InboundMessage) -> Said:
    """The case's first words stand for the topic that is named; without one, for what the desk had guessed first."""
    lines = desk.library.lines
    case, refusal = named(session, desk, engineer, command, CaseState.TAKEN)
    if case is None:
        return said(refusal)
    topic, near = _topic(desk, command.rest or next(iter(case.guesses), ""))
    phrase = _phrase(case)
    if not topic or not phrase:
        return said(lines.command_teach_what.format(words="、".join(near)))
    row = LessonRow(case_id=cases.number_of(case), phrase=phrase, topic=topic, by=engineer.id, at=message.received_at)
    session.add(row)
    session.flush()
    subject, at = f"lesson:{row.id}", message.received_at
    audit.write(session, at=at, actor=engineer.id, action="teach", subject=subject, after=topic)
    title = desk.library.guides[topic].title
    return said(lines.command_taught.format(words=inert(phrase), topic=title))


def _phrase(case: CaseRow) -> str:
    """The first words that say something."""
    long_enough = (words.strip() for words in case.words if len(words.strip()) > len("转人工"))
    return next(long_enough, "")[:LONGEST]


def _topic(desk: Desk, text: str) -> tuple[str, list[str]]:
    """The topic whose id or title `text` is, or surely means; else the titles that come near."""
    titles = {id: guide.title for id, guide in desk.library.guides.items()}
    if exact := next((id for id in titles if text in (id, inert(id))), ""):
        return exact, []
    found = process.extract(text, titles, scorer=fuzz.WRatio, limit=SHOWN)
    sure = [id for title, score, id in found if title == text or score >= SURE]
    if len(sure) == 1:
        return sure[0], []
    return "", [title for title, score, _ in found if score >= NEAR] or [title for title, _, _ in found]
