"""Every result code of WeCom's page: what it means, what a person reads, and what becomes of the line."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from app.channels.meaning import Kind
from app.channels.wecom.errors import CODES, GROUP_CHATS, meaning_of
from app.channels.wecom.spent import SpentAddresses
from app.core.delivery import Failure
from app.core.message import Way
from tests.platforms.wecom.errors import TEXTS
from tests.platforms.wecom.faults import Endpoint, errcode, lost_answer
from tests.platforms.wecom.shown import Channel
from tests.vendor.lines import reads_well
from tests.vendor.wecom_desk import WeComDesk, channel


@dataclass(frozen=True)
class Expected:
    """By this code: the failure that a push ends with, and the wait that it asks for."""

    kind: Kind
    failure: Failure = Failure.PERMANENT
    seconds: float | None = None


LATER = Expected(Kind.TEMPORARY, Failure.TEMPORARY)
NO = Expected(Kind.PERMANENT)
SHUT = Expected(Kind.GONE)
NO_TOKEN = Expected(Kind.CREDENTIAL)

PAGE: dict[int, Expected] = {
    -1: LATER,
    40001: NO,
    40003: NO,
    40004: NO,
    40007: NO,
    40008: NO,
    40013: NO,
    40014: NO_TOKEN,
    40056: NO,
    40058: NO,
    40091: NO,
    41001: NO_TOKEN,
    42001: NO_TOKEN,
    44004: NO,
    45002: NO,
    45009: Expected(Kind.LOCKED, Failure.TEMPORARY, 61),
    45033: LATER,
    46004: NO,
    48002: NO,
    50003: NO,
    60011: NO,
    60020: NO,
    60111: NO,
    81013: NO,
    82001: NO,
    86001: SHUT,
    86003: SHUT,
    86220: SHUT,
    301002: NO,
    600039: SHUT,
    830002: NO,
    846601: LATER,
    846602: LATER,
    846605: SHUT,
    846608: SHUT,
    846609: LATER,
    853000: NO,
    93000: SHUT,
    93004: SHUT,
    93006: SHUT,
    93008: SHUT,
    93019: NO,
}
CODE = pytest.mark.parametrize("code", sorted(PAGE))
SINGLE = {code for code in PAGE if code not in GROUP_CHATS}


def test_no_code_of_the_page_is_without_a_class_and_none_is_without_a_page() -> None:
    """A code that is added on one side only fails here."""
    assert set(CODES) == SINGLE
    assert set(TEXTS) == set(PAGE)
    assert {code: meaning_of(code).kind for code in PAGE} == {code: one.kind for code, one in PAGE.items()}


@CODE
def test_what_a_person_reads(code: int) -> None:
    """One Chinese line: what it means, and who has to act where somebody has to."""
    reads_well(meaning_of(code))


def test_a_code_that_is_on_no_page_is_a_refusal_with_a_line_of_its_own() -> None:
    reads_well(meaning_of(12345))
    assert meaning_of(12345).kind is Kind.PERMANENT
    assert meaning_of(86221).kind is Kind.PERMANENT


@CODE
def test_a_page_that_is_refused_with_it(wecom: WeComDesk, code: int) -> None:
    """The failure, the wait, and whether the wait holds for everything that goes to this group."""
    expected, page = PAGE[code], wecom.page()
    wecom.scene.wecom.fail(Endpoint.PUSH, errcode(code))
    error = wecom.fails(wecom.sender, page)
    assert (error.failure, error.code) == (expected.failure, str(code))
    assert (error.retry_after.total_seconds() if error.retry_after else None) == expected.seconds
    assert error.locks_target == (expected.kind is Kind.LOCKED)
    assert error.reason == meaning_of(code).line
    assert wecom.shown(page) == []


@CODE
def test_a_reply_whose_address_is_refused_with_it(wecom: WeComDesk, code: int) -> None:
    """What may pass is waited for; after a refusal for good the group's push webhook says it, with a real mention."""
    expected, line = PAGE[code], wecom.line()
    wecom.scene.wecom.fail(Endpoint.RESPONSE, errcode(code))
    if expected.failure is Failure.TEMPORARY:
        error = wecom.fails(wecom.bot, line)
        assert (error.failure, error.code, wecom.shown(line)) == (Failure.TEMPORARY, str(code), [])
        return
    wecom.bot.send(line, wecom.now)
    (shown,) = wecom.shown(line)
    assert (shown.channel, shown.mentioned) == (Channel.PUSH, ("zhangsan",))


@CODE
def test_a_line_said_later_whose_push_is_refused_with_it(wecom: WeComDesk, code: int) -> None:
    """The other way round: where the push is refused for good and an address is at hand, that one says it."""
    expected, line = PAGE[code], wecom.line(Way.ROOM)
    wecom.scene.wecom.fail(Endpoint.PUSH, errcode(code))
    if expected.failure is Failure.TEMPORARY:
        assert wecom.fails(wecom.bot, line).failure is Failure.TEMPORARY
        assert wecom.shown(line) == []
        return
    wecom.bot.send(line, wecom.now)
    (shown,) = wecom.shown(line)
    assert (shown.channel, shown.quotes is not None) == (Channel.RESPONSE_URL, True)


@pytest.mark.parametrize("attempt", [1, 6, 11])
def test_a_push_bots_only_limit_is_that_of_a_minute(wecom: WeComDesk, attempt: int) -> None:
    """However often the page has been tried, also for other reasons: it never waits for more than the minute."""
    wecom.scene.wecom.fail(Endpoint.PUSH, errcode(45009))
    error = wecom.fails(wecom.sender, wecom.page(attempt=attempt))
    assert error.retry_after is not None and error.retry_after.total_seconds() == 61


def test_the_platforms_own_limit_without_any_injected_fault(wecom: WeComDesk) -> None:
    """Twenty a minute; the twenty-first waits, and goes a minute later."""
    for _ in range(20):
        wecom.sender.send(wecom.page(), wecom.now)
    page = wecom.page()
    error = wecom.fails(wecom.sender, page)
    assert (error.code, error.locks_target) == ("45009", True) and error.retry_after is not None
    wecom.scene.clock.advance(error.retry_after.total_seconds())
    wecom.sender.send(page, wecom.now)
    assert len(wecom.shown(page)) == 1


@pytest.mark.parametrize(("state", "code"), [("removed", "93000"), ("disabled", "93004")])
def test_a_push_that_somebody_took_away(wecom: WeComDesk, state: str, code: str) -> None:
    """Without any injected fault: a reply is not touched by it, a later line takes the address, a page has no way."""
    setattr(wecom.push, state, True)
    try:
        reply, later, page = wecom.line(), wecom.line(Way.ROOM), wecom.page()
        wecom.bot.send(reply, wecom.now)
        wecom.bot.send(later, wecom.now)
        assert [one.channel for one in wecom.shown(reply) + wecom.shown(later)] == [Channel.RESPONSE_URL] * 2
        assert wecom.fails(wecom.sender, page).code == code
        nothing_left = wecom.line(Way.ROOM, address=False)
        assert wecom.fails(wecom.bot, nothing_left).code == code
    finally:
        setattr(wecom.push, state, False)


def test_where_both_ways_are_refused_the_reason_is_the_one_that_a_person_can_repair(wecom: WeComDesk) -> None:
    line = wecom.line()
    wecom.scene.wecom.fail(Endpoint.RESPONSE, errcode(40058))
    wecom.scene.wecom.fail(Endpoint.PUSH, errcode(93008))
    error = wecom.fails(wecom.bot, line)
    assert (error.failure, error.code) == (Failure.PERMANENT, "93008")


def test_an_address_that_is_used_up_and_no_push_is_told_with_what_to_set_up(wecom: WeComDesk) -> None:
    line = wecom.line()
    wecom.bot_without_push.send(line, wecom.now)
    error = wecom.fails(channel(wecom.scene, {}, wecom.client), line)
    assert (error.failure, error.code) == (Failure.PERMANENT, "response-url")
    assert "40058" in error.reason and "push_key" in error.reason
    assert len(wecom.shown(line)) == 1


def test_what_drops_a_second_one_and_what_does_not(wecom: WeComDesk) -> None:
    """`idempotent` as the little platform shows it: an address takes one call, a push says it twice."""
    by_address, by_push, page = wecom.line(), wecom.line(Way.ROOM, address=False), wecom.page()
    wecom.bot.send(by_address, wecom.now)
    again = wecom.fails(wecom.bot, replace(by_address, attempt=2))
    for _ in range(2):
        wecom.bot.send(by_push, wecom.now)
        wecom.sender.send(page, wecom.now)
    assert [len(wecom.shown(one)) for one in (by_address, by_push, page)] == [1, 2, 2]
    assert again.failure is Failure.NEVER_AGAIN
    told = [wecom.bot.idempotent(by_address), wecom.bot.idempotent(by_push), wecom.sender.idempotent(page)]
    assert told == [True, False, False]


@pytest.mark.parametrize(("first", "told"), [("45009", Failure.TEMPORARY), ("lost", Failure.UNKNOWN)])
def test_a_refusal_on_a_later_try_means_what_the_earlier_ones_left_open(
    wecom: WeComDesk, first: str, told: Failure
) -> None:
    """After a clean «later» the address was still untouched, so the push may say it; after a lost answer it was not."""
    line = wecom.line()
    wecom.scene.wecom.fail(Endpoint.RESPONSE, lost_answer() if first == "lost" else errcode(45009))
    assert wecom.fails(wecom.bot, line).failure is told
    wecom.scene.wecom.fail(Endpoint.RESPONSE, errcode(40058))
    again = replace(line, attempt=2)
    if first == "lost":
        assert wecom.fails(wecom.bot, again).failure is Failure.NEVER_AGAIN
    else:
        wecom.bot.send(again, wecom.now)
    assert len(wecom.shown(line)) == 1


def test_another_process_that_knows_nothing_of_the_first_try_is_careful(wecom: WeComDesk) -> None:
    """After a restart: the address may have been used, so nothing is said a second time."""
    line = wecom.line()
    wecom.scene.wecom.fail(Endpoint.RESPONSE, errcode(40058))
    fresh = channel(wecom.scene, {wecom.scene.group.chatid: wecom.sender}, wecom.client)
    assert wecom.fails(fresh, replace(line, attempt=2)).failure is Failure.NEVER_AGAIN


def test_what_is_remembered_of_addresses_does_not_grow(wecom: WeComDesk) -> None:
    known = SpentAddresses()
    lines = [replace(wecom.line(address=False), key=str(number)) for number in range(3000)]
    for line in lines:
        known.add(line)
        known.left_nothing(line)
    assert lines[-1] in known and lines[0] not in known
    assert known.was_untouched(replace(lines[-1], attempt=2)) and not known.was_untouched(replace(lines[0], attempt=2))


def test_how_many_a_minute_by_the_way_that_a_line_would_go(wecom: WeComDesk) -> None:
    reply, later, page = wecom.line(), wecom.line(Way.ROOM), wecom.page()
    assert wecom.bot.per_minute(reply, wecom.now) is None
    assert wecom.bot.per_minute(reply, wecom.now + timedelta(hours=1)) == 20
    assert wecom.bot.per_minute(later, wecom.now) == wecom.sender.per_minute(page, wecom.now) == 20
    assert wecom.bot_without_push.per_minute(later, wecom.now) is None
