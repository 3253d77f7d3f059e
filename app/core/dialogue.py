"""What the desk does with one message: a table from (what is heard) to a rule, each giving a new state and effects.

Pure: the same turn for the same inputs. The words come from `Lines`; the number of a case is not known yet here.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.cases import CaseState
from app.core.codes import Finding
from app.core.conversation import MISSES_BEFORE_HANDOFF, Conversation, Phase, remember
from app.core.cues import Cue, Heard
from app.core.library import Library


@dataclass(frozen=True, slots=True)
class Say:
    """Something for the person who wrote."""

    markdown: str


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A human must take it: open a case and page, or join the one that is open. `opening` says why."""

    opening: str
    guesses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AddNote:
    """What was said belongs to the open case that an engineer has; the desk says nothing."""


@dataclass(frozen=True, slots=True)
class SettleCase:
    """The person needs nobody any more: it works, or he takes it back."""

    withdrawn: bool


@dataclass(frozen=True, slots=True)
class TellProgress:
    """The person asks how far the case is."""


Effect = Say | OpenCase | AddNote | SettleCase | TellProgress


@dataclass(frozen=True, slots=True)
class Turn:
    """The new state, what is to be done, and the action's name as others report it (`design.md` 5)."""

    conversation: Conversation
    action: str
    intents: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything a rule may look at."""

    library: Library
    desk: str  # the desk's name in this channel
    conversation: Conversation
    heard: Heard
    case: CaseState | None
    in_group: bool
    finding: Finding | None = None  # what a pasted error says
    text: str = ""  # what was written, masked; `respond` puts it here


def respond(scene: Scene, text: str, now: datetime) -> Turn:
    """The desk's turn. `text` is masked already."""
    conversation = scene.conversation.at(now)
    current = replace(scene, conversation=conversation, text=text)
    rule = _owned if scene.case is CaseState.TAKEN else RULES[scene.heard.cue]
    turn = rule(current)
    words = remember(turn.conversation.words, text)
    return replace(turn, conversation=replace(turn.conversation, words=words, updated_at=now))


def _owned(scene: Scene) -> Turn:
    """An engineer has the case: silence, except for one line on progress; what is said joins the case."""
    if scene.heard.cue is Cue.PROGRESS:
        return Turn(scene.conversation, "answer", (), (TellProgress(),))
    if scene.heard.cue in (Cue.SOLVED, Cue.WITHDRAW):
        return _solved(scene)
    return Turn(scene.conversation, "ignore", (), (AddNote(),))


def _answer(scene: Scene) -> Turn:
    topics = scene.heard.topics
    conversation = scene.conversation
    if conversation.phase is Phase.GUIDED and set(topics) <= set(conversation.topics):
        return _still(scene)
    lines = scene.library.lines
    parts = [scene.library.guide(topic).markdown() for topic in topics]
    if len(parts) > 1:
        parts = [
            f"**{i}. {scene.library.guide(t).title}**\n\n{p}"
            for i, (t, p) in enumerate(zip(topics, parts, strict=True), 1)
        ]
        parts.insert(0, lines.answer_two)
    if scene.finding:
        parts.insert(0, lines.answer_error.format(finding=scene.finding))
    parts.append(lines.answer_closing + _reminder(scene))
    tried = (*conversation.tried, *(scene.library.guide(topic).title for topic in topics))
    after = replace(
        conversation,
        phase=Phase.GUIDED,
        topics=topics,
        choices=(),
        misses=0,
        tried=tuple(dict.fromkeys(tried)),
    )
    return Turn(after, "answer", topics, (Say("\n\n".join(parts)),))


def _unsure(scene: Scene) -> Turn:
    """Ask which of a few it is; the second time in a row, a person."""
    if scene.conversation.misses + 1 >= MISSES_BEFORE_HANDOFF:
        return _hand_off(scene, scene.library.lines.still_unclear)
    choices = scene.heard.choices
    library = scene.library
    listed = "\n".join(f"{i}. {library.choice(topic)}" for i, topic in enumerate(choices, 1))
    question = library.apart(choices[0], choices[1]) if len(choices) > 1 else None
    if question:
        text = library.lines.ask_apart.format(question=question, choices=listed)
    else:
        text = library.lines.ask_between.format(choices=listed)
    return Turn(_asked(scene, choices), "clarify", (), (Say(text + _reminder(scene)),))


def _vague(scene: Scene) -> Turn:
    if scene.conversation.misses + 1 >= MISSES_BEFORE_HANDOFF:
        return _hand_off(scene, scene.library.lines.still_unclear)
    text = scene.library.lines.ask_rephrase + _reminder(scene)
    return Turn(_asked(scene, ()), "clarify", (), (Say(text),))


def _asked(scene: Scene, choices: tuple[str, ...]) -> Conversation:
    conversation = scene.conversation
    return replace(conversation, phase=Phase.ASKED, choices=choices, misses=conversation.misses + 1)


def _picture(scene: Scene) -> Turn:
    after = replace(scene.conversation, phase=Phase.ASKED, choices=())
    return Turn(after, "clarify", (), (Say(scene.library.lines.ask_prompt_text + _reminder(scene)),))


def _human(scene: Scene) -> Turn:
    return _hand_off(scene, scene.library.lines.handoff_asked)


def _other_it(scene: Scene) -> Turn:
    return _hand_off(scene, scene.library.lines.handoff_other_it)


def _still(scene: Scene) -> Turn:
    return _hand_off(scene, scene.library.lines.handoff_still)


def _hand_off(scene: Scene, opening: str) -> Turn:
    decision = scene.heard.decision
    guesses = scene.conversation.topics or (decision.choices if decision else ())
    after = replace(scene.conversation, phase=Phase.FRESH, choices=(), misses=0)
    return Turn(after, "handoff", (), (OpenCase(opening, guesses),))


def _solved(scene: Scene) -> Turn:
    effects: tuple[Effect, ...] = (Say(scene.library.lines.solved),)
    if scene.case is not None:
        effects = (SettleCase(withdrawn=scene.heard.cue is Cue.WITHDRAW),)
    return Turn(Conversation(), "resolved", (), effects)


def _progress(scene: Scene) -> Turn:
    if scene.case is None:
        return _hand_off(scene, scene.library.lines.handoff_asked)
    return Turn(scene.conversation, "answer", (), (TellProgress(),))


def _acknowledged(scene: Scene) -> Turn:
    return Turn(scene.conversation, "smalltalk", (), (Say(scene.library.lines.acknowledged),))


def _detail(scene: Scene) -> Turn:
    """More about what was just said: the steps for the device that is named, and who can help with it."""
    conversation = scene.conversation
    steps = [step for topic in conversation.topics for step in scene.library.guide(topic).steps]
    wanted = [str(step) for step in steps if step.audience and step.audience in scene.text]
    phone = scene.library.company.get("service_desk_phone", "")
    # Who is on duty is filled when it is said, like in the guidance.
    line = scene.library.lines.detail_contact.format(phone=phone, on_duty="{{on_duty}}")
    parts = ["\n".join(f"- {step}" for step in wanted)] if wanted else []
    return Turn(conversation, "next_step", conversation.topics, (Say("\n\n".join([*parts, line])),))


def _next(scene: Scene) -> Turn:
    line = scene.library.lines.nothing_more
    return Turn(scene.conversation, "next_step", scene.conversation.topics, (Say(line),))


def _line(name: str, action: str) -> Callable[[Scene], Turn]:
    """A rule that says one line and changes nothing."""

    def rule(scene: Scene) -> Turn:
        text: str = getattr(scene.library.lines, name).format(desk=scene.desk)
        return Turn(scene.conversation, action, (), (Say(text),))

    return rule


def _smalltalk(scene: Scene) -> Turn:
    name = "greeting" if scene.conversation.phase is Phase.FRESH and not scene.conversation.words else "smalltalk"
    return _line(name, "smalltalk")(scene)


def _reminder(scene: Scene) -> str:
    return scene.library.lines.group_reminder.format(desk=scene.desk) if scene.in_group else ""


RULES: dict[Cue, Callable[[Scene], Turn]] = {
    Cue.EMPTY: _line("empty_mention", "smalltalk"),
    Cue.ARRIVAL: _line("welcome", "smalltalk"),
    Cue.UNREADABLE: _line("unreadable", "clarify"),
    Cue.NOT_IT: _line("not_it", "smalltalk"),
    Cue.PICTURE: _picture,
    Cue.SMALLTALK: _smalltalk,
    Cue.QUESTION: _answer,
    Cue.UNSURE: _unsure,
    Cue.VAGUE: _vague,
    Cue.NONE_OF_THESE: _vague,
    Cue.OTHER_IT: _other_it,
    Cue.HUMAN: _human,
    Cue.SOLVED: _solved,
    Cue.WITHDRAW: _solved,
    Cue.STILL: _still,
    Cue.PROGRESS: _progress,
    Cue.ACKNOWLEDGED: _acknowledged,
    Cue.DETAIL: _detail,
    Cue.NEXT: _next,
}
