"""What people write calls nobody and links nowhere: the little platforms tell who was notified and what is shown."""

import re

import httpx
import pytest

from app.channels.text import inert
from app.store.tables import CaseRow
from tests.hostile.house import Company
from tests.platforms.dingtalk.record import Shown as DingShown
from tests.platforms.wecom.shown import Channel, Shown
from tests.stories.dingtalk_scene import DingTalkScene
from tests.stories.house import serving
from tests.stories.wecom_scene import WeComScene

MARK = "evil"
TRICKS = [
    "<@all> 大家看 evil",
    "<@zhanggong> <@ligong> <@linxy> @zhanggong @all @所有人 evil",
    "@13800000002 @138 0000 0002 evil",
    "<\u200b@all\u200b> <@\u2060all> ＜@all＞ <＠all> ﹤@all﹥ evil",
    "\u202e>lla@< evil",
    "[点我](https://evil.example/x) ![图](https://evil.example/a.png)",
    "[点我]\n(https://evil.example) [1]: https://evil.example",
    "https://evil.example http://evil.example:8080/a?b=c www.evil.example evil.example/login",
    "HTTPS://EVIL.EXAMPLE evil.example 中文evil.公司 xn--evil.com",
    "dingtalk://dingtalkclient/page/link?url=evil.example dtmd://x/sendMessage?content=evil mailto:a@evil.example",
    '<font color="warning">evil</font> <a href="https://evil.example">x</a> <script>evil</script>',
    "# evil\n## 标题\n> 引用\n- 项\n```\ncode\n```\n**粗** *斜* `码` ***\n---\n【单 9】接单请发：@IT小助手 接单 9",
    "&lt;@all&gt; &#60;@all&#62; \\<@all\\> %3C@all%3E evil",
    "{number} {desk} {{on_duty}} {0.__class__} %s evil",
]
LINKED = re.compile(r"[a-z]{2,12}://|www\.\w|evil\.\w|\]\(|mailto:\w+@", re.I)


def harmless(text: str) -> None:
    """Nothing in it that a client makes a call or a link of; the words themselves are there."""
    assert "<@" not in text and "@all" not in text and "@所有人" not in text, text
    assert not LINKED.search(text), text
    assert "<font" not in text and "```" not in text and "<a " not in text, text


def dangerous(text: str) -> bool:
    """Whether it would do something if it were shown as it is."""
    try:
        harmless(text)
    except AssertionError:
        return True
    return False


@pytest.mark.parametrize("trick", TRICKS, ids=range(len(TRICKS)))
def test_a_trick_is_one_harmless_line(trick: str) -> None:
    line = inert(trick)
    harmless(line)
    assert MARK in line.lower() and "\n" not in line


def test_the_tricks_are_tricks() -> None:
    assert sum(map(dangerous, TRICKS)) >= len(TRICKS) - 3


def wecom_by_machine(scene: WeComScene) -> list[Shown]:
    shown = [*scene.support.seen(), *scene.oncall.seen()]
    return [one for one in shown if one.channel is not Channel.USER]


def test_wecom_nobody_is_called_but_whom_the_desk_names(wecom: WeComScene) -> None:
    """In the page, in the list of open cases, in the reason that goes to staff, in what an engineer is told."""
    for number, trick in enumerate(TRICKS, 1):
        wecom.asks(trick)
        wecom.asks("人工")
        wecom.orders("未结单")
        wecom.orders(f"接单 {number}")
        wecom.orders(f"解决 {number} {trick}")
        wecom.house.settle()
        wecom.house.advance(minutes=2)
    wecom.house.settle()
    pushed = [one for one in wecom_by_machine(wecom) if one.channel is Channel.PUSH]
    assert {one.mentioned for one in pushed} == {("zhanggong",), ("linxy",)}
    assert all(one.unresolved == () for one in pushed)
    theirs = [one for one in wecom_by_machine(wecom) if MARK in one.text.lower()]
    assert len([one for one in theirs if one.channel is Channel.PUSH]) >= 2 * len(TRICKS)
    for one in theirs:
        harmless(one.text)
    assert {note.user for note in wecom.wecom.recorder.notifications} == {"zhanggong", "linxy"}


def test_dingtalk_nobody_is_called_but_whom_the_desk_names(dingtalk: DingTalkScene) -> None:
    for number, trick in enumerate(TRICKS, 1):
        dingtalk.asks(trick)
        dingtalk.asks("人工")
        dingtalk.orders("未结单")
        dingtalk.orders(f"接单 {number}")
        dingtalk.orders(f"解决 {number} {trick}")
        dingtalk.house.settle()
        dingtalk.house.advance(minutes=2)
    dingtalk.house.settle()
    by_machine = [one for one in dingtalk.ding.shown() if one.from_robot]
    assert {user.nick for one in by_machine for user in one.notified} == {"张工", "林小雨"}
    assert all(set(one.at) <= {"zhang01", "lin88"} for one in by_machine), {one.at for one in by_machine}
    theirs = [one for one in by_machine if MARK in one.text.lower()]
    assert len(theirs) >= 2 * len(TRICKS)
    for one in theirs:
        harmless(_without_head(one))


def _without_head(shown: DingShown) -> str:
    """Without the ids in front that the desk itself names."""
    return shown.text.split("\n\n", 1)[1] if shown.text.startswith("@") else shown.text


NICK = "[小林](https://evil.example)<@all>@all"
TITLE = "![群](https://evil.example/a.png) @all"


def test_names_that_people_give_themselves_and_their_groups_are_harmless_too(dingtalk: DingTalkScene) -> None:
    """Also where the reply cannot mention and puts the name in front instead."""
    eve = dingtalk.ding.user(NICK, "eve01")
    group = dingtalk.ding.group(TITLE, eve, dingtalk.zhang, dingtalk.robot)
    eve.says(group, "人工", at=dingtalk.robot)
    dingtalk.expect_pages(1)
    dingtalk.house.advance(minutes=120)  # the sessionWebhook has ended: what is said now goes by the OpenAPI
    dingtalk.orders("接单 1")
    dingtalk.orders("解决 1 好了")
    dingtalk.house.settle()
    said = [one for one in dingtalk.ding.shown() if one.from_robot and (one.group is group or MARK in one.text)]
    assert any(MARK in one.text for one in said)
    for one in said:
        harmless(_without_head(one))
        assert {user.nick for user in one.notified} <= {NICK, "张工", "李工", "王主管"}


def test_on_a_page_of_the_console_it_is_text(wecom: WeComScene) -> None:
    for trick in TRICKS[:6]:
        wecom.asks(trick)
    wecom.asks("人工")
    assert len(wecom.house.rows(CaseRow)) == 1
    with serving(wecom.house.house.internal) as url, httpx.Client(base_url=url, trust_env=False) as client:
        for path in ("/cases", "/cases/1"):
            page = client.get(path).text
            assert "<script>evil" not in page and "<font" not in page and 'href="https://evil' not in page
            assert re.search(r"<a[^>]*evil", page) is None and re.search(r"<img[^>]*evil", page) is None


@pytest.mark.parametrize("id", ["@all", "@ALL", "@所有人"])
def test_nobody_is_called_everybody(standing_company: Company, id: str) -> None:
    """A message in everybody's name, correctly signed: it would make the answer a call to the whole group."""
    body = {"msgid": f"m{id}", "aibotid": "AIBOT", "chattype": "group", "chatid": "c", "from": {"userid": id}}
    before = standing_company.house.counts()
    assert standing_company.from_wecom(body | {"msgtype": "text", "text": {"content": "人工"}}).status_code == 200
    ding = {
        "msgId": f"m{id}",
        "conversationId": "c",
        "senderStaffId": id,
        "msgtype": "text",
        "text": {"content": "人工"},
    }
    assert standing_company.from_dingtalk(ding).status_code == 200
    assert standing_company.house.counts() == before
