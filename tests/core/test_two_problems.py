"""Two problems in one message are both answered; one problem told at length stays one."""

import pytest

from app.core.library import Library, judge_text
from app.core.matching.two_problems import best_cut


@pytest.mark.parametrize(
    ("text", "both"),
    [
        (
            "邮箱密码忘了怎么重置，另外我附件里的exe发不出去提示类型被禁止",
            {"login.password", "attachment.blocked_type"},
        ),
        ("foxmail收信服务器和端口填什么 还有邮箱容量想扩大一点", {"client.settings", "quota.expand"}),
        ("账号输错太多被锁了 客户发来的附件又打不开说文件损坏", {"login.locked", "attachment.open_failed"}),
    ],
)
def test_both_are_answered(library: Library, text: str, both: set[str]) -> None:
    """With a mark or a word between them, or with a blank only."""
    assert set(judge_text(library, text).intents) == both


@pytest.mark.parametrize(
    "text",
    [
        "昨天改了邮箱密码，网页能登，可是手机上一直提示验证失败，还有弹窗要我输密码",
        "上午把大邮件都删了，已删除也清空了，结果还是提示空间不足，别人的信也进不来",
        "文件传上去了，点发送又说邮件太大，换了网页版也试过，另外压缩了一遍还是发送失败说超出大小",
    ],
)
def test_one_story_is_not_taken_for_two(library: Library, text: str) -> None:
    """However many things it touches."""
    assert len(judge_text(library, text).intents) < 2


def test_short_and_endless_texts_are_not_cut(library: Library) -> None:
    """Nobody tells two problems in a dozen characters; whoever writes more than three hundred tells one story."""
    matcher = library.matcher
    for text in ("", "邮箱满了密码也忘了", "邮箱密码忘了。" * 25 + "附件打不开。" * 25):
        assert best_cut(matcher, matcher.rank(text)) is None
