"""Near a pager's limit the pages to one engineer travel together, and say only what is still needed."""

import re
from datetime import timedelta

import pytest

from app.channels.base import SendFailed
from app.core.delivery import Failure
from app.core.message import OutboundMessage
from app.flows.deliver import deliver
from tests.flows.stage import PAGER, Stage
from tests.people import LI, crowd


def _named(text: str) -> list[int]:
    """The cases that a page is about."""
    return [int(number) for number in re.findall(r"【单 (\d+)】", text)]


def test_near_the_limit_pages_to_one_engineer_travel_together(stage: Stage) -> None:
    """Thirty cases in a minute are eight pings and one list, not thirty; each case is named in one of them."""
    stage.pager.limit = 20
    for person in crowd(30):
        stage.asks_for_a_person(person)
    stage.works()
    assert len(stage.pager.sent) == 10
    said = "\n".join(message.markdown for message in stage.pager.sent)
    assert all(f"【单 {number}】" in said for number in range(1, 31))
    longest = max(len(m.markdown.encode()) for m in stage.pager.sent)
    assert longest <= 2_048
    assert all(len(m.mentions) == 1 for m in stage.pager.sent)


def test_a_bundle_that_is_refused_goes_by_the_other_pager_as_one(two_pagers: Stage) -> None:
    """No case in it is called for twice."""
    stage = two_pagers
    stage.pager.limit = 20
    people = crowd(12)
    for person in people[:8]:
        stage.asks_for_a_person(person)
    stage.works()
    stage.pager.fails(Failure.PERMANENT)
    for person in people[8:]:
        stage.asks_for_a_person(person)
    stage.works()
    assert [_named(message.markdown) for message in stage.second_pager.sent] == [[9, 10, 11, 12]]


def test_a_bundle_that_every_pager_refuses_moves_all_its_cases_on(stage: Stage) -> None:
    """张工 is out of reach: for each case in it the next step is due at once."""
    stage.pager.limit = 20
    people = crowd(12)
    for person in people[:8]:
        stage.asks_for_a_person(person)
    stage.works()
    stage.pager.fails(Failure.PERMANENT)
    for person in people[8:]:
        stage.asks_for_a_person(person)
    deliver(stage.desk, "worker", [PAGER])
    stage.pager.before_sending = lambda message: None
    stage.works()
    (bundle,) = [message for message in stage.pager.sent if len(_named(message.markdown)) > 1]
    assert (_named(bundle.markdown), bundle.mentions[0].user_id) == ([9, 10, 11, 12], LI.id)


def test_a_bundle_that_may_not_have_arrived_moves_all_its_cases_on(stage: Stage) -> None:
    """Nobody knows whether it rang: for every case in it the next step is due at once."""
    stage.pager.limit = 20
    people = crowd(12)
    for person in people[:8]:
        stage.asks_for_a_person(person)
    stage.works()
    stage.pager.fails(Failure.UNKNOWN)
    for person in people[8:]:
        stage.asks_for_a_person(person)
    deliver(stage.desk, "worker", [PAGER])
    stage.pager.before_sending = lambda message: None
    stage.works()
    again = [case for case in stage.cases() if case.step == 2]
    assert [case.id for case in again] == [9, 10, 11, 12]


@pytest.mark.parametrize("taken", [[9], [10, 11], [9, 10, 11], [9, 10, 11, 12]])
def test_a_bundle_names_only_those_who_still_wait(stage: Stage, taken: list[int]) -> None:
    """Some of its cases are taken before it went out: the others' pages still go, in their own words when it is one."""
    stage.pager.limit = 20
    people = crowd(12)
    for person in people[:8]:
        stage.asks_for_a_person(person)
    stage.works()
    stage.pager.fails(Failure.TEMPORARY)
    for person in people[8:]:
        stage.asks_for_a_person(person)
    stage.works()
    for number in taken:
        stage.hears(LI, f"接单 {number}")
    stage.pager.before_sending = lambda message: None
    before = len(stage.pager.sent)
    stage.minute()
    sent = [_named(message.markdown) for message in stage.pager.sent[before:] if _named(message.markdown)]
    left = [number for number in range(9, 13) if number not in taken]
    assert sent == ([left] if left else [])
    if len(left) == 1:
        assert "原话：" in stage.pager.sent[-1].markdown and "合在一起" not in stage.pager.sent[-1].markdown


def test_what_is_left_of_a_bundle_moves_when_its_pager_is_shut_or_refuses(two_pagers: Stage) -> None:
    """The first of its cases was taken meanwhile: the rest goes by the other pager, and nothing comes back later."""
    stage = two_pagers
    stage.pager.limit = 20
    people = crowd(13)
    for person in people[:8]:
        stage.asks_for_a_person(person)
    stage.works()
    stage.pager.fails(Failure.TEMPORARY)
    for person in people[8:12]:
        stage.asks_for_a_person(person)
    stage.works()
    stage.hears(LI, "接单 9")

    def locked_out(message: OutboundMessage) -> None:
        raise SendFailed(Failure.TEMPORARY, "45009", "太快了", timedelta(minutes=10), locks_target=True)

    stage.pager.before_sending = locked_out
    stage.minute(5)
    assert [_named(message.markdown) for message in stage.second_pager.sent] == [[10, 11, 12]]
    stage.pager.before_sending = lambda message: None
    before = len(stage.pager.sent)
    stage.waits(1)
    stage.works()
    assert not any(9 <= number <= 12 for message in stage.pager.sent[before:] for number in _named(message.markdown))
