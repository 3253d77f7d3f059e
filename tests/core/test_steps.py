"""One small group of steps at a time, for the device that is known, none of them twice."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.conversation import Conversation, Phase
from app.core.cues import hear
from app.core.devices import device_in
from app.core.dialogue import Scene, Turn, respond
from app.core.effects import OpenCase, Say
from app.core.heard import Cue
from app.core.library import Library
from app.core.message import InboundMessage, MessageKind
from app.core.steps import GROUP
from tests.people import GROUP as ROOM
from tests.people import MONDAY_NINE as NOW
from tests.people import XIAOLIN


class Talk:
    """One person and the desk, message by message."""

    def __init__(self, library: Library) -> None:
        self.library, self.now, self.conversation = library, NOW, Conversation()

    def says(self, text: str, *, after: timedelta = timedelta(minutes=3)) -> Turn:
        self.now += after
        message = InboundMessage("desk", text, ROOM, XIAOLIN, MessageKind.TEXT, text, self.now)
        heard = hear(self.library, self.conversation.at(self.now), message, waiting=False)
        turn = respond(Scene(self.library, "IT小助手", self.conversation, heard, None, True), text, self.now)
        self.conversation = turn.conversation
        return turn


@pytest.fixture
def talk(library: Library) -> Talk:
    """Nothing said yet."""
    return Talk(library)


def _said(turn: Turn) -> str:
    return "".join(effect.markdown for effect in turn.effects if isinstance(effect, Say))


def test_it_goes_on_step_by_step_until_somebody_comes(talk: Talk, library: Library) -> None:
    """手机收信慢: two steps, the next two, then a person, who reads what was tried."""
    steps = [str(step) for step in library.guide("receive.mobile_delay").steps]
    first = _said(talk.says("手机收邮件特别慢，要等半小时"))
    second = talk.says("还是不行")
    assert [step in first for step in steps] == [True, True, False, False]
    assert [step in _said(second) for step in steps] == [False, False, True, True]
    assert second.action == "next_step" and library.lines.last_closing in _said(second)
    third = talk.says("还是不行")
    assert third.action == "handoff" and isinstance(third.effects[0], OpenCase)
    assert len(third.conversation.tried) == 4


def test_what_the_company_added_comes_with_the_last_steps(talk: Talk, library: Library) -> None:
    """First what the manual says."""
    added = library.guide("receive.mobile_delay").additions[0]
    assert added not in _said(talk.says("手机收邮件特别慢，要等半小时"))
    assert added in _said(talk.says("下一步"))


def test_asking_for_more_at_the_end_gets_no_step_twice(talk: Talk, library: Library) -> None:
    """“下一步” after the last says that these were all, and how to get a person."""
    talk.says("手机收邮件特别慢，要等半小时")
    talk.says("下一步")
    assert _said(talk.says("然后呢")).startswith(library.lines.nothing_more)


def test_another_problem_and_back_goes_on_where_it_was(talk: Talk, library: Library) -> None:
    """Nothing is repeated; the desk says that it comes back to it."""
    talk.says("手机收邮件特别慢，要等半小时")
    talk.says("对了，附件 PDF 打不开")
    back = talk.says("手机收邮件还是特别慢，要等半小时")
    title = library.guide("receive.mobile_delay").title
    steps = [str(step) in _said(back) for step in library.guide("receive.mobile_delay").steps]
    assert steps == [False, False, True, True]
    assert back.action == "next_step" or library.lines.answer_again.format(title=title) in _said(back)


@pytest.mark.parametrize(
    ("device", "theirs", "others"),
    [("手机上", "换一个网络", "打开内部系统试试"), ("电脑上", "打开内部系统试试", "换一个网络")],
)
def test_steps_are_those_of_the_device(talk: Talk, device: str, theirs: str, others: str) -> None:
    """Somebody on the phone is not sent to a computer."""
    said = _said(talk.says(f"{device}邮箱连接失败，连不上服务器"))
    assert theirs in said and others not in said


def test_the_device_is_asked_for_where_it_matters(talk: Talk, library: Library) -> None:
    """And once it is told, only its steps come."""
    assert library.lines.ask_device in _said(talk.says("邮箱提示连接失败，连不上服务器"))
    told = talk.says("我用的是手机")
    assert told.action == "next_step" and library.lines.ask_device not in _said(told)
    assert talk.conversation.device == "手机"


def test_then_on_the_computer(talk: Talk) -> None:
    """“那电脑上呢” gives what is for the computer, not what was given for the phone."""
    talk.says("手机上邮箱连接失败，连不上服务器")
    turn = talk.says("那电脑上呢")
    assert turn.action == "next_step" and "打开内部系统试试" in _said(turn)


def test_of_two_problems_one_is_solved(talk: Talk) -> None:
    """The other goes on alone."""
    first = talk.says("两件事：一是邮箱密码忘了，二是附件 PDF 打不开")
    assert first.action == "answer" and len(first.intents) == 2
    turn = talk.says("第一个可以了，第二个呢")
    assert turn.intents == (first.intents[1],) and turn.action == "next_step"


def test_the_same_message_twice_is_answered_once(talk: Talk) -> None:
    """Sent again by the platform or by an impatient thumb; a minute later it means that it did not help."""
    talk.says("手机收邮件特别慢，要等半小时")
    assert talk.says("手机收邮件特别慢，要等半小时", after=timedelta(seconds=5)).action == "ignore"
    assert talk.says("手机收邮件特别慢，要等半小时", after=timedelta(minutes=5)).action == "next_step"


def test_the_next_morning_it_goes_on(talk: Talk) -> None:
    """Asked at six in the evening, tried at home."""
    talk.says("手机收邮件特别慢，要等半小时")
    assert talk.says("还是不行", after=timedelta(hours=15)).action == "next_step"


@pytest.mark.parametrize("text", ["@小张 你先用我的电脑", "@王姐 您那份发我一下"])
def test_what_is_said_to_a_colleague_is_left_alone(talk: Talk, text: str) -> None:
    """It reached the desk because somebody mentioned both."""
    assert (talk.says(text).action, talk.says("您好").action) == ("ignore", "smalltalk")


@pytest.mark.parametrize(
    ("text", "device"),
    [
        ("手机收不到", "手机"),
        ("iPhone 邮件 app 连不上", "手机"),
        ("电脑上的 Outlook 报错", "Outlook"),
        ("foxmail 和 outlook 都不行", ""),
        ("网页能登，foxmail 老要密码", "Foxmail"),
        ("手机收邮件老慢了，电脑秒到", "手机"),
        ("电脑好了，手机还不行", "手机"),
        ("邮箱满了", ""),
    ],
)
def test_the_device_on_which_it_does_not_work(text: str, device: str) -> None:
    """What works is named as often as what does not."""
    assert device_in(text) == device


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_step_is_ever_given_twice_and_everyone_gets_to_a_person(library: Library, data: st.DataObject) -> None:
    """Whatever the topic and whatever is said on the way: at most a few groups, then a hand-off."""
    talk = Talk(library)
    topic = data.draw(st.sampled_from(sorted(library.guides)))
    talk.conversation = Conversation(Phase.FRESH, device=data.draw(st.sampled_from(["", "手机", "电脑", "Outlook"])))
    heard = hear(
        library, talk.conversation, InboundMessage("d", "1", ROOM, XIAOLIN, MessageKind.TEXT, "x", NOW), waiting=False
    )
    heard = type(heard)(Cue.QUESTION, (topic,))
    turn = respond(Scene(library, "IT小助手", talk.conversation, heard, None, True), "x", NOW)
    talk.conversation, seen = turn.conversation, list(turn.conversation.given)
    for round_ in range(10):
        turn = talk.says(data.draw(st.sampled_from(["还是不行", "下一步", "不行", f"试了没用 {round_}"])))
        new = turn.conversation.given[len(seen) :]
        assert not set(new) & set(seen) and len(new) <= GROUP
        seen += new
        if turn.action == "handoff":
            return
    assert talk.says("还是不行").action == "handoff"
