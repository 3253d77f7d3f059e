"""One turn of the desk: what is heard, in which state, gives what is said and done, and the state after it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.cases import CaseState
from app.core.codes import read_error
from app.core.content import Content
from app.core.conversation import FORGET_AFTER, WORDS_KEPT, Conversation, Phase, remember
from app.core.dialogue import RULES, Scene, Turn, respond
from app.core.effects import AddNote, OpenCase, Say, SettleCase, TellProgress
from app.core.heard import Cue, Heard
from app.core.library import Library
from tests.people import MONDAY_NINE as NOW

FRESH = Conversation()
ASKED = Conversation(Phase.ASKED, choices=("quota.full", "quota.expand"), misses=1, words=("满了",))
GUIDED = Conversation(
    Phase.GUIDED,
    ("quota.full",),
    words=("满了",),
    tried=("邮箱满了：先删大邮件", "邮箱满了：清空两个文件夹"),
    given=("quota.full/0", "quota.full/1"),
)
USED_UP = replace(GUIDED, given=tuple(f"quota.full/{step}" for step in range(4)))
WAITING, TAKEN = CaseState.WAITING, CaseState.TAKEN


def _turn(
    library: Library,
    cue: Cue,
    conversation: Conversation = FRESH,
    *,
    topics: tuple[str, ...] = (),
    choices: tuple[str, ...] = (),
    case: CaseState | None = None,
    in_group: bool = True,
) -> Turn:
    scene = Scene(library, "IT小助手", conversation, Heard(cue, topics, choices), case, in_group)
    return respond(scene, "原话", NOW)


def _said(turn: Turn) -> str:
    return "".join(effect.markdown for effect in turn.effects if isinstance(effect, Say))


def test_the_table_has_a_rule_for_every_cue() -> None:
    """Nothing that can be heard is without an answer."""
    assert set(RULES) == set(Cue)


@pytest.mark.parametrize("cue", [cue for cue in Cue if cue is not Cue.ASIDE])
@pytest.mark.parametrize("before", [FRESH, ASKED, GUIDED], ids=lambda state: state.phase.value)
@pytest.mark.parametrize("case", [None, WAITING])
def test_nobody_is_left_without_a_visible_line(
    library: Library, cue: Cue, before: Conversation, case: CaseState | None
) -> None:
    """In every state every cue says something or calls somebody who does."""
    turn = _turn(library, cue, before, topics=("quota.full",), choices=("quota.full", "quota.expand"), case=case)
    assert turn.effects and not any(isinstance(effect, AddNote) for effect in turn.effects)
    assert turn.action in ("answer", "clarify", "handoff", "smalltalk", "resolved", "next_step")


@pytest.mark.parametrize(
    ("cue", "action", "line"),
    [
        (Cue.EMPTY, "smalltalk", "empty_mention"),
        (Cue.ARRIVAL, "smalltalk", "welcome"),
        (Cue.UNREADABLE, "clarify", "unreadable"),
        (Cue.NOT_IT, "smalltalk", "not_it"),
        (Cue.ACKNOWLEDGED, "smalltalk", "acknowledged"),
    ],
)
def test_one_line_that_changes_nothing(library: Library, cue: Cue, action: str, line: str) -> None:
    """The desk says its line and works on as before."""
    turn = _turn(library, cue, GUIDED)
    assert (turn.action, _said(turn)) == (action, getattr(library.lines, line).format(desk="IT小助手"))
    assert (turn.conversation.phase, turn.conversation.topics) == (GUIDED.phase, GUIDED.topics)


def test_a_greeting_is_answered_by_a_greeting_and_later_thanks_by_a_word(library: Library) -> None:
    """Hello at the beginning, you're welcome afterwards."""
    assert _said(_turn(library, Cue.SMALLTALK)).startswith("您好，我是IT小助手")
    assert _said(_turn(library, Cue.SMALLTALK, GUIDED)) == library.lines.smalltalk


def test_a_question_is_answered_with_what_it_is_what_to_look_at_and_the_first_steps(library: Library) -> None:
    """Not the whole chapter; what was given counts as tried, and the last line says how it goes on."""
    turn = _turn(library, Cue.QUESTION, ASKED, topics=("quota.full",))
    guide, said = library.guide("quota.full"), _said(turn)
    assert said.startswith(guide.understanding) and all(check in said for check in guide.checks)
    assert [str(step) in said for step in guide.steps] == [True, True, False, False]
    assert library.lines.answer_closing in said and guide.source in said
    assert (turn.action, turn.intents) == ("answer", ("quota.full",))
    after = turn.conversation
    assert (after.phase, after.topics, after.choices, after.misses) == (Phase.GUIDED, ("quota.full",), (), 0)
    assert (after.tried, after.given) == (GUIDED.tried, GUIDED.given)


def test_two_problems_are_answered_one_after_the_other(library: Library) -> None:
    """Both guides, numbered, under one line."""
    said = _said(_turn(library, Cue.QUESTION, topics=("quota.full", "login.locked")))
    assert said.startswith(library.lines.answer_two)
    assert said.index("**1. 邮箱满了**") < said.index("**2. 输错太多次，账号被锁**")


def test_the_reminder_to_mention_the_desk_stands_in_groups_only(library: Library) -> None:
    """In private every word arrives anyway."""
    reminder = library.lines.group_reminder.format(desk="IT小助手")
    assert reminder in _said(_turn(library, Cue.QUESTION, topics=("quota.full",)))
    assert reminder not in _said(_turn(library, Cue.QUESTION, topics=("quota.full",), in_group=False))


def test_the_same_question_again_means_that_it_did_not_help(library: Library) -> None:
    """The same steps are not read out twice: the next ones are, then somebody comes. Another topic is answered."""
    assert _turn(library, Cue.QUESTION, GUIDED, topics=("quota.full",)).action == "next_step"
    assert _turn(library, Cue.QUESTION, USED_UP, topics=("quota.full",)).action == "handoff"
    assert _turn(library, Cue.QUESTION, GUIDED, topics=("quota.expand",)).action == "answer"
    assert _turn(library, Cue.QUESTION, ASKED, topics=("quota.full",)).action == "answer"


def test_unsure_asks_which_with_the_question_that_tells_them_apart(library: Library) -> None:
    """Numbered choices in the words of the topics."""
    turn = _turn(library, Cue.UNSURE, choices=("login.password", "login.locked", "quota.full"))
    question = library.apart("login.password", "login.locked")
    assert question and question in _said(turn) and f"1. {library.choice('login.password')}" in _said(turn)
    assert (turn.action, turn.conversation.phase, turn.conversation.misses) == ("clarify", Phase.ASKED, 1)
    assert turn.conversation.choices == ("login.password", "login.locked", "quota.full")


def test_unsure_between_topics_without_a_question_of_their_own_asks_plainly(library: Library) -> None:
    """The choices alone."""
    far = next(t for t in library.topics if library.apart("quota.full", t) is None and t != "quota.full")
    said = _said(_turn(library, Cue.UNSURE, choices=("quota.full", far)))
    assert said.startswith("先确认一下") and library.choice(far) in said


@pytest.mark.parametrize("cue", [Cue.VAGUE, Cue.NONE_OF_THESE])
def test_too_vague_asks_for_three_things(library: Library, cue: Cue) -> None:
    """And offers no choices."""
    turn = _turn(library, cue)
    assert (turn.action, turn.conversation.phase, turn.conversation.choices) == ("clarify", Phase.ASKED, ())


@pytest.mark.parametrize("cue", [Cue.UNSURE, Cue.VAGUE, Cue.NONE_OF_THESE])
def test_two_messages_that_could_not_be_placed_open_a_case(library: Library, cue: Cue) -> None:
    """The second miss in a row; afterwards the count starts anew."""
    turn = _turn(library, cue, ASKED, choices=("quota.full",))
    assert turn.effects == (OpenCase(library.lines.still_unclear, ()),)
    assert (turn.action, turn.conversation.misses, turn.conversation.phase) == ("handoff", 0, Phase.FRESH)


@pytest.mark.parametrize("between", [Cue.QUESTION, Cue.HUMAN])
def test_an_answer_in_between_starts_the_count_anew(library: Library, between: Cue) -> None:
    """Two misses in a row, not two in a lifetime."""
    after = replace(_turn(library, between, ASKED, topics=("quota.full",)).conversation, words=())
    assert _turn(library, Cue.VAGUE, after).action == "clarify"


def test_a_picture_asks_for_the_words_on_it(library: Library) -> None:
    """It is no miss: the person did what they could."""
    turn = _turn(library, Cue.PICTURE, replace(ASKED, misses=1, choices=()))
    assert (turn.action, turn.conversation.misses) == ("clarify", 1)
    assert library.lines.ask_prompt_text in _said(turn)


@pytest.mark.parametrize(
    ("before", "case", "line", "buttons"),
    [
        (GUIDED, None, "picture_added", ["已解决", "下一步", "人工"]),
        (GUIDED, WAITING, "picture_added", ["已解决", "下一步", "人工"]),
        (ASKED, None, "picture_before_choice", ["1", "2", "都不是", "人工"]),
        (FRESH, WAITING, "picture_for_case", ["进度", "已解决"]),
    ],
)
def test_a_picture_that_comes_later_goes_to_what_is_being_worked_on(
    library: Library, before: Conversation, case: CaseState | None, line: str, buttons: list[str]
) -> None:
    """One line that fits; the dialog stands where it stood."""
    turn = _turn(library, Cue.PICTURE, before, case=case)
    assert getattr(library.lines, line) in _said(turn)
    assert [button.says for button in turn.offer.buttons] == buttons
    after = turn.conversation
    assert (after.phase, after.topics, after.choices, after.given, after.misses) == (
        before.phase,
        before.topics,
        before.choices,
        before.given,
        before.misses,
    )


def test_still_no_good_without_a_word_before_it_is_asked_about(library: Library) -> None:
    """Of what, was never said."""
    assert _turn(library, Cue.STILL).action == "clarify"
    assert _turn(library, Cue.STILL, case=WAITING).action == "handoff"


def test_while_a_case_waits_there_is_still_something_to_try(library: Library) -> None:
    """Until there is nothing left; then it joins the case."""
    assert _turn(library, Cue.STILL, GUIDED, case=WAITING).action == "next_step"
    assert _turn(library, Cue.STILL, USED_UP, case=WAITING).action == "handoff"


def test_whom_to_ring_is_answered_from_any_state(library: Library) -> None:
    """The service desk and who is on duty."""
    turn = _turn(library, Cue.CONTACT, GUIDED)
    assert turn.action == "answer" and library.company["service_desk_phone"] in _said(turn)


def test_a_step_done_on_one_device_is_not_yet_done_on_the_other(library: Library) -> None:
    """“电脑好了，手机还不行”: with nothing left, the steps come again for the phone."""
    scene = Scene(library, "IT小助手", USED_UP, Heard(Cue.STILL, USED_UP.topics), None, in_group=True)
    assert respond(scene, "电脑好了，手机还不行", NOW).action == "next_step"
    assert respond(scene, "手机还不行", NOW).action == "handoff"


def test_a_question_about_the_topic_when_all_steps_are_given_calls_nobody(library: Library) -> None:
    """It is no complaint."""
    scene = Scene(library, "IT小助手", USED_UP, Heard(Cue.QUESTION, USED_UP.topics), None, in_group=True)
    assert respond(scene, "清空之后多久生效呢", NOW).action == "next_step"
    assert respond(scene, "邮箱空间满了收不到信", NOW).action == "handoff"


@pytest.mark.parametrize(
    ("cue", "line"),
    [
        (Cue.HUMAN, "handoff_asked"),
        (Cue.OTHER_IT, "handoff_other_it"),
        (Cue.STILL, "handoff_admin"),
        (Cue.PROGRESS, "handoff_asked"),
    ],
)
def test_a_person_is_called_and_told_why(library: Library, cue: Cue, line: str) -> None:
    """With what was guessed; what was tried is kept for the page, and that it did not help, where that was said."""
    turn = _turn(library, cue, USED_UP)
    assert turn.effects == (OpenCase(getattr(library.lines, line), ("quota.full",)),)
    failed = tuple(f"✗ {name}" for name in USED_UP.tried)
    tried = failed if cue is Cue.STILL else USED_UP.tried
    assert (turn.action, turn.conversation.tried) == ("handoff", tried)


@pytest.mark.parametrize("case", [WAITING, TAKEN])
@pytest.mark.parametrize(("cue", "withdrawn"), [(Cue.SOLVED, False), (Cue.WITHDRAW, True)])
def test_solved_settles_the_case_whoever_has_it(library: Library, case: CaseState, cue: Cue, withdrawn: bool) -> None:
    """The person needs nobody any more."""
    turn = _turn(library, cue, GUIDED, case=case)
    assert (turn.action, turn.effects) == ("resolved", (SettleCase(withdrawn),))


@pytest.mark.parametrize("cue", [Cue.SOLVED, Cue.WITHDRAW])
def test_solved_without_a_case_gets_a_friendly_line_and_forgets_the_problem(library: Library, cue: Cue) -> None:
    """The next question starts fresh."""
    turn = _turn(library, cue, GUIDED)
    after = turn.conversation
    assert (turn.action, _said(turn)) == ("resolved", library.lines.solved)
    assert (after.phase, after.topics, after.tried) == (Phase.FRESH, (), ())


def test_progress_of_a_waiting_case_is_told(library: Library) -> None:
    """Without opening a second one."""
    assert _turn(library, Cue.PROGRESS, case=WAITING).effects == (TellProgress(),)


@pytest.mark.parametrize("cue", [cue for cue in Cue if cue not in (Cue.PROGRESS, Cue.URGENT, Cue.SOLVED, Cue.WITHDRAW)])
def test_while_an_engineer_has_it_the_desk_is_silent(library: Library, cue: Cue) -> None:
    """What is said joins the case, quietly; the state stays."""
    turn = _turn(library, cue, GUIDED, topics=("login.locked",), choices=("login.locked",), case=TAKEN)
    assert (turn.action, turn.intents, turn.effects) == ("ignore", (), (AddNote(),))
    assert turn.conversation.topics == GUIDED.topics


def test_while_an_engineer_has_it_progress_gets_one_line(library: Library) -> None:
    """The person must be able to ask."""
    assert _turn(library, Cue.PROGRESS, GUIDED, case=TAKEN).effects == (TellProgress(),)


def test_more_about_a_step_shows_those_of_the_device_and_who_helps(library: Library) -> None:
    """Nothing is repeated that was not asked for, and the state stays."""
    scene = Scene(library, "IT小助手", GUIDED, Heard(Cue.DETAIL), None, True, text="网页上在哪里弄")
    turn = respond(scene, "网页上在哪里弄", NOW)
    steps = [str(step) for step in library.guide("quota.full").steps]
    assert turn.action == "next_step" and turn.conversation.phase is Phase.GUIDED
    assert [step in _said(turn) for step in steps] == ["【网页】" in step for step in steps]


def test_an_error_code_is_explained_before_the_steps(library: Library) -> None:
    """What it means, in one line."""
    finding = read_error(library.codes, "退信 552 5.2.2")
    scene = Scene(library, "IT小助手", FRESH, Heard(Cue.QUESTION, ("quota.full",)), None, True, finding=finding)
    said = _said(respond(scene, "退信 552 5.2.2", NOW))
    assert finding is not None and said.index(finding.means) < said.index("先这样试")


@pytest.mark.parametrize(("silence", "action"), [(FORGET_AFTER, "next_step"), (FORGET_AFTER * 1.001, "answer")])
def test_after_a_night_and_a_morning_of_silence_a_conversation_starts_fresh(
    library: Library, silence: timedelta, action: str
) -> None:
    """Until then the same question means that it did not help; afterwards it is a new one."""
    old = replace(GUIDED, updated_at=NOW - silence)
    turn = _turn(library, Cue.QUESTION, old, topics=("quota.full",))
    assert turn.action == action
    assert ("满了" in turn.conversation.words) is (action == "next_step")


def test_every_turn_remembers_the_words_and_the_moment(library: Library) -> None:
    """For the page, should there be one."""
    after = _turn(library, Cue.VAGUE).conversation
    assert (after.words, after.updated_at) == (("原话",), NOW)


@given(st.lists(st.text(max_size=5), max_size=20))
def test_only_the_last_few_words_are_kept_and_blanks_are_none(said: list[str]) -> None:
    """A long story is not stored whole."""
    words: tuple[str, ...] = ()
    for text in said:
        words = remember(words, text)
    assert words == tuple(text for text in said if text.strip())[-WORDS_KEPT:]


def test_every_topic_can_be_answered(library: Library, content: Content) -> None:
    """No guide is missing and no template trips over it."""
    for topic in content.topics:
        assert content.guides[topic].understanding in _said(_turn(library, Cue.QUESTION, topics=(topic,)))
