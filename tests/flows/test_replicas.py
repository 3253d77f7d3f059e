"""Two replicas on one PostgreSQL get into each other's way, and nothing is lost, doubled or dead-locked."""

import threading
import time
from collections.abc import Callable

from sqlalchemy import text

from app.flows.escalate import escalate
from app.store import cases, conversations
from tests.flows.stage import Stage
from tests.people import GROUP, LI, PRIVATE, XIAOLIN, ZHANG


class _Elsewhere:
    """Something that the other replica does meanwhile."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.error: BaseException | None = None
        self.result: object = None
        self._thread = threading.Thread(target=self._run, args=(work,))
        self._thread.start()

    def _run(self, work: Callable[[], object]) -> None:
        try:
            self.result = work()
        except BaseException as error:
            self.error = error

    def until_blocked(self, stage: Stage) -> None:
        """Wait until it waits for a lock of ours."""
        with stage.desk.database.engine.connect() as connection:
            waiting = text(
                "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
                "WHERE NOT l.granted AND a.datname = current_database()"
            )
            for _ in range(200):
                if connection.execute(waiting).scalar():
                    return
                time.sleep(0.02)
        raise AssertionError("the other replica never had to wait")

    def done(self) -> object:
        self._thread.join(20)
        assert self.error is None, self.error
        return self.result


def test_a_message_and_a_resolving_of_its_case_wait_for_each_other(postgres_stage: Stage) -> None:
    """小林 writes while 张工 closes the case: no deadlock, both happen."""
    stage = postgres_stage
    stage.asks_for_a_person(XIAOLIN)
    with stage.desk.database.transaction() as session:
        row = conversations.lock(session, stage.message(XIAOLIN, "在吗"))
        closing = _Elsewhere(lambda: stage.hears(ZHANG, "解决 1 好了").reply)
        closing.until_blocked(stage)
        assert cases.open_of(session, row.id or 0) is not None
    assert closing.done() == "单 1 已关闭。"
    assert stage.case(1).state == "resolved"


def test_a_timer_that_fires_while_the_case_is_being_taken_calls_nobody(postgres_stage: Stage) -> None:
    """The replica with the timer waits, looks again, and finds that it is over."""
    stage = postgres_stage
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    stage.clock.set(stage.now + stage.desk.default_plan.steps[0].waits)
    with stage.desk.database.transaction() as session:
        case = cases.get(session, 1)
        assert case is not None
        firing = _Elsewhere(lambda: escalate(stage.desk))
        firing.until_blocked(stage)
        case.state, case.engineer = "taken", "zhang"
        session.add(case)
        cases.clear_timer(session, case)
    firing.done()
    stage.works()
    assert stage.paged == ["张工"]


def test_two_replicas_that_fire_the_same_timer_call_once(postgres_stage: Stage) -> None:
    """The second finds the timer moved."""
    stage = postgres_stage
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    stage.clock.set(stage.now + stage.desk.default_plan.steps[0].waits)
    replicas = [_Elsewhere(lambda: escalate(stage.desk)) for _ in range(2)]
    for replica in replicas:
        replica.done()
    stage.works()
    assert stage.paged == ["张工", "李工"]


def test_of_two_who_take_the_only_case_without_its_number_one_gets_it(postgres_stage: Stage) -> None:
    """The other is told who was faster."""
    stage = postgres_stage
    stage.asks_for_a_person(XIAOLIN)
    both = [_Elsewhere(lambda who=who: stage.hears(who, "接单").reply) for who in (ZHANG, LI)]  # type: ignore[misc]
    replies = {str(one.done()) for one in both}
    owner = {"zhang": "张工", "li": "李工"}[stage.case(1).engineer]
    assert "单 1 归您了。弄好后发“解决 1 原因”。" in replies
    assert replies & {f"单 1 已经由{owner}接了。", "现在没有未关的单。"}


def test_one_who_asks_for_a_person_in_two_rooms_at_once_gets_one_case(postgres_stage: Stage) -> None:
    """The second room waits for the first, then joins its case."""
    stage = postgres_stage
    with stage.desk.database.transaction() as session:
        cases.one_at_a_time(session, "desk", XIAOLIN.id)
        both = [_Elsewhere(lambda room=room: stage.hears(XIAOLIN, "人工", room=room)) for room in (GROUP, PRIVATE)]  # type: ignore[misc]
        both[0].until_blocked(stage)
    for one in both:
        one.done()
    assert len(stage.cases()) == 1


def test_a_case_that_is_resolved_while_an_engineer_answers_stays_resolved(postgres_stage: Stage) -> None:
    """李工 writes @小林 in the moment in which 张工 closes the case."""
    stage = postgres_stage
    stage.asks_for_a_person(XIAOLIN)
    with stage.desk.database.transaction() as session:
        case = cases.get(session, 1)
        assert case is not None
        answering = _Elsewhere(lambda: stage.hears(LI, "@小林 我来看看").action)
        answering.until_blocked(stage)
        case.state, case.engineer = "resolved", "zhang"
        session.add(case)
    answering.done()
    assert (stage.case(1).state, stage.case(1).engineer) == ("resolved", "zhang")
