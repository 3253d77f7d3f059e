"""The judge says so when something was lost, doubled, wrong or out of order: a bug of the driver must pass no run."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from tests.kill.evidence import Evidence, Kill
from tests.kill.sample import (
    ANSWER,
    CALLED_ON,
    CLARIFY,
    DONE,
    GOOD,
    KILLS,
    LATE,
    LINES,
    MESSAGES,
    OPENED,
    PAGE,
    PUSHED,
    SECOND,
    SOLVED,
    TAKEN,
    YOURS,
    instead,
    with_lines,
    without,
)
from tests.kill.verdict import judge

HERE = Path(__file__).resolve().parent


def _only_problem(evidence: Evidence) -> str:
    problems = judge(evidence).problems
    assert len(problems) == 1, problems
    return problems[0]


def test_a_run_in_which_all_went_well_is_counted() -> None:
    """Six messages, one case, its page, two lines said later; nobody complains."""
    verdict = judge(GOOD)
    assert verdict.problems == []
    assert (verdict.accepted, verdict.answered, verdict.kills, verdict.cases, verdict.pages) == (6, 6, 2, 1, 1)
    assert (verdict.said_later, verdict.kills_in_flight) == (2, 1)
    duplicates = verdict.duplicate_answers + verdict.duplicate_lines + verdict.duplicate_pages
    assert (verdict.lost, duplicates, verdict.strange, verdict.unknown) == (0, 0, 0, 0)


@pytest.mark.parametrize("gone", [CLARIFY, ANSWER, YOURS, SOLVED])
def test_a_lost_answer_is_missed(gone: object) -> None:
    """Whatever the platform, and an engineer's too."""
    verdict = judge(replace(GOOD, lines=[line for line in LINES if line is not gone]))
    assert verdict.lost >= 1 and verdict.answered == 5
    assert any("答复丢了" in problem for problem in verdict.problems)


@pytest.mark.parametrize("gone", [TAKEN, DONE])
def test_a_lost_line_of_a_case_is_missed(gone: object) -> None:
    """That it was taken, that it was resolved: promised to the engineer in his answer."""
    doctored = replace(GOOD, lines=[line for line in LINES if line is not gone])
    assert "群里的话丢了" in _only_problem(doctored) and judge(doctored).lost == 1


def test_a_case_without_any_page_is_missed() -> None:
    assert "单 7 没有任何呼叫" in judge(without(PAGE)).problems


def test_a_page_that_rings_twice_for_one_step_is_never_excused() -> None:
    """Not even with a kill between the two."""
    for first in (PAGE, PUSHED):
        twice = replace(instead(PAGE, first, replace(first, at=first.at + 5)), kills=[Kill(first.at + 1, "slow")])
        verdict = judge(twice)
        assert verdict.duplicate_pages == 1 and "单 7 第 1 次呼叫响了两遍" in verdict.problems[0]


def test_an_interrupted_page_is_one_that_the_product_calls_unknown() -> None:
    """Step 1 was never seen, step 2 came at once; that must be counted by the product."""
    admitted = replace(instead(PAGE, SECOND), unknown={"page": 1})
    verdict = judge(admitted)
    assert verdict.problems == [] and (verdict.steps_skipped, verdict.unknown, verdict.pages) == (1, 1, 1)
    assert "程序只承认 0 次不明" in _only_problem(replace(admitted, unknown={}))
    assert "过了 89 秒才来" in _only_problem(replace(instead(PAGE, replace(SECOND, at=199.0)), unknown={"page": 1}))


def test_the_next_person_called_is_told_and_told_once() -> None:
    """The staff member hears who is called now."""
    called = instead(PAGE, PUSHED, SECOND, CALLED_ON)
    assert judge(called).problems == []
    assert "群里的话丢了" in _only_problem(instead(PAGE, PUSHED, SECOND))
    assert "重复，没有理由" in _only_problem(instead(PAGE, PUSHED, SECOND, CALLED_ON, replace(CALLED_ON, at=113.0)))


def test_an_answer_that_comes_twice_needs_a_kill_that_hit_it() -> None:
    """On a way without key, shown just before the kill, and again after it."""
    excused = judge(with_lines(replace(ANSWER, at=104.0)))
    assert excused.problems == [] and (excused.duplicate_answers, excused.excused) == (1, 1)
    for at in (99.95, 99.99):
        assert "重复，没有理由" in _only_problem(with_lines(replace(ANSWER, at=at)))
    assert "重复，没有理由" in _only_problem(with_lines(replace(SOLVED, at=150.0)))
    assert "重复，没有理由" in _only_problem(with_lines(replace(TAKEN, at=150.0)))


def test_one_kill_excuses_one_line_of_a_way_out() -> None:
    """A process sends one after the other: only one can have been in flight."""
    verdict = judge(with_lines(replace(ANSWER, at=104.0), replace(ANSWER, at=105.0)))
    assert (verdict.duplicate_answers, verdict.excused) == (2, 1) and len(verdict.problems) == 1


def test_a_second_bubble_on_wecom_is_never_excused() -> None:
    """The platform shows one answer to a callback: who used both of its ways knew what he did."""
    near = replace(with_lines(LATE), kills=[Kill(10.2, "slow"), *KILLS])
    assert "重复，没有理由" in _only_problem(near)


def test_a_wrong_answer_is_told() -> None:
    verdict = judge(instead(CLARIFY, replace(CLARIFY, text="您的邮箱空间用完了")))
    assert verdict.wrong == 1 and "答复不对" in verdict.problems[0]


def test_an_answer_to_nobody_is_told() -> None:
    stray = replace(ANSWER, persons=("d9",), at=150.0)
    assert "没人等这句话" in _only_problem(with_lines(stray)) and judge(with_lines(stray)).strange == 1


def test_a_page_for_a_case_that_nobody_opened_is_told() -> None:
    assert "呼叫了没有开过的单 8" in _only_problem(with_lines(replace(PAGE, text="【单 8】", at=150.0)))


def test_answers_in_the_wrong_order_are_told() -> None:
    """Unless a kill held the first one up and the second rode on the callback's response; then it is counted."""
    swapped = instead(ANSWER, replace(ANSWER, at=141.0))
    assert "答复次序颠倒：dingtalk d1「已解决」" in _only_problem(swapped)
    second = replace(MESSAGES[0], id="m7", text="人工", wants="找人", posted_at=20.0, accepted_at=20.1)
    passive = replace(CLARIFY, at=20.1, text="好，帮您找人。", replies_to="m7")
    ridden = replace(instead(CLARIFY, replace(LATE, at=25.0), passive), messages=[MESSAGES[0], second, *MESSAGES[1:]])
    assert "答复次序颠倒" in _only_problem(ridden)
    verdict = judge(replace(ridden, kills=[Kill(15.0, "any"), *KILLS]))
    assert verdict.problems == [] and verdict.disordered == 1


def test_a_message_that_was_never_accepted_is_told_and_owed_nothing() -> None:
    """The platform gave up; an answer is not owed, but allowed."""
    refused = [replace(m, accepted_at=None, attempts=300) if m.id == "m6" else m for m in MESSAGES]
    verdict = judge(replace(without(SOLVED), messages=refused))
    assert (verdict.not_accepted, verdict.redelivered, verdict.lost) == (1, 1, 0)
    assert "一直没被收下" in verdict.problems[0] and len(verdict.problems) == 1


def test_what_a_kill_held_up_is_measured() -> None:
    """From the kill to the answer."""
    late = instead(ANSWER, replace(ANSWER, at=107.5))
    assert judge(late).takeover_seconds == {"median": 7.5, "max": 7.5, "times": 1}


def test_a_handoff_whose_number_cannot_be_read_leaves_a_page_that_nobody_opened() -> None:
    """The number in the answer is what ties a case to its person."""
    verdict = judge(instead(OPENED, replace(OPENED, text="帮您找人")))
    assert verdict.cases == 0 and "呼叫了没有开过的单 7" in verdict.problems


def test_nothing_here_imports_the_product() -> None:
    """What sends, counts and judges shares no code with what is judged; nor do the little platforms."""
    files = [*HERE.glob("*.py"), *(HERE.parent / "platforms").rglob("*.py"), HERE.parent / "postgres.py"]
    assert len(files) > 60
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            assert not [name for name in names if name.split(".")[0] == "app"], file
