"""The judge finds what was lost, what rang twice and what came late, in logs that were made up for it."""

import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.drill.duty import DINGTALK, HUMAN, ON_CALL, WECOM, WITHDRAW, Policy, resolve, take
from tests.drill.evidence import Bite, Down, Evidence, Refused, Said, Shown, Shut
from tests.drill.judge import Verdict, judge
from tests.drill.timeline import of_case, whole

POLICY = Policy((2, 3), 1)  # rings at 0, 2, 5 and 8 minutes
ASKED = 1000.0
PURE = ("judge", "cases", "evidence", "duty", "timeline")


def page(
    step: int, at: float, *, platform: str = WECOM, case: int = 7, who: str = "w1", answered: bool = True
) -> Shown:
    """A ring as the on-call group sees it."""
    again = f"第 {step} 次呼叫，前面还没人接。\n" if step > 1 else ""
    text = f"{again}【单 {case}】{who}（支持群）\n原话：人工"
    return Shown(at, platform, ON_CALL, ("zhanggong",), text, answered, by_pager=True)


ANSWER = Shown(ASKED + 1, WECOM, "支持群", ("w1",), "好，帮您找人。已经呼叫值班的张工，单号 7。")
RINGS = (page(1, ASKED + 1), page(2, ASKED + 122), page(3, ASKED + 303), page(4, ASKED + 484))
HELLO = Said(WECOM, "w1", HUMAN, ASKED, ASKED + 0.5)


def log(*shown: Shown, said: tuple[Said, ...] = (HELLO,), **more: Any) -> Evidence:
    """What the platforms wrote down."""
    evidence = Evidence(0.0, 9000.0, [(0.0, POLICY)], [replace(one) for one in said], list(shown))
    for name, value in more.items():
        setattr(evidence, name, value)
    return evidence


def counted(verdict: Verdict) -> tuple[int, int, bool]:
    """Lost, doubled, late."""
    return verdict.lost, verdict.doubled, verdict.max_late_s > 5


def test_a_plan_that_was_followed_is_good() -> None:
    """One case, four pages, each a second after it was due."""
    verdict = judge(log(ANSWER, *RINGS))
    assert (verdict.good, verdict.problems, verdict.strange) == (True, [], [])
    figures = {"cases": 1, "faults": 0, "by_fault": {}, "pages": 4, "lost": 0, "doubled": 0, "unknown": 0}
    assert {**verdict.as_json(), "max_late_s": 0} == {**figures, "max_late_s": 0}
    assert list(verdict.as_json())[-1] == "max_late_s" and 0 < verdict.max_late_s < 2


def test_one_who_was_told_that_somebody_comes_and_nobody_was_called_is_lost() -> None:
    """The answer alone helps nobody, and a page that notifies nobody is none."""
    assert counted(judge(log(ANSWER))) == (1, 0, False)
    silent = [replace(ring, persons=()) for ring in RINGS]
    assert judge(log(ANSWER, *silent)).lost == 1
    assert not judge(log(ANSWER)).good


def test_one_who_asked_and_heard_nothing_is_lost() -> None:
    """The platform had its 200 for it. Without a 200 nothing is owed."""
    assert counted(judge(log())) == (1, 0, False)
    assert judge(log(said=(replace(HELLO, accepted_at=None),))).lost == 0


def test_one_to_whom_it_was_said_in_time_that_nobody_comes_is_not_lost() -> None:
    """He knows that he has to telephone."""
    told = replace(ANSWER, at=ASKED + 600, text="单 7 到现在没有人接，请直接打 6666。")
    assert judge(log(ANSWER, told)).lost == 0


def test_a_step_that_rings_twice_is_doubled() -> None:
    """By whichever pager, with whatever fault between the two."""
    for again in (page(2, ASKED + 130), page(2, ASKED + 130, platform=DINGTALK)):
        faults: dict[str, Any] = {
            "bites": [Bite(ASKED + 125, "kill")],
            "down": [Down(ASKED + 125, ASKED + 129, killed=True)],
        }
        assert counted(judge(log(ANSWER, *RINGS, again, **faults))) == (0, 1, False)


@pytest.mark.parametrize("step", [1, 2, 3, 4])
def test_a_step_that_comes_late_is_found(step: int) -> None:
    """Ten seconds are too many."""
    late = [replace(ring, at=ring.at + 10) if number >= step else ring for number, ring in enumerate(RINGS, 1)]
    verdict = judge(log(ANSWER, *late))
    assert counted(verdict) == (0, 0, True) and f"单 7 第 {step} 次呼叫" in verdict.problems[0]
    assert verdict.troubled == {7} and not verdict.good


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_step_that_never_rang_is_late_until_the_next_one(step: int) -> None:
    """Nothing excuses it."""
    assert counted(judge(log(ANSWER, *(ring for ring in RINGS if ring is not RINGS[step - 1])))) == (0, 0, True)


def test_late_counts_from_the_process_being_up_again() -> None:
    """Due while it was down: it has five seconds from then."""
    down: dict[str, Any] = {"down": [Down(ASKED + 60, ASKED + 200, killed=False)]}
    good = (RINGS[0], page(2, ASKED + 202), page(3, ASKED + 383), page(4, ASKED + 564))
    assert judge(log(ANSWER, *good, **down)).good
    assert counted(judge(log(ANSWER, RINGS[0], page(2, ASKED + 210), **down)))[2]


def test_late_counts_from_the_pager_being_open_again() -> None:
    """Whether it waited for one pager or for two, one after the other; not for one it had no reason to wait for."""
    first = Shut(ASKED + 0.6, ASKED + 60, WECOM, ON_CALL)
    second = Shut(ASKED + 61, ASKED + 110, DINGTALK, ON_CALL)
    rest = RINGS[1:]
    assert judge(log(ANSWER, page(1, ASKED + 62), *rest, shut=[first])).good
    assert judge(log(ANSWER, page(1, ASKED + 112, platform=DINGTALK), *rest, shut=[first, second])).good
    assert not judge(log(ANSWER, page(1, ASKED + 112), *rest, shut=[second])).good
    assert not judge(log(ANSWER, page(1, ASKED + 62), *rest, shut=[replace(first, room="支持群")])).good


def test_a_pager_that_has_had_its_twenty_calls_of_the_minute_is_shut() -> None:
    """Repeats that showed nothing are calls too."""
    others = [page(1, ASKED - 20 + n, platform=DINGTALK, case=100 + n, who=f"d{n}") for n in range(15)]
    repeats = [(ASKED - 20 + n, DINGTALK) for n in range(5)]
    rang = [page(1, ASKED + 41, platform=DINGTALK), *(replace(one, platform=DINGTALK) for one in RINGS[1:])]
    for calls, good in ((repeats, True), (repeats[1:], False)):
        problems = judge(log(ANSWER, *others, *rang, repeats=calls)).problems
        assert (not any("单 7 " in one for one in problems)) is good


def test_after_an_answer_that_was_lost_the_next_step_is_due_at_once() -> None:
    """The page is counted as unknown; a pager with a key asks again instead."""
    blind = page(1, ASKED + 1, answered=False)
    at_once = (page(2, ASKED + 2), page(3, ASKED + 183), page(4, ASKED + 364))
    verdict = judge(log(ANSWER, blind, *at_once))
    assert verdict.good and verdict.unknown == 1
    assert counted(judge(log(ANSWER, blind, *RINGS[1:])))[2]
    keyed = judge(log(ANSWER, replace(blind, platform=DINGTALK), *RINGS[1:]))
    assert keyed.good and keyed.unknown == 0


def test_a_page_that_a_kill_took_along_is_unknown_and_the_next_step_due_at_once() -> None:
    """From when the process is up again. One kill explains one page."""
    killed: dict[str, Any] = {"down": [Down(ASKED + 1, ASKED + 20, killed=True)], "bites": [Bite(ASKED + 1, "kill")]}
    then = (page(2, ASKED + 21), page(3, ASKED + 202), page(4, ASKED + 383))
    verdict = judge(log(ANSWER, *then, **killed))
    assert verdict.good and verdict.unknown == 1 and verdict.by_fault == {"kill": 1}
    assert counted(judge(log(ANSWER, page(2, ASKED + 60), **killed)))[2]
    assert counted(judge(log(ANSWER, page(3, ASKED + 202), **killed)))[2]


def test_a_kill_explains_no_page_that_stood_before_a_shut_pager() -> None:
    """The kill had nothing to take along, so that the next step keeps its time, unless another pager was open."""
    dingtalk = Shut(ASKED + 110, ASKED + 900, DINGTALK, ON_CALL)
    rang = (RINGS[0], *RINGS[2:])

    def verdict(opens: float, *refused: Refused) -> Verdict:
        wecom = Shut(ASKED + 115, ASKED + opens, WECOM, ON_CALL)
        down = [Down(ASKED + 123, ASKED + 129, killed=True)]
        return judge(log(ANSWER, *rang, shut=[dingtalk, wecom], refused=list(refused), down=down))

    assert (verdict(opens=250).good, verdict(opens=250).unknown) == (True, 0)
    assert counted(verdict(opens=150)) == (0, 0, True)
    assert verdict(150, Refused(ASKED + 151, WECOM, page(2, ASKED).text)).good


def test_of_two_kills_the_one_is_believed_that_explains_what_followed() -> None:
    """The page outlived the first, waited for its pager, and was taken along by the second."""
    down = [Down(ASKED + 121, ASKED + 123, killed=True), Down(ASKED + 184, ASKED + 185, killed=True)]
    shut = [Shut(ASKED + 121, ASKED + 181, platform, ON_CALL) for platform in (WECOM, DINGTALK)]

    def verdict(fourth: float) -> Verdict:
        return judge(log(ANSWER, RINGS[0], page(3, ASKED + 186), page(4, ASKED + fourth), down=down, shut=shut))

    assert (verdict(367).good, verdict(367).unknown) == (True, 1)
    assert counted(verdict(380)) == (0, 0, True)


def test_a_page_may_have_waited_from_before_a_restart() -> None:
    """Its turn began just before the process went down, so that the next one is due that much earlier."""
    shut = [Shut(ASKED + 121, ASKED + 900, WECOM, ON_CALL), Shut(ASKED + 121, ASKED + 290, DINGTALK, ON_CALL)]
    down = [Down(ASKED + 123, ASKED + 140, killed=False)]
    rang = (RINGS[0], page(3, ASKED + 301, platform=DINGTALK), page(4, ASKED + 482, platform=DINGTALK))
    verdict = judge(log(ANSWER, *rang, shut=shut, down=down))
    assert (verdict.good, verdict.unknown, verdict.strange) == (True, 0, [])


def test_a_page_that_may_have_rung_is_given_up_before_a_lock_and_the_next_step_is_due_then() -> None:
    """Which may go by the other pager, for which two minutes are allowed; more is late."""

    def verdict(platform: str, third: float) -> Verdict:
        shut = [
            Shut(ASKED + 121, ASKED + 149, platform, ON_CALL),
            Shut(ASKED + 150, ASKED + 750, platform, ON_CALL),
        ]
        return judge(log(ANSWER, RINGS[0], page(3, ASKED + third), page(4, ASKED + third + 181), shut=shut))

    given_up = verdict(DINGTALK, 152)
    assert (given_up.good, given_up.unknown, given_up.strange) == (True, 1, [])
    assert counted(verdict(DINGTALK, 440)) == (0, 0, True)


def test_what_an_engineer_may_not_do_ends_no_case() -> None:
    """He is told so; the next who asks in the same case opens none, and is not lost."""
    mine, his = Said(WECOM, "张工", take(7), ASKED + 60, ASKED + 60), Said(DINGTALK, "孙工", resolve(7), 1200.0, 1200.0)
    again = Said(WECOM, "w1", HUMAN, 1400.0, 1400.0)
    no = Shown(1201.0, DINGTALK, ON_CALL, ("sun01",), "单 7 在张工手上，要由他或主管来改。")
    assert judge(log(ANSWER, RINGS[0], no, said=(HELLO, mine, his, again))).good
    assert judge(log(ANSWER, RINGS[0], said=(HELLO, mine, his, again))).lost == 1


def test_words_that_were_added_to_a_case_open_no_other_however_late_their_200_came() -> None:
    """Written twice before a kill; withdrawn before the platform had its 200 for the second."""
    again, never_mind = Said(WECOM, "w1", HUMAN, ASKED + 20, 1090.0), Said(WECOM, "w1", WITHDRAW, ASKED + 40, 1080.0)
    added = Shown(ASKED + 70, WECOM, "支持群", ("w1",), "单 7 已经在张工那里，您刚说的我补进去了。着急请打 6666。")
    said = (HELLO, again, never_mind)
    assert judge(log(ANSWER, RINGS[0], added, said=said)).good
    assert judge(log(ANSWER, RINGS[0], said=said)).lost == 1


def refusals(step: int, at: float) -> list[Refused]:
    """No pager took this step's page."""
    return [Refused(at, platform, page(step, at).text) for platform in (WECOM, DINGTALK)]


def test_a_step_that_every_pager_refused_is_over_at_once() -> None:
    """Nobody could be reached by it. One refusal is no excuse: there is another pager."""
    both = refusals(2, ASKED + 122)
    at_once = (RINGS[0], page(3, ASKED + 123), page(4, ASKED + 304))
    verdict = judge(log(ANSWER, *at_once, refused=both))
    assert (verdict.good, verdict.strange) == (True, [])
    assert judge(log(ANSWER, *at_once, refused=both[:1])).strange
    assert not judge(log(ANSWER, RINGS[0], *RINGS[2:], refused=both)).good


def test_where_every_pager_refused_two_steps_in_a_row_the_second_has_its_time() -> None:
    """It is the pagers then, and the plan is not used up before they are mended."""
    refused = [*refusals(2, ASKED + 122), *refusals(3, ASKED + 123)]
    assert judge(log(ANSWER, RINGS[0], page(4, ASKED + 304), refused=refused)).good
    assert not judge(log(ANSWER, RINGS[0], page(4, ASKED + 484), refused=refused)).good


def test_a_page_tried_again_after_a_kill_and_refused_then_ends_its_step_there() -> None:
    """It may have rung before the kill; the next step waits from the refusal on, where the platform drops repeats."""
    down = [Down(ASKED + 121, ASKED + 130, killed=True)]

    def verdict(platform: str, third: float) -> Verdict:
        refused = [Refused(ASKED + 150, platform, RINGS[1].text)]
        rang = (RINGS[0], page(3, ASKED + third), page(4, ASKED + third + 181))
        shut = [Shut(ASKED + 130, ASKED + 149, one, ON_CALL) for one in (WECOM, DINGTALK)]
        return judge(log(ANSWER, *rang, refused=refused, down=down, shut=shut))

    tried_again = verdict(DINGTALK, 151)
    assert (tried_again.good, tried_again.unknown) == (True, 1)
    assert counted(verdict(DINGTALK, 190)) == (0, 0, True)


def test_where_the_plan_was_edited_as_the_case_was_opened_one_of_the_two_must_explain_all_of_it() -> None:
    """Not the beginning by the one and the end by the other."""
    slow = replace(HELLO, posted_at=ASKED - 30)
    for others, rings in ((Policy((2, 3), 0), RINGS), (Policy((4, 3), 1), RINGS), (Policy((2, 3, 3), 1), RINGS)):
        policies = [(0.0, others), (ASKED - 10, POLICY)]
        verdict = judge(log(ANSWER, *rings, said=(slow,), policies=policies))
        assert (verdict.good, verdict.strange) == (True, [])
    both = [(0.0, Policy((2, 5), 1)), (ASKED - 10, POLICY)]
    mixed = (*RINGS[:3], page(4, ASKED + 604))  # the third waits by the one policy, the second by the other
    assert "第 3 次呼叫早了" in judge(log(ANSWER, *mixed, said=(slow,), policies=both)).strange[0]
    late = (*RINGS[:3], page(4, ASKED + 704))
    assert counted(judge(log(ANSWER, *late, said=(slow,), policies=both)))[2]
    beyond = judge(log(ANSWER, *RINGS, page(5, ASKED + 665), said=(slow,), policies=both))
    assert "却有第 5 次呼叫" in beyond.strange[0]


@pytest.mark.parametrize("words", [take(7), resolve(7), WITHDRAW])
def test_nothing_more_is_due_once_somebody_has_it(words: str) -> None:
    """Taken, resolved or withdrawn after the second ring."""
    over = Said(WECOM, "w1" if words == WITHDRAW else "张工", words, ASKED + 200, ASKED + 201)
    assert judge(log(ANSWER, *RINGS[:2], said=(HELLO, over))).good
    verdict = judge(log(ANSWER, *RINGS[:3], said=(HELLO, over)))
    assert verdict.good and "就有人接了" in verdict.strange[0]


def test_asking_again_joins_the_open_case_and_opens_one_once_that_is_closed() -> None:
    """The second time it must ring again."""
    again = Said(WECOM, "w1", HUMAN, ASKED + 90, ASKED + 90)
    assert judge(log(ANSWER, *RINGS, said=(HELLO, again))).good
    done = Said(WECOM, "张工", resolve(7), ASKED + 60, ASKED + 60)
    assert judge(log(ANSWER, RINGS[0], said=(HELLO, done, again))).lost == 1


def test_the_timeline_tells_what_happened() -> None:
    """In words that somebody on duty reads: who, which step, what went wrong."""
    evidence = log(
        ANSWER, *RINGS, bites=[Bite(ASKED + 100, "kill")], down=[Down(ASKED + 100, ASKED + 110, killed=True)]
    )
    told = "\n".join(whole(evidence))
    for part in ("w1：人工", "单 7 第 2 次", "进程被杀", "程序又在跑了（停了 10 秒）"):
        assert part in told
    assert of_case(evidence, 7) and of_case(evidence, 8) == []


def test_the_judge_shares_nothing_with_the_product() -> None:
    """Not by a single import, its own included."""
    here = Path(__file__).resolve().parent
    for name in PURE:
        for node in ast.walk(ast.parse((here / f"{name}.py").read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            ours = [one for one in names if one.split(".")[0] in ("app", "tests")]
            assert all(one.removeprefix("tests.drill.") in PURE for one in ours), (name, ours)
