"""What could not be said for good is told to whoever is on duty: once a person, once a cause, never a storm."""

from dataclasses import replace

import pytest

from app.channels.base import SendFailed
from app.core.delivery import Failure
from app.core.message import MessageKind, OutboundMessage, Person, Room, RoomKind
from app.flows.deliver import deliver
from app.flows.receive import receive
from tests.flows.stage import CHANNEL, Stage
from tests.people import GROUP, LI, PRIVATE, XIAOLIN, ZHANG, ZHAO

FULL = "邮箱容量已达上限，收不到邮件"
UNCLEAR = "出问题了"  # of no topic, so that many who say it are no incident
REMOVED = ("400106", "机器人不在群里：请管理员重新添加")
OTHER_ROOM = Room("finance", RoomKind.GROUP, "财务群")


def refuses(stage: Stage, code: str = REMOVED[0], reason: str = REMOVED[1], *, room: Room | None = None) -> None:
    """From now on the platform takes nothing in this room (or anywhere), for good."""

    def refuse(message: OutboundMessage) -> None:
        if room is None or (message.room and message.room.id == room.id):
            raise SendFailed(Failure.PERMANENT, code, reason)

    stage.group.before_sending = refuse


def test_a_lost_answer_opens_a_case_that_says_why_and_what_to_do(stage: Stage) -> None:
    """The engineer on duty reads code, remedy, who asks, and what; the usual words take the case."""
    refuses(stage)
    stage.hears(XIAOLIN, FULL)
    stage.works()
    (case,), (page,) = stage.cases(), stage.pager.sent
    assert case.reason == "答复发不出去：400106 机器人不在群里：请管理员重新添加"
    assert page.markdown.startswith(case.reason + "\n")
    for part in ("单 1", "小林", "IT支持群", FULL, "接单 1"):
        assert part in page.markdown
    assert stage.paged == ["张工"]


def test_nobody_takes_it_and_the_next_one_reads_the_same(stage: Stage) -> None:
    """It is a case like any other: it escalates, and ends when an engineer closes it."""
    refuses(stage)
    stage.hears(XIAOLIN, FULL)
    stage.works()
    stage.waits(10)
    assert stage.paged == ["张工", "李工"] and "答复发不出去：400106" in stage.pager.sent[1].markdown
    stage.hears(LI, "接单 1")
    stage.hears(LI, "解决 1 已加回群")
    assert (stage.case(1).state, stage.case(1).reason) == ("resolved", "已加回群")


def test_the_same_person_is_told_of_once(stage: Stage) -> None:
    """However much of what he asks is lost."""
    refuses(stage)
    for text in (FULL, "Outlook 提示连接失败", "邮箱密码忘了怎么重置"):
        stage.hears(XIAOLIN, text)
        stage.works()
    assert (len(stage.cases()), stage.paged) == (1, ["张工"])


def test_thirty_people_of_one_room_are_one_page(stage: Stage) -> None:
    """The robot was removed: one case, in which everybody stands with what he asked."""
    refuses(stage)
    people = [Person(f"p{number}", f"员工{number}") for number in range(30)]
    for person in people:
        stage.hears(person, UNCLEAR)
    stage.works()
    (case,) = stage.cases()
    assert stage.paged == ["张工"]
    assert case.words[0] == UNCLEAR and len(case.words) == 30
    assert f"员工29（IT支持群）也没收到答复：{UNCLEAR}" in case.words


def test_the_same_cause_in_another_room_is_the_same_case(stage: Stage) -> None:
    """The month's quota is used up everywhere."""
    refuses(stage, "90020", "本月额度用完")
    stage.hears(XIAOLIN, FULL)
    stage.hears(ZHAO, FULL, room=OTHER_ROOM)
    stage.hears(Person("qian", "老钱"), FULL, room=Room("qian", RoomKind.SINGLE))
    stage.works()
    assert (len(stage.cases()), len(stage.paged)) == (1, 1)


def test_another_cause_in_another_room_is_another_case(stage: Stage) -> None:
    refuses(stage, room=GROUP)
    stage.hears(XIAOLIN, FULL)
    stage.works()
    refuses(stage, "400013", "群已解散", room=OTHER_ROOM)
    stage.hears(ZHAO, FULL, room=OTHER_ROOM)
    stage.works()
    assert [case.reason.split(" ")[0] for case in stage.cases()] == ["答复发不出去：400106", "答复发不出去：400013"]


def test_once_it_was_closed_the_next_one_counts_again(stage: Stage) -> None:
    refuses(stage)
    stage.hears(XIAOLIN, FULL)
    stage.works()
    stage.hears(ZHANG, "解决 1 修好了")
    stage.hears(ZHAO, FULL)
    stage.works()
    assert [case.state for case in stage.cases()] == ["resolved", "waiting"]


def test_a_person_with_an_open_case_gets_a_note_in_it_and_nobody_is_called_again(stage: Stage) -> None:
    """One open case a person: the engineer who has it reads that the last words did not arrive."""
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    refuses(stage)
    stage.hears(XIAOLIN, "进度")
    stage.hears(XIAOLIN, "进度", room=PRIVATE)
    stage.works()
    (case,) = stage.cases()
    assert (case.reason, stage.paged) == ("", ["张工"])
    assert case.words == ["人工", "答复发不出去：400106 机器人不在群里：请管理员重新添加"]


def test_the_line_that_announces_a_case_needs_no_second_one(stage: Stage) -> None:
    """Somebody comes anyway; that the person has not read it stands in the case."""
    refuses(stage)
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    (case,) = stage.cases()
    assert (case.reason, stage.paged, len(case.words)) == ("", ["张工"], 2)


def test_a_result_that_did_not_reach_the_person_is_told_to_the_engineer(stage: Stage) -> None:
    """The case is closed, so nobody would look into it again."""
    stage.asks_for_a_person(XIAOLIN)
    stage.hears(LI, "接单 1")
    stage.works()
    refuses(stage)
    stage.hears(LI, "解决 1 换了网线")
    stage.works()
    told = [page.markdown for page in stage.pager.sent if "没能告诉小林" in page.markdown]
    assert len(told) == 1 and "单 1" in told[0] and "400106" in told[0] and "请直接联系" in told[0]
    assert stage.pager.sent[-1].mentions[0].user_id == "li" and len(stage.cases()) == 1


def test_where_nothing_can_ever_be_said_later_the_engineer_is_not_told_each_time(stage: Stage) -> None:
    """The first answer said that the rest comes by telephone; that it was lost stands in the case all the same."""
    stage.group.speaks_later = False
    stage.asks_for_a_person(XIAOLIN)
    stage.hears(LI, "接单 1")
    stage.works()
    refuses(stage, "no-way", "没有可用的推送方式")
    stage.hears(LI, "解决 1 换了网线")
    stage.works()
    assert stage.paged == [] and "no-way" in stage.case(1).words[-1]


@pytest.mark.parametrize("text", ["你好", "谢谢"])
def test_a_greeting_that_is_lost_wakes_nobody(stage: Stage, text: str) -> None:
    """It is in the log, and the next question will show whether the room is still there."""
    refuses(stage)
    stage.hears(XIAOLIN, text)
    stage.works()
    assert (stage.cases(), stage.outbox()[0].state) == ([], "failed")


def test_what_is_lost_on_the_way_to_an_engineer_opens_nothing(stage: Stage) -> None:
    """He cannot be called about it any better than he was answered."""
    refuses(stage)
    stage.hears(ZHANG, FULL)
    stage.hears(LI, "谁值班")
    stage.works()
    assert (stage.cases(), {row.state for row in stage.outbox()}) == ([], {"failed"})


def test_what_may_have_arrived_is_not_complained_about(stage: Stage) -> None:
    """Unknown is counted and shown elsewhere."""
    stage.group.fails(Failure.NEVER_AGAIN)
    stage.hears(XIAOLIN, FULL)
    stage.works()
    assert (stage.cases(), stage.outbox()[0].state) == ([], "unknown")


def test_an_outage_that_outlasts_every_try_is_told_too(stage: Stage) -> None:
    """Given up after the last attempt is given up for good."""
    stage.group.fails(Failure.TEMPORARY)
    stage.hears(XIAOLIN, FULL)
    while stage.outbox()[0].state == "due":
        stage.clock.set(stage.outbox()[0].due_at)
        stage.works()
    assert stage.outbox()[0].state == "failed" and len(stage.cases()) == 1
    assert stage.case(1).reason.startswith("答复发不出去：45009")


def test_without_a_pager_the_case_still_stands_in_the_list(stage: Stage) -> None:
    stage.desk.pagers = {}
    refuses(stage)
    stage.hears(XIAOLIN, FULL)
    deliver(stage.desk, "worker", [CHANNEL])
    assert stage.case(1).reason.startswith("答复发不出去")


def test_the_longest_reason_leaves_the_page_within_its_bytes(stage: Stage) -> None:
    """WeCom takes 2,048, and the words to send stand at the end."""
    refuses(stage, "x" * 80, "很长的理由" * 100)
    stage.hears(XIAOLIN, FULL + "看不懂" * 2000)
    stage.works()
    page = stage.pager.sent[0].markdown
    assert len(page.encode()) < 2000 and page.endswith("私聊我时不用 @")


def test_a_reason_cannot_write_into_the_page(stage: Stage) -> None:
    """Names and words of staff stay inert in the note about them."""
    refuses(stage)
    stage.hears(XIAOLIN, FULL)
    stage.hears(Person("evil", "@所有人 [点我](https://evil.example)"), "<@all> 邮箱满了收不到邮件")
    stage.works()
    stage.waits(10)
    page = stage.pager.sent[-1].markdown
    assert "也没收到答复" in page and not {"@所有人", "](", "<@"} & {
        page[i : i + n] for n in (2, 4) for i in range(len(page))
    }


def withheld(stage: Stage, who: Person, room: Room = GROUP) -> str:
    """The platform delivers that somebody wrote, without a word of it."""
    return receive(stage.desk, stage.message(who, "", room=room, kind=MessageKind.WITHHELD)).reply


def test_words_that_the_platform_keeps_back_are_answered_and_made_known_once(stage: Stage) -> None:
    """The person is told to telephone; whoever is on duty is told why, once for everybody."""
    replies = [withheld(stage, who, room) for who, room in ((XIAOLIN, GROUP), (ZHAO, OTHER_ROOM), (XIAOLIN, PRIVATE))]
    stage.works()
    assert all("额度用完了" in reply and "6666" in reply for reply in replies)
    (case,) = stage.cases()
    assert "20001" in case.reason and stage.paged == ["张工"]
    assert case.words == ["（内容没有送到）", "赵姐（财务群）也没收到答复：（内容没有送到）", case.reason]


def test_an_engineers_order_that_the_platform_keeps_back_is_not_met_with_silence(stage: Stage) -> None:
    """He would think that the case is his."""
    stage.asks_for_a_person(XIAOLIN)
    stage.hears(LI, "接单 1")
    assert "额度用完了" in withheld(stage, LI)
    assert len(stage.cases()) == 1


def test_a_flood_of_withheld_words_is_not_answered_without_end(stage: Stage) -> None:
    replies = [withheld(stage, XIAOLIN) for _ in range(20)]
    assert len([reply for reply in replies if reply]) == 12 and replies[-1] == ""


def test_the_room_of_somebody_who_has_no_title_is_left_out(stage: Stage) -> None:
    refuses(stage)
    stage.hears(XIAOLIN, FULL, room=replace(GROUP, title=""))
    stage.hears(ZHAO, FULL, room=replace(GROUP, title=""))
    stage.works()
    assert stage.case(1).words[1] == f"赵姐也没收到答复：{FULL}"
