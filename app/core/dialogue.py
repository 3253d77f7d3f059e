"""What the desk does with one message: a table from (what is heard) to a rule, each giving a new state and effects.

Pure: the same turn for the same inputs. The words come from `Lines`; the number of a case is not known yet here.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.cases import CaseState
from app.core.codes import Finding
from app.core.context import only_asks
from app.core.conversation import MISSES_BEFORE_HANDOFF, Conversation, Phase, remember, sent_twice, tapped_twice
from app.core.devices import device_in, is_asked_for, works_elsewhere
from app.core.effects import (
    AddNote,
    Effect,
    JoinIncident,
    MakeUrgent,
    OpenCase,
    Say,
    SettleCase,
    TellProgress,
)
from app.core.guidance import Guide
from app.core.heard import Cue, Heard
from app.core.library import Library
from app.core.offers import NOTHING, ONCE, Offer, after_hand_off, after_question, after_steps
from app.core.steps import (
    FAILED,
    GROUP,
    HELPED,
    NextStep,
    asked_about,
    ending,
    needs_admin,
    numbered,
    opening,
    source,
    upcoming,
    with_outcome,
)


@dataclass(frozen=True, slots=True)
class Turn:
    """The new state, what is to be done, and the action's name as others report it (`design.md` 5)."""

    conversation: Conversation
    action: str
    intents: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    offer: Offer = NOTHING


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything a rule may look at."""

    library: Library
    desk: str  # the desk's name in this channel
    conversation: Conversation
    heard: Heard
    case: CaseState | None
    in_group: bool
    fault: str = ""  # what the message reports, where that can be an outage
    outage: bool = False  # so many others report it that it is one
    finding: Finding | None = None  # what a pasted error says
    in_incident: bool = False  # this person has been told of one that is open
    text: str = ""  # what was written, masked; `respond` puts it here
    at_once: bool = False  # nobody can answer back: all steps in one message


# What is ignored when it comes twice; “还是不行” twice is said on purpose.
_SENT_TWICE = (Cue.QUESTION, Cue.UNSURE, Cue.VAGUE, Cue.OTHER_IT)


def respond(scene: Scene, text: str, now: datetime) -> Turn:
    """The desk's turn. `text` is masked already."""
    conversation = scene.conversation.at(now)
    twice = text in ONCE and tapped_twice(conversation, text, now)
    if twice or (scene.heard.cue in _SENT_TWICE and sent_twice(conversation, text, now)):
        return Turn(replace(conversation, updated_at=now), "ignore")
    conversation = replace(conversation, device=device_in(text) or conversation.device)
    current = replace(scene, conversation=conversation, text=text)
    turn = _rule(scene)(current)
    words = remember(turn.conversation.words, text)
    return replace(turn, conversation=replace(turn.conversation, words=words, updated_at=now))


def _rule(scene: Scene) -> Callable[[Scene], Turn]:
    """An engineer's case comes first, then an outage, then what was heard."""
    if scene.case is CaseState.TAKEN:
        return _owned
    return _outage if scene.outage else RULES[scene.heard.cue]


def _outage(scene: Scene) -> Turn:
    """Nothing that this person could try will help."""
    topics = scene.heard.topics or scene.heard.choices or scene.conversation.topics
    after = replace(scene.conversation, phase=Phase.FRESH, topics=topics, choices=(), misses=0)
    return Turn(after, "handoff", (), (JoinIncident(scene.fault, anew=not scene.in_incident),))


def _owned(scene: Scene) -> Turn:
    """An engineer has the case: silence, but for one line on progress, or the next day; what is said joins the case."""
    if scene.heard.cue in (Cue.PROGRESS, Cue.URGENT):
        return Turn(scene.conversation, "handoff", (), (TellProgress(),), after_hand_off(scene.library))
    if scene.heard.cue in (Cue.SOLVED, Cue.WITHDRAW):
        return _solved(scene)
    if not scene.conversation.words:  # back after a long silence: the engineer may have forgotten
        return Turn(scene.conversation, "handoff", (), (AddNote(), TellProgress()), after_hand_off(scene.library))
    return Turn(scene.conversation, "ignore", (), (AddNote(),))


def _answer(scene: Scene) -> Turn:
    """What it is, what to look at first, and the first steps; of two problems the first step of each."""
    topics, conversation, lines = scene.heard.topics, scene.conversation, scene.library.lines
    if conversation.phase is Phase.GUIDED and set(topics) <= set(conversation.topics):
        return _next(scene) if only_asks(scene.text) else _still(scene)
    guides = [scene.library.guide(topic) for topic in topics]
    parts = [lines.answer_error.format(finding=scene.finding)] if scene.finding else []
    if len(guides) > 1:
        parts.append(lines.answer_two)
    steps: list[NextStep] = []
    for number, guide in enumerate(guides, 1):
        left = upcoming([guide], conversation.device, conversation.given)
        mine = left if scene.at_once else left[: GROUP if len(guides) == 1 else 1]
        if not mine:
            return _hand_off(replace(scene, conversation=replace(conversation, topics=topics)), _used_up(scene, guides))
        parts += _beginning(scene, guide, number if len(guides) > 1 else 0)
        parts.append(f"**{lines.steps_title}**\n{numbered(mine)}")
        steps += mine
    after = replace(conversation, phase=Phase.GUIDED, topics=topics, choices=(), misses=0)
    action = "next_step" if all(_is_begun(conversation, guide) for guide in guides) else "answer"
    return _give(scene, after, action, parts, steps)


def _is_begun(conversation: Conversation, guide: Guide) -> bool:
    return any(key.startswith(f"{guide.topic}/") for key in conversation.given)


def _beginning(scene: Scene, guide: Guide, number: int) -> list[str]:
    """How the guidance of one topic begins; shorter when the person comes back to it."""
    title = [f"**{number}. {guide.title}**"] if number else []
    if _is_begun(scene.conversation, guide):
        return [*title, scene.library.lines.answer_again.format(title=guide.title)]
    return [*title, opening(guide)]


def _give(scene: Scene, after: Conversation, action: str, parts: list[str], steps: list[NextStep]) -> Turn:
    """Say these steps after `parts`, remember them, and say how it goes on."""
    lines = scene.library.lines
    given = (*after.given, *(item.key for item in steps))
    tried = tuple(dict.fromkeys((*after.tried, *(item.name for item in steps))))
    guides = [scene.library.guide(topic) for topic in after.topics]
    left = upcoming(guides, after.device, given)
    parts = [*parts, *([] if left else ending(guides)), source(guides)]
    closing = lines.answer_closing if left else lines.last_closing
    if not after.device and is_asked_for({item.step.audience for item in (*steps, *left)}):
        closing = f"{lines.ask_device}\n{closing}"
    said = "\n\n".join([*parts, closing + _reminder(scene)])
    after = replace(after, given=given, tried=tried)
    return Turn(after, action, after.topics, (Say(said),), after_steps(scene.library, after))


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
    return _ask(scene, text, choices)


def _vague(scene: Scene) -> Turn:
    if scene.conversation.misses + 1 >= MISSES_BEFORE_HANDOFF:
        return _hand_off(scene, scene.library.lines.still_unclear)
    return _ask(scene, scene.library.lines.ask_rephrase, ())


def _ask(scene: Scene, text: str, choices: tuple[str, ...]) -> Turn:
    conversation = scene.conversation
    after = replace(conversation, phase=Phase.ASKED, choices=choices, misses=conversation.misses + 1)
    offer = after_question(scene.library, choices)
    return Turn(after, "clarify", (), (Say(text + _reminder(scene)),), offer)


def _picture(scene: Scene) -> Turn:
    """A screenshot that comes later belongs to what is being worked on; alone it says nothing yet."""
    conversation, lines = scene.conversation, scene.library.lines
    if conversation.phase is Phase.GUIDED:
        said = Say(lines.picture_added + _reminder(scene))
        return Turn(conversation, "smalltalk", (), (said,), after_steps(scene.library, conversation))
    if scene.case is not None:
        return Turn(conversation, "smalltalk", (), (Say(lines.picture_for_case),), after_hand_off(scene.library))
    if conversation.choices:
        offer = after_question(scene.library, conversation.choices)
        return Turn(conversation, "clarify", (), (Say(lines.picture_before_choice + _reminder(scene)),), offer)
    after = replace(scene.conversation, phase=Phase.ASKED, choices=())
    return Turn(after, "clarify", (), (Say(scene.library.lines.ask_prompt_text + _reminder(scene)),))


def _human(scene: Scene) -> Turn:
    return _hand_off(scene, scene.library.lines.handoff_asked)


def _other_it(scene: Scene) -> Turn:
    return _hand_off(scene, scene.library.lines.handoff_other_it)


def _still(scene: Scene) -> Turn:
    """It did not help: the next steps; where none are left, or a person is called already, a person."""
    conversation = _with_outcomes(scene)
    scene = replace(scene, conversation=conversation)
    topics = scene.heard.topics or conversation.topics
    if not topics and scene.case is None and conversation.phase is Phase.FRESH:
        return _vague(scene)  # of what, was never said
    guides = [scene.library.guide(topic) for topic in topics]
    left = upcoming(guides, conversation.device, conversation.given)
    if not left and device_in(scene.text) and works_elsewhere(scene.text):
        left = upcoming(guides, conversation.device, ())  # done on the other device, not yet on this one
    if not left:
        return _hand_off(scene, _used_up(scene, guides))
    after = replace(conversation, phase=Phase.GUIDED, topics=topics, misses=0)
    parts = [f"{scene.library.lines.next_steps}\n{numbered(left[:GROUP])}"]
    return _give(scene, after, "next_step", parts, left[:GROUP])


def _with_outcomes(scene: Scene) -> Conversation:
    """What was tried, with what has become known of it: for the engineer who may be called."""
    heard, conversation = scene.heard, scene.conversation
    tried = with_outcome(conversation.tried, [scene.library.guide(topic) for topic in heard.over], HELPED)
    if heard.cue is Cue.STILL:
        guides = [scene.library.guide(topic) for topic in heard.topics or conversation.topics]
        tried = with_outcome(tried, guides, FAILED)
    return replace(conversation, tried=tried)


def _told(scene: Scene) -> Turn:
    """More about the problem: the next steps; where none are left, what they meant, and then a person."""
    conversation = scene.conversation
    guides = [scene.library.guide(topic) for topic in scene.heard.topics]
    patient = scene.case is None and conversation.misses + 1 < MISSES_BEFORE_HANDOFF
    if not guides or not patient or upcoming(guides, conversation.device, conversation.given):
        return _still(scene)
    turn = _detail(scene)
    return replace(turn, conversation=replace(turn.conversation, misses=conversation.misses + 1))


def _used_up(scene: Scene, guides: list[Guide]) -> str:
    lines = scene.library.lines
    return lines.handoff_admin if needs_admin(guides) and scene.case is None else lines.handoff_still


def _hand_off(scene: Scene, opening: str, *, urgent: bool = False) -> Turn:
    decision = scene.heard.decision
    guesses = scene.conversation.topics or (decision.choices if decision else ())
    after = replace(scene.conversation, phase=Phase.FRESH, choices=(), misses=0)
    return Turn(after, "handoff", (), (OpenCase(opening, guesses, urgent),), after_hand_off(scene.library))


def _solved(scene: Scene) -> Turn:
    effects: tuple[Effect, ...] = (Say(scene.library.lines.solved),)
    if scene.case is not None:
        effects = (SettleCase(withdrawn=scene.heard.cue is Cue.WITHDRAW),)
    return Turn(Conversation(), "resolved", (), effects)


def _progress(scene: Scene) -> Turn:
    if scene.case is None:
        return _hand_off(scene, scene.library.lines.handoff_asked)
    return Turn(scene.conversation, "handoff", (), (TellProgress(),), after_hand_off(scene.library))


def _urgent(scene: Scene) -> Turn:
    if scene.case is not None:
        return Turn(scene.conversation, "handoff", (), (MakeUrgent(),))
    return _hand_off(scene, scene.library.lines.handoff_asked, urgent=True)


def _acknowledged(scene: Scene) -> Turn:
    return Turn(scene.conversation, "smalltalk", (), (Say(scene.library.lines.acknowledged),))


def _detail(scene: Scene) -> Turn:
    """More about what was just said: the steps that are meant, and who can help with them."""
    conversation = scene.conversation
    guides = [scene.library.guide(topic) for topic in conversation.topics]
    meant = asked_about(guides, scene.text, conversation.given)
    parts = ["\n".join(f"- {step}" for step in meant)] if meant else []
    said = Say("\n\n".join([*parts, _whom_to_ring(scene)]))
    return Turn(conversation, "next_step", conversation.topics, (said,))


def _contact(scene: Scene) -> Turn:
    return Turn(scene.conversation, "answer", (), (Say(_whom_to_ring(scene)),))


def _whom_to_ring(scene: Scene) -> str:
    phone = scene.library.company.get("service_desk_phone", "")
    # Who is on duty is filled when it is said, like in the guidance.
    return scene.library.lines.detail_contact.format(phone=phone, on_duty="{{on_duty}}")


def _next(scene: Scene) -> Turn:
    """The person asks for more, or names the device: the next steps, or that these were all."""
    conversation = scene.conversation
    guides = [scene.library.guide(topic) for topic in conversation.topics]
    if scene.case is None and upcoming(guides, conversation.device, conversation.given):
        return _still(scene)
    line = scene.library.lines.nothing_more
    return Turn(conversation, "next_step", conversation.topics, (Say(line),))


def _aside(scene: Scene) -> Turn:
    """Said to a colleague: the desk keeps out of it."""
    return Turn(scene.conversation, "ignore")


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
    Cue.TOLD: _told,
    Cue.PROGRESS: _progress,
    Cue.URGENT: _urgent,
    Cue.ACKNOWLEDGED: _acknowledged,
    Cue.CONTACT: _contact,
    Cue.DETAIL: _detail,
    Cue.NEXT: _next,
    Cue.DEVICE: _next,
    Cue.ASIDE: _aside,
}
