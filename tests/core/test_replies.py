"""Replies to what the desk said: facts, one of two problems, a way back, an end that is none."""

import pytest

from app.core.conversation import Conversation, Phase
from app.core.cues import hear, reported
from app.core.heard import Cue, Heard
from app.core.library import Library
from app.core.message import InboundMessage, MessageKind
from app.core.secrets import MASK
from tests.people import GROUP, MONDAY_NINE, XIAOLIN

OPEN_FAILED, DELAY, MISSING = "attachment.open_failed", "receive.mobile_delay", "receive.missing"
TWO = Conversation(Phase.GUIDED, (DELAY, OPEN_FAILED), given=(f"{DELAY}/0", f"{OPEN_FAILED}/0"))
FRESH = Conversation()


def _hear(
    library: Library, text: str, before: Conversation, *, waiting: bool = False, others: tuple[str, ...] = ()
) -> Heard:
    message = InboundMessage("desk", "1", GROUP, XIAOLIN, MessageKind.TEXT, text, MONDAY_NINE)
    return hear(library, before, message, waiting=waiting, others=others)


def _guided(*topics: str) -> Conversation:
    return Conversation(Phase.GUIDED, topics, given=tuple(f"{topic}/0" for topic in topics))


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("login.new_account", "人力那边说上周就登记过了"),
        ("client.compat", "坐我对面的没升级，他那台没毛病"),
        ("login.frozen", "我没辞职呀，只是换了个部门"),
        ("send.failed", "收件人就一个，地址抄的名片"),
    ],
)
def test_facts_about_the_problem_are_no_new_problem_and_no_end(library: Library, topic: str, text: str) -> None:
    """They lead on, whatever else the words could stand for."""
    heard = _hear(library, text, _guided(topic))
    assert heard.cue in (Cue.TOLD, Cue.STILL) and heard.topics == (topic,)


@pytest.mark.parametrize("text", ["跟我用流量有没有关系", "那我先压缩一下可以吗", "这个要弄多长时间啊"])
def test_a_question_under_guidance_is_about_it(library: Library, text: str) -> None:
    """By itself it would be nothing, or another system."""
    assert _hear(library, text, _guided("send.too_large")).cue is Cue.DETAIL


def test_another_system_stays_another_system(library: Library) -> None:
    """Said in the middle of guidance, too."""
    assert _hear(library, "对了打印机又卡纸了，谁来弄一下", _guided(MISSING)).cue is Cue.OTHER_IT


def test_what_the_guidance_named_was_looked_at(library: Library) -> None:
    """The junk folder is a topic of its own, but here it answers a check."""
    assert _hear(library, "垃圾箱翻过了，没有", _guided(MISSING)).topics == (MISSING,)


def test_of_two_problems_the_words_pick_one(library: Library) -> None:
    """The other is not told again."""
    assert _hear(library, "pdf换了软件还是打不开", TWO).topics == (OPEN_FAILED,)
    solved = _hear(library, "附件能打开了，谢谢", TWO)
    assert (solved.cue, solved.topics) == (Cue.TOLD, (DELAY,))
    assert _hear(library, "两个都好了，谢谢", TWO).cue is Cue.SOLVED


def test_a_way_back_to_what_was_worked_on_before(library: Library) -> None:
    """“那手机那个呢” is about the other of the two, though the talk was of the PDF last."""
    before = Conversation(Phase.GUIDED, (OPEN_FAILED,), given=TWO.given)
    heard = _hear(library, "附件能看了，那手机收信那个呢", before)
    assert (heard.cue, heard.topics) == (Cue.QUESTION, (DELAY,))


@pytest.mark.parametrize("text", ["点开看了眼，啥也没填", "密码发到我旧号码上了，那个号早不用了，你们重置吧"])
def test_a_case_is_not_closed_by_a_guess(library: Library, text: str) -> None:
    """Somebody waits for an engineer: only words that tell of an end are one."""
    assert _hear(library, text, FRESH, waiting=True).cue not in (Cue.SOLVED, Cue.WITHDRAW)


@pytest.mark.parametrize("text", ["撤销吧，刚刚自己又能登了", "装了新版，好用了，感谢", "邮件全都进来了，谢谢哈"])
def test_an_end_is_heard(library: Library, text: str) -> None:
    """In whatever words, with thanks or a withdrawal beside it."""
    assert _hear(library, text, FRESH, waiting=True).cue in (Cue.SOLVED, Cue.WITHDRAW)


def test_who_waits_and_adds_something_adds_it_to_the_case(library: Library) -> None:
    """The desk does not ask him what he means."""
    assert _hear(library, "是发给外面公司的，不是同事", FRESH, waiting=True).cue is Cue.TOLD


def test_the_same_as_another_person_but_not_with_a_problem_of_ones_own(library: Library) -> None:
    """“发送失败+1” says what it is by itself."""
    too = _hear(library, "我们这边也是，印度那个客户，一模一样", FRESH, others=("send.sender_not_found",))
    assert too.topics == ("send.sender_not_found",)
    assert _hear(library, "发送失败+1", FRESH, others=("habits.password",)).topics == ("send.failed",)


def test_plus_one_reports_what_the_other_has_reported(library: Library) -> None:
    """Even where the desk could not tell what that is: three such are an outage."""
    text = "+1 急诊也打不开"
    heard = _hear(library, text, FRESH)
    assert reported(library, FRESH, heard, text) != "邮箱连不上"
    assert reported(library, FRESH, heard, text, "邮箱连不上") == "邮箱连不上"
    vague = _hear(library, "邮箱打不开了，一直转圈", FRESH)
    assert reported(library, FRESH, vague, "") == library.faults.of(("login.outage",))


def test_what_was_masked_says_nothing_of_the_problem(library: Library) -> None:
    """The words around it do."""
    heard = _hear(library, f"登不上，提示密码错误，我的密码 {MASK}，帮我看看", FRESH)
    assert heard.topics == ("login.password",)


def test_a_second_problem_behind_a_word_of_thanks(library: Library) -> None:
    """Only what comes after “另外” is the problem."""
    before = _guided("spam.inbound")
    assert _hear(library, "加好了谢谢。另外我手机收信特别慢，电脑早到了", before).topics == (DELAY,)
