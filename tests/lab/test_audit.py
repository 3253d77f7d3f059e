"""The audit finds each kind of damage by its own SQL, on both databases, and nothing where all went as it should."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from app.core.delivery import Failure
from app.core.escalation import by_order
from app.core.library import Library
from app.core.message import Person, Way
from app.core.pacing import PERSON_LIMIT
from app.flows.deliver import deliver
from app.lab.audit import CannotLook, audit_now, window_of
from app.store.database import Database
from app.store.finding_queries import QUERIES
from app.store.finding_words import TELLS
from tests.flows.stage import PAGER, Stage, dies_while_sending, killed
from tests.lab.damage import Damage, Looked, settings_for
from tests.people import PASSER_BY, PRIVATE, XIAOLIN, ZHANG, ZHAO

QUESTION = "邮箱容量已达上限，收不到邮件"


@pytest.fixture
def looked(database: Database, library: Library, tmp_path: Path) -> Looked:
    """On both databases, since the queries are the audit's own."""
    stage = Stage(database, library, by_order((10, 10, 15), 1))
    return Looked(stage, settings_for(stage, tmp_path))


@pytest.fixture
def here(sqlite_database: Database, library: Library, tmp_path: Path) -> Looked:
    """Where the database makes no difference."""
    stage = Stage(sqlite_database, library, by_order((10, 10, 15), 1))
    return Looked(stage, settings_for(stage, tmp_path))


NO_CASES = (
    "DELETE FROM timer",
    "DELETE FROM outbox WHERE way = 'page'",
    "DELETE FROM case_event",
    'DELETE FROM "case"',
)


def _asked(looked: Looked) -> None:
    looked.stage.hears(XIAOLIN, QUESTION)
    looked.stage.works()


def _handed_off(looked: Looked) -> None:
    looked.stage.asks_for_a_person(XIAOLIN)
    looked.stage.works()


def _no_reply(looked: Looked) -> None:
    _asked(looked)
    looked.damage("DELETE FROM outbox")


def _no_decision(looked: Looked) -> None:
    _no_reply(looked)
    looked.damage("UPDATE inbound SET action = ''")


def _silent_without_an_engineer(looked: Looked) -> None:
    _no_reply(looked)
    looked.damage("UPDATE inbound SET action = 'ignore'")


def _no_case(looked: Looked) -> None:
    _handed_off(looked)
    looked.damage(
        "DELETE FROM timer", "DELETE FROM outbox WHERE way = 'page'", "DELETE FROM case_event", 'DELETE FROM "case"'
    )


def _no_conversation(looked: Looked) -> None:
    _asked(looked)
    looked.damage("DELETE FROM conversation")


def _old_conversation(looked: Looked) -> None:
    _asked(looked)
    looked.damage("UPDATE conversation SET updated_at = '2026-01-05 00:50:00.000000+00:00'")


def _no_worker(looked: Looked) -> None:
    looked.stage.hears(XIAOLIN, QUESTION)


def _dead_worker(looked: Looked) -> None:
    looked.stage.hears(XIAOLIN, QUESTION)
    looked.stage.group.before_sending = killed
    dies_while_sending(looked.stage)


def _refused(looked: Looked) -> None:
    looked.stage.group.fails(Failure.PERMANENT)
    _asked(looked)
    looked.damage(
        "DELETE FROM timer", "DELETE FROM outbox WHERE way = 'page'", "DELETE FROM case_event", 'DELETE FROM "case"'
    )


def _lost_on_the_way(looked: Looked) -> None:
    looked.stage.group.fails(Failure.UNKNOWN)
    _asked(looked)


def _refused_page(looked: Looked) -> None:
    looked.stage.pager.fails(Failure.PERMANENT)
    _handed_off(looked)


def _second_page_lost_and_nothing_after_it(looked: Looked) -> None:
    _handed_off(looked)
    looked.later(10)
    looked.damage("UPDATE outbox SET state = 'unknown' WHERE way = 'page' AND id = (SELECT MAX(id) FROM outbox)")
    looked.damage("UPDATE outbox SET state = 'unknown' WHERE way = 'page' AND case_id = 1 AND attempts = 1")


def _no_page(looked: Looked) -> None:
    _handed_off(looked)
    looked.damage("DELETE FROM outbox WHERE way = 'page'")


def _no_timer(looked: Looked) -> None:
    _handed_off(looked)
    looked.damage("DELETE FROM timer")


def _nobody_comes(looked: Looked) -> None:
    _handed_off(looked)
    for _ in range(5):
        looked.later(15)


def _timers_stand_still(looked: Looked) -> None:
    _handed_off(looked)
    looked.stage.clock.set(looked.stage.now + timedelta(minutes=10))


def _forgotten_by_the_engineer(looked: Looked) -> None:
    _handed_off(looked)
    looked.stage.hears(ZHANG, "接单 1")
    assert looked.stage.hears(XIAOLIN, "在吗，还是不行").action == "ignore"
    looked.stage.works()
    looked.stage.clock.set(looked.stage.now + timedelta(hours=4))


DAMAGES: list[tuple[Damage, set[str]]] = [
    (_no_reply, {"unanswered"}),
    (_no_decision, {"unanswered"}),
    (_silent_without_an_engineer, {"unanswered"}),
    (_no_case, {"handoff_lost"}),
    (_no_conversation, {"conversation_behind"}),
    (_old_conversation, {"conversation_behind"}),
    (_no_worker, {"stuck"}),
    (_dead_worker, {"stuck"}),
    (_refused, {"failed"}),
    (_lost_on_the_way, {"unknown"}),
    (_refused_page, {"page_lost", "unpaged"}),
    (_second_page_lost_and_nothing_after_it, {"page_lost", "unpaged"}),
    (_no_page, {"unpaged"}),
    (_no_timer, {"timer_missing"}),
    (_nobody_comes, {"plan_used_up"}),
    (_timers_stand_still, {"timer_overdue"}),
    (_forgotten_by_the_engineer, {"silenced"}),
]


@pytest.mark.parametrize(("damage", "kinds"), DAMAGES, ids=[damage.__name__[1:] for damage, _ in DAMAGES])
def test_each_kind_of_damage_is_found_and_nothing_else(looked: Looked, damage: Damage, kinds: set[str]) -> None:
    damage(looked)
    looked.stage.clock.set(looked.stage.now + timedelta(minutes=6))
    found = looked.audit()
    assert {kind for kind, number in found.counts.items() if number} == kinds
    assert {item.kind for item in found.findings} == kinds and found.exit_code == 1
    assert all(TELLS[kind][0] in found.as_text() for kind in kinds)


def test_every_kind_is_damaged_above_and_has_its_words() -> None:
    """A query that no test can make find something is worth nothing."""
    assert set().union(*(kinds for _, kinds in DAMAGES)) == set(QUERIES) == set(TELLS)


def test_ordinary_stories_leave_nothing_to_find(looked: Looked) -> None:
    """Whatever was said three minutes ago."""
    stage, actions = looked.stage, set()
    said: list[tuple[Person, str]] = [
        (XIAOLIN, QUESTION),
        (XIAOLIN, "谢谢"),
        (ZHAO, "我的密码是 Abc12345，登不上"),
        (ZHAO, "人工"),
        (ZHAO, "人工"),
        (ZHAO, "进度"),
        (ZHANG, "接单 1"),
        (ZHAO, "电脑是公司的"),
        (ZHANG, "@赵姐 我过去看看"),
        (ZHANG, "解决 1 重设了密码"),
        (XIAOLIN, "人工"),
        (XIAOLIN, "已解决"),
    ]
    for who, text in said:
        actions.add(stage.hears(who, text).action)
        looked.later(3)
        assert looked.kinds() == set(), text
    assert actions >= {"answer", "handoff", "command", "ignore", "resolved"} and len(stage.cases()) == 2
    assert looked.audit().looked_at == {"messages": len(said), "cases": 2, "lines": len(stage.outbox())}


def test_a_flood_that_was_slowed_is_no_finding(here: Looked) -> None:
    """One line, then silence: that is the rule."""
    actions = [here.stage.hears(XIAOLIN, f"邮箱登不上 {number}").action for number in range(PERSON_LIMIT + 3)]
    assert actions.count("slowed") >= 2
    here.later(8)
    assert here.kinds() == set()


def test_an_answer_that_was_refused_is_no_finding_once_an_engineer_was_told(looked: Looked) -> None:
    """Nor while others' answers are refused for the same cause, nor after the case is closed."""
    looked.stage.group.fails(Failure.PERMANENT)
    for person in (XIAOLIN, ZHAO):
        looked.stage.hears(person, QUESTION)
    looked.later(4)
    assert looked.kinds() == set() and len(looked.stage.cases()) == 1
    looked.stage.group.before_sending = lambda message: None
    looked.stage.hears(ZHANG, "解决 1 换了密钥")
    looked.later(4)
    assert looked.kinds() == set()


@pytest.mark.parametrize("text", ["@小王 你看下这个", QUESTION])
def test_words_to_a_colleague_and_the_same_words_again_need_no_answer(here: Looked, text: str) -> None:
    """Each reason for silence is restated by the audit; without it, the same rows are findings."""
    for words in (QUESTION, text):
        here.stage.hears(XIAOLIN, words)
    here.later(6)
    assert len(here.stage.said) == 1 and here.kinds() == set()
    here.damage("UPDATE inbound SET text = 'x' WHERE id = 2")
    assert here.kinds() == {"unanswered"}


def test_what_is_repeated_until_it_works_is_no_finding(here: Looked) -> None:
    """Busy for a minute, then well."""
    here.stage.group.fails(Failure.TEMPORARY)
    here.stage.hears(XIAOLIN, QUESTION)
    here.later(1)
    here.stage.group.before_sending = lambda message: None
    here.later(6)
    assert len(here.stage.said) == 1 and here.kinds() == set()


def test_a_card_that_did_not_change_is_no_finding(looked: Looked) -> None:
    """Whoever has the case was told in other ways."""
    looked.stage.desk.cards = frozenset({PAGER})
    _handed_off(looked)
    looked.stage.hears(ZHANG, "接单 1")
    looked.stage.works()
    for state in ("failed", "unknown"):
        looked.stage.pager.fails(Failure.PERMANENT if state == "failed" else Failure.UNKNOWN)
        looked.stage.waits(1)
        assert looked.stage.outbox(Way.CARD)[-1].state == state and looked.kinds() == set()
        looked.stage.pager.before_sending = lambda message: None
        looked.stage.hears(ZHANG, "解决 1 好了")


def test_a_page_of_unknown_fate_that_was_followed_by_the_next_step_is_no_finding(here: Looked) -> None:
    """Somebody was surely called."""
    here.stage.asks_for_a_person(XIAOLIN)
    here.stage.pager.fails(Failure.UNKNOWN)
    deliver(here.stage.desk, "worker", [PAGER])
    here.stage.pager.before_sending = lambda message: None
    here.later(4)
    assert [row.state for row in here.stage.outbox(Way.PAGE)] == ["unknown", "sent"] and here.kinds() == set()


def test_pages_that_were_said_together_count_as_said(looked: Looked) -> None:
    """Near its limit the pager says the third case with the second."""
    looked.stage.pager.limit = 2
    for person in (XIAOLIN, ZHAO, PASSER_BY):
        looked.stage.asks_for_a_person(person)
    looked.later(4)
    assert {row.state for row in looked.stage.outbox(Way.PAGE)} == {"sent", "bundled"}
    assert looked.kinds() == set()


def test_what_is_young_is_left_to_the_worker(here: Looked) -> None:
    """The same damage, a minute old."""
    _no_reply(here)
    here.stage.clock.set(here.stage.now + timedelta(minutes=1))
    assert here.kinds() == set()


def test_only_the_window_is_looked_at_and_never_more_than_is_kept(looked: Looked) -> None:
    """Older lines have been forgotten by then, which is no loss."""
    _no_reply(looked)
    looked.stage.clock.set(looked.stage.now + timedelta(hours=25))
    assert looked.audit().exit_code == 0
    assert looked.audit(timedelta(hours=26)).counts["unanswered"] == 1
    looked.stage.clock.set(looked.stage.now + timedelta(days=91))
    assert looked.audit(timedelta(days=200)).exit_code == 0


def test_without_a_pager_nobody_is_expected_to_be_called(here: Looked) -> None:
    """The person was told to telephone; `check` warns of it."""
    _no_page(here)
    here.settings = here.settings.model_copy(update={"pagers": {}})
    here.stage.clock.set(here.stage.now + timedelta(minutes=6))
    assert here.kinds() == set()


def test_the_findings_hold_numbers_and_codes_but_nobodys_words(here: Looked) -> None:
    """Neither who wrote nor what, in text and JSON."""
    here.stage.group.fails(Failure.PERMANENT)
    _asked(here)
    here.stage.hears(ZHAO, "人工")
    here.stage.works()
    here.damage("UPDATE \"case\" SET words = '[]'", "UPDATE outbox SET markdown = '小林' WHERE way = 'page'")
    here.stage.clock.set(here.stage.now + timedelta(minutes=6))
    found = here.audit()
    told = found.as_text() + found.as_json()
    assert "发件 1（desk）：6 分钟前放弃，45009" in told
    assert not any(word in told for word in ("小林", "赵姐", "xiaolin", "zhao", QUESTION, "太快了"))
    whole = json.loads(found.as_json())
    assert whole["counts"]["failed"] == 2 and {item["code"] for item in whole["findings"]} == {"45009"}


def test_many_findings_are_counted_in_full_and_listed_in_part(here: Looked) -> None:
    """Twenty lines for people."""
    for number in range(25):
        here.stage.hears(Person(f"p{number}", ""), QUESTION, room=PRIVATE)
    here.damage("DELETE FROM outbox")
    here.stage.clock.set(here.stage.now + timedelta(minutes=6))
    text = here.audit().as_text()
    assert "收下了却没有答复：25 个" in text and text.count("消息 ") == 20 and "还有 5 个" in text


def test_the_audit_makes_and_changes_nothing(here: Looked) -> None:
    """Its connection cannot write."""
    _handed_off(here)
    before = [row.model_dump() for row in (*here.stage.outbox(), *here.stage.cases())]
    here.audit()
    assert [row.model_dump() for row in (*here.stage.outbox(), *here.stage.cases())] == before


@pytest.mark.parametrize(("text", "window"), [("30m", 0.5), ("24h", 24), ("7d", 168)])
def test_the_window_is_written_as_people_do(text: str, window: float) -> None:
    assert window_of(text) == timedelta(hours=window)


@pytest.mark.parametrize("text", ["", "24", "h", "0h", "-1h", "1w", "1h30m", "99999999d"])
def test_a_window_that_is_none_is_refused(here: Looked, text: str) -> None:
    with pytest.raises(CannotLook, match="--since"):
        audit_now(here.settings, text)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("sqlite:///{place}/none.db", "没有这个数据库文件"),
        ("sqlite:///{place}/empty.db", "没有值班的表"),
        ("sqlite://", "内存里的数据库"),
        ("postgresql://nobody@127.0.0.1:9/none", "连不上"),
        ("nonsense", "数据库"),
    ],
)
def test_where_nothing_can_be_looked_at_it_says_so_and_makes_no_file(
    here: Looked, tmp_path: Path, url: str, reason: str
) -> None:
    (tmp_path / "empty.db").touch()
    here.settings = here.settings.model_copy(update={"database_url": url.format(place=tmp_path)})
    with pytest.raises(CannotLook, match=reason):
        here.audit()
    assert not (tmp_path / "none.db").exists()
