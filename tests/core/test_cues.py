"""What a message means depends on what came before it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.conversation import Conversation, Phase
from app.core.cues import hear
from app.core.heard import Cue, Heard
from app.core.library import Library
from app.core.message import InboundMessage, MessageKind, PictureRef
from tests.people import GROUP, MONDAY_NINE, XIAOLIN

FRESH = Conversation()
ASKED = Conversation(Phase.ASKED, choices=("quota.full", "quota.expand"))
GUIDED = Conversation(Phase.GUIDED, topics=("quota.full",))


def _hear(
    library: Library,
    text: str,
    before: Conversation = FRESH,
    *,
    kind: MessageKind = MessageKind.TEXT,
    waiting: bool = False,
    pictures: int = 0,
) -> Heard:
    shots = (PictureRef("shot"),) * pictures
    message = InboundMessage("desk", "1", GROUP, XIAOLIN, kind, text, MONDAY_NINE, shots)
    return hear(library, before, message, waiting=waiting)


@pytest.mark.parametrize(
    ("kind", "cue"),
    [
        (MessageKind.ARRIVAL, Cue.ARRIVAL),
        (MessageKind.PICTURE, Cue.PICTURE),
        (MessageKind.UNREADABLE, Cue.UNREADABLE),
    ],
)
def test_the_kind_of_a_message_can_say_it_all(library: Library, kind: MessageKind, cue: Cue) -> None:
    """Whatever text the platform puts beside it."""
    assert _hear(library, "人工", kind=kind).cue is cue


@pytest.mark.parametrize("text", ["", "  ", "\n\t"])
def test_an_empty_mention_is_told_from_a_picture_without_words(library: Library, text: str) -> None:
    """Blanks are no words."""
    assert _hear(library, text).cue is Cue.EMPTY
    assert _hear(library, text, pictures=1).cue is Cue.PICTURE


@pytest.mark.parametrize("before", [FRESH, ASKED, GUIDED])
@pytest.mark.parametrize("ending", ["", "。", "！", "~~", " "])
@pytest.mark.parametrize(
    ("word", "cue"),
    [
        ("人工", Cue.HUMAN),
        ("转人工", Cue.HUMAN),
        ("已解决", Cue.SOLVED),
        ("还是不行", Cue.STILL),
        ("都不是", Cue.NONE_OF_THESE),
        ("进度", Cue.PROGRESS),
        ("撤销", Cue.WITHDRAW),
    ],
)
def test_the_words_that_the_desk_offers_always_work(
    library: Library, before: Conversation, ending: str, word: str, cue: Cue
) -> None:
    """In every state, with any mark behind them."""
    assert _hear(library, word + ending, before).cue is cue


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("1", "quota.full"),
        ("2", "quota.expand"),
        ("一", "quota.full"),
        ("第二个", "quota.expand"),
        ("选1", "quota.full"),
        ("选 2", "quota.expand"),
        ("2。", "quota.expand"),
        ("1 号", "quota.full"),
    ],
)
def test_a_number_picks_from_the_choices(library: Library, text: str, topic: str) -> None:
    """However it is written."""
    assert _hear(library, text, ASKED) == Heard(Cue.QUESTION, (topic,))


@pytest.mark.parametrize(("text", "before"), [("3", ASKED), ("1", FRESH), ("1", GUIDED), ("12", ASKED)])
def test_a_number_picks_nothing_where_nothing_was_offered(library: Library, text: str, before: Conversation) -> None:
    """There is no third choice, or no question was open."""
    assert _hear(library, text, before).cue is not Cue.QUESTION


def test_outcomes_are_heard_after_guidance_only(library: Library) -> None:
    """“好了” answers something that was said before."""
    assert _hear(library, "好了", GUIDED).cue is Cue.SOLVED
    assert _hear(library, "好了", FRESH).cue is not Cue.SOLVED


@pytest.mark.parametrize("text", ["解决了，谢谢", "好了，谢谢", "谢谢，已经好了", "已经能收邮件了，谢谢", "没事了"])
def test_a_waiting_person_can_say_that_it_works_again(library: Library, text: str) -> None:
    """Their conversation is fresh, but a case is open; thanks in the same breath change nothing."""
    assert _hear(library, text, FRESH, waiting=True).cue is Cue.SOLVED


@pytest.mark.parametrize("text", ["谢谢", "多谢", "辛苦了", "谢啦", "太好了谢谢", "好的谢谢", "thanks"])
def test_mere_thanks_close_no_case(library: Library, text: str) -> None:
    """They thank for being helped soon; the engineer must still come."""
    assert _hear(library, text, FRESH, waiting=True).cue not in (Cue.SOLVED, Cue.WITHDRAW)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("输错太多次密码，账号已锁定", "login.locked"),
        ("SSL连接失败", "client.settings"),
        ("附件打不开了", "attachment.open_failed"),
    ],
)
def test_a_new_problem_is_heard_in_the_middle_of_another(library: Library, text: str, topic: str) -> None:
    """It sounds like “还是不行”, but names something else: guidance being open makes nobody deaf."""
    assert _hear(library, text, GUIDED).topics == (topic,)


def test_the_same_problem_in_other_words_is_still_the_same(library: Library) -> None:
    """“还是提示密码错误” after the steps for exactly that: they did not help."""
    before = Conversation(Phase.GUIDED, topics=("login.password",))
    assert _hear(library, "还是提示密码错误", before).cue is Cue.STILL


@pytest.mark.parametrize("text", ["邮箱容量已达上限", "提示：邮箱容量已达上限。", "@小明 邮箱容量已达上限"])
def test_a_prompt_of_the_manual_is_a_question_that_it_answers(library: Library, text: str) -> None:
    """Alone or in a sentence."""
    assert _hear(library, text).topics == ("quota.full",)


def test_what_was_not_sure_comes_with_its_choices_and_the_decision(library: Library) -> None:
    """So that the desk can ask, and the page can guess."""
    heard = _hear(library, "邮件有问题")
    assert heard.cue in (Cue.VAGUE, Cue.UNSURE) and heard.decision is not None


@pytest.mark.parametrize("before", [FRESH, ASKED, GUIDED])
@settings(max_examples=30, deadline=None)
@given(text=st.text(st.characters(), max_size=60), waiting=st.booleans())
def test_anything_is_heard_as_something(library: Library, before: Conversation, text: str, waiting: bool) -> None:
    """No text raises; topics are those of the library."""
    heard = _hear(library, text, replace(before), waiting=waiting)
    assert heard.cue in Cue and set(heard.topics) <= set(library.topics)
    assert (heard.cue is Cue.QUESTION) <= bool(heard.topics)
