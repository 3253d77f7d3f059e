"""What words refer to: the step that is meant, the telephone, a correction, what a colleague has."""

import pytest

from app.core import context
from app.core.conversation import Conversation, Phase
from app.core.cues import hear
from app.core.devices import works_elsewhere
from app.core.heard import Cue
from app.core.library import Library, judge_text
from app.core.message import InboundMessage, MessageKind
from app.core.steps import asked_about
from tests.people import GROUP, MONDAY_NINE, XIAOLIN

GUIDED = Conversation(Phase.GUIDED, ("login.password",), given=("login.password/0", "login.password/1"))


def cue(library: Library, text: str, before: Conversation, *, waiting: bool = False) -> Cue:
    message = InboundMessage("desk", "1", GROUP, XIAOLIN, MessageKind.TEXT, text, MONDAY_NINE)
    return hear(library, before, message, waiting=waiting).cue


@pytest.mark.parametrize("text", ["他们电话呢", "这要打哪个电话", "分机号多少", "有没有联系方式", "电话给我一个"])
def test_a_question_for_the_telephone(library: Library, text: str) -> None:
    """In a dialog it is about whom to ring, not about another system's telephones."""
    assert context.asks_for_telephone(text)
    assert cue(library, text, GUIDED) is Cue.CONTACT
    assert cue(library, text, Conversation(), waiting=True) is Cue.CONTACT


@pytest.mark.parametrize("text", ["打了电话没人接", "我的电话坏了打不出去，话机上什么都不显示，怎么办呢", "分机坏了"])
def test_a_telephone_in_a_story_is_none(text: str) -> None:
    """Nobody asks for a number there."""
    assert not context.asks_for_telephone(text)


@pytest.mark.parametrize("text", ["怎么改掉它", "哦好的谢谢，怎么改掉它", "那个在哪里点", "这个怎么弄"])
def test_a_pronoun_means_the_step_at_hand(library: Library, text: str) -> None:
    """A word of thanks in front is not all that was said."""
    assert cue(library, text, GUIDED) is Cue.DETAIL


@pytest.mark.parametrize(
    ("text", "points"),
    [("就是这个", True), ("看图", True), ("屏幕是这样", True), ("不是这个", False), ("这个报错是什么意思啊", False)],
)
def test_words_that_only_point_at_a_picture(text: str, points: bool) -> None:
    """What is denied or asked is more than that."""
    assert context.points_at_picture(text) is points


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("垃圾箱他也看了", True),
        ("重启过了", True),
        ("地址核对过了", True),
        ("删了一堆还说不够", False),
        ("改了密码收不到信", False),
        ("看了在哪里点呢", False),
    ],
)
def test_a_report_of_what_was_done(text: str, told: bool) -> None:
    """And no more than that."""
    assert context.reports_a_check(text) is told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("登上了，谢谢", True),
        ("OK了", True),
        ("能收到了", True),
        ("太好了", False),
        ("好了吗", False),
        ("电脑好了手机还不行", False),
        ("能用了？", False),
    ],
)
def test_success_is_what_nothing_takes_back(text: str, told: bool) -> None:
    """A case is closed on these words, so that they must be plain."""
    assert context.reports_success(text) is told


@pytest.mark.parametrize(
    ("text", "what"),
    [("不是邮箱 是D盘", "D盘"), ("不是发不出，而是收不到", "收不到"), ("是不是坏了", ""), ("不是这个意思", "")],
)
def test_what_a_correction_puts_right(text: str, what: str) -> None:
    """The second half counts."""
    assert context.corrected(text) == what


def test_a_colleague_with_the_same_is_recognised_where_the_words_allow_it(library: Library) -> None:
    """“也”, and one of the likely topics is what the other was told."""
    text = "我的邮箱客户端也断了"
    decision = judge_text(library, text)
    assert context.same_as(library, ("login.network",), text, decision)
    assert not context.same_as(library, (), text, decision)
    assert not context.same_as(library, ("quota.expand",), text, decision)


def test_which_step_a_question_means(library: Library) -> None:
    """By the device, by its words, else the last that was given."""
    guide = library.guide("quota.full")
    given = ("quota.full/0",)
    second = guide.steps[1]
    assert asked_about([guide], f"{second.title}在哪里点", given) == [second]
    assert asked_about([guide], "那个在哪", given) == [guide.steps[0]]
    assert asked_about([guide], "那个在哪", ()) == asked_about([], "那个在哪", given) == []


def test_a_device_that_works() -> None:
    """Said of it, not of another."""
    assert works_elsewhere("电脑好了，手机还不行") and not works_elsewhere("手机还不行")
