"""A small run by hand in which every promise was kept: two kills, one case; tests doctor it."""

from dataclasses import replace

from tests.kill.evidence import CUSTOM, ON_CALL, PASSIVE, PUSH, RESPONSE_URL, SESSION, Evidence, Kill, Line, Message

KILLS = (Kill(100.0, "slow"), Kill(200.0, "any"))
ROOM = "钉钉支持群1"
W, D = "wecom", "dingtalk"


def _message(id: str, platform: str, person: str, text: str, wants: str, at: float, room: str = ROOM) -> Message:
    return Message(id, platform, person, room, text, wants, at, at + 0.1, 1)


MESSAGES = (
    _message("m1", W, "w1", "有点问题", "我还没听准", 10.0, "企微支持群1"),
    _message("m2", D, "d1", "邮箱满了", "空间用完", 99.8),
    _message("m3", D, "d2", "人工", r"单号 \d+", 110.0),
    _message("m4", D, "li01", "接单 7", "单 7 归您了", 120.0, ON_CALL),
    _message("m5", D, "li01", "解决 7 清理了邮箱", "单 7 已关闭", 130.0, ON_CALL),
    _message("m6", D, "d1", "已解决", "解决了就好", 140.0),
)
CLARIFY = Line(10.1, W, PASSIVE, "企微支持群1", ("w1",), "我还没听准。", "m1")
ANSWER = Line(99.9, D, SESSION, ROOM, ("d1",), "您的邮箱空间用完了")
OPENED = Line(110.2, D, SESSION, ROOM, ("d2",), "已经呼叫值班的李工，单号 7。")
PAGE = Line(110.3, D, CUSTOM, ON_CALL, ("li01",), "【单 7】钉钉员工")
YOURS = Line(120.2, D, SESSION, ON_CALL, ("li01",), "单 7 归您了。弄好后发“解决 7 原因”。")
TAKEN = Line(120.3, D, SESSION, ROOM, ("d2",), "李工 接了单 7，这就来联系您。")
CLOSED = Line(130.2, D, SESSION, ON_CALL, ("li01",), "单 7 已关闭。")
DONE = Line(130.3, D, SESSION, ROOM, ("d2",), "单 7 已经处理好：清理了邮箱。")
SOLVED = Line(140.2, D, SESSION, ROOM, ("d1",), "好，解决了就好。")
LINES = (CLARIFY, ANSWER, OPENED, PAGE, YOURS, TAKEN, CLOSED, DONE, SOLVED)
GOOD = Evidence(MESSAGES, LINES, KILLS, {})

# The same case on WeCom's push: the first page was interrupted, the second rang at once.
PUSHED = replace(PAGE, platform=W, way=PUSH, persons=("zhanggong",))
SECOND = replace(PUSHED, at=112.0, persons=("wangzg",), text="第 2 次呼叫，前面还没人接。\n【单 7】钉钉员工")
CALLED_ON = Line(112.1, D, SESSION, ROOM, ("d2",), "单 7 还没人接，已经改呼 王主管。")
LATE = Line(103.0, W, RESPONSE_URL, "企微支持群1", ("w1",), "我还没听准。", "m1")


def without(*lines: Line) -> Evidence:
    return replace(GOOD, lines=[line for line in LINES if line not in lines])


def with_lines(*lines: Line) -> Evidence:
    return replace(GOOD, lines=sorted([*LINES, *lines], key=lambda line: line.at))


def instead(old: Line, *new: Line) -> Evidence:
    return replace(GOOD, lines=sorted([*(line for line in LINES if line != old), *new], key=lambda line: line.at))
