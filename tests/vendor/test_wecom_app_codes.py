"""The self-built app's sending: every code of the page, the token's life, and answers that only look like success."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.channels.meaning import Kind
from app.channels.wecom.errors import NOT_REACHED, TOKEN_REFUSED, meaning_of
from app.core.delivery import Failure
from app.core.message import Mention
from tests.platforms.wecom.faults import Endpoint, errcode, lost_answer, server_error
from tests.vendor.lines import reads_well
from tests.vendor.test_wecom_codes import PAGE
from tests.vendor.wecom_app_desk import TAKE, AppDesk, open_app_desk

CODE = pytest.mark.parametrize("code", sorted(PAGE))
CREDENTIALS = sorted(code for code, expected in PAGE.items() if expected.kind is Kind.CREDENTIAL)


@pytest.fixture(scope="module")
def standing(surroundings: None) -> Iterator[AppDesk]:
    with open_app_desk() as opened:
        yield opened


@pytest.fixture
def desk(standing: AppDesk) -> AppDesk:
    """A minute later than the test before: nobody's rate is used up, no fault is left."""
    standing.scene.clock.advance(61)
    standing.scene.wecom.heal()
    app = standing.app
    app.visible, app.unlicensed, app.trusted_ips, app.ok_to_nobody = None, frozenset(), None, False
    return standing


@CODE
def test_a_page_that_is_refused_with_it(desk: AppDesk, code: int) -> None:
    """Nothing was shown; what the code asks for is what becomes of the page. A token is fetched anew, once."""
    expected, page, api = PAGE[code], desk.page(), desk.pager()
    desk.scene.wecom.fail(Endpoint.SEND, errcode(code))
    if expected.kind is Kind.CREDENTIAL:
        api.send(page, desk.now)
        assert len(desk.shown(page)) == 1
        return
    error = desk.fails(api, page)
    assert (error.failure, error.code, error.reason) == (expected.failure, str(code), meaning_of(code).line)
    assert (error.retry_after.total_seconds() if error.retry_after else None) == expected.seconds
    assert error.locks_target == (expected.kind is Kind.LOCKED)
    assert desk.shown(page) == []


@CODE
def test_a_token_that_is_refused_with_it(desk: AppDesk, code: int) -> None:
    """Nothing has been said yet: refused for good or to be tried again, never unknown; the reason says what failed."""
    page = desk.page()
    desk.scene.wecom.fail(Endpoint.TOKEN, errcode(code))
    error = desk.fails(desk.pager(), page)
    assert error.failure is PAGE[code].failure and error.code == str(code)
    assert error.reason.startswith("拿不到 access_token：") and desk.shown(page) == []


@pytest.mark.parametrize("code", CREDENTIALS)
def test_a_token_that_is_refused_twice_is_not_asked_for_without_end(desk: AppDesk, code: int) -> None:
    desk.scene.wecom.fail(Endpoint.SEND, errcode(code), times=2)
    error = desk.fails(desk.pager(), desk.page())
    assert (error.failure, error.code, error.reason) == (Failure.TEMPORARY, str(code), TOKEN_REFUSED.line)


def test_a_token_is_fetched_once_kept_while_it_holds_and_renewed_when_it_ends(desk: AppDesk) -> None:
    """Its end is known; a token that ends before its time (42001) is replaced within the same send."""
    calls, pager = desk.scene.wecom.recorder.calls_to, desk.pager()
    before = len(calls("token"))
    desk.scene.clock.advance(7200)  # the platform's own is a new one from here
    for _ in range(3):
        pager.send(desk.page(), desk.now)
    assert len(calls("token")) == before + 1
    desk.scene.clock.advance(7200 - 120)
    pager.send(desk.page(), desk.now)
    assert len(calls("token")) == before + 2, "fetched a little before the end"
    desk.app.expire_tokens()
    page = desk.page()
    pager.send(page, desk.now)
    assert len(calls("token")) == before + 3 and len(desk.shown(page)) == 1


@pytest.mark.parametrize(("wrong", "code"), [("corp_id", "40013"), ("secret", "40001")])
def test_wrong_credentials_by_the_platforms_own_judgement(desk: AppDesk, wrong: str, code: str) -> None:
    error = desk.fails(type(desk.pager())(desk.api(**{wrong: "other"}), hears_taps=False), desk.page())
    assert (error.failure, error.code) == (Failure.PERMANENT, code)


def test_a_server_that_is_not_on_the_list_of_trusted_addresses(desk: AppDesk) -> None:
    desk.app.trusted_ips = frozenset({"10.0.0.1"})
    error = desk.fails(desk.pager(), desk.page())
    assert (error.failure, error.code) == (Failure.PERMANENT, "60020") and "可信 IP" in error.reason


@pytest.mark.parametrize("key", sorted(NOT_REACHED))
def test_an_answer_that_says_ok_though_the_engineer_got_nothing(desk: AppDesk, key: str) -> None:
    """Names come back in lower case."""
    reads_well(NOT_REACHED[key])
    desk.scene.wecom.user("LiuGong", "刘工")
    desk.app.ok_to_nobody = key == "invaliduser"
    desk.app.visible = frozenset({"lisi"}) if key == "invaliduser" else None
    desk.app.unlicensed = frozenset({"LiuGong"}) if key == "unlicenseduser" else frozenset()
    error = desk.fails(desk.pager(), desk.page(to="LiuGong"))
    assert (error.failure, error.code, error.reason) == (Failure.PERMANENT, key, NOT_REACHED[key].line)


def test_nobody_who_can_be_reached(desk: AppDesk) -> None:
    desk.app.visible = frozenset({"wangwu"})
    error = desk.fails(desk.pager(), desk.page())
    assert (error.failure, error.code) == (Failure.PERMANENT, "81013")


@pytest.mark.parametrize("to", ["", "@all", "lisi|wangwu"])
def test_a_page_goes_to_one_member_or_to_nobody(desk: AppDesk, to: str) -> None:
    """No call is made: an engineer of whom only a mobile is known is reached by another pager."""
    calls = len(desk.scene.wecom.recorder.calls)
    error = desk.fails(desk.pager(), replace(desk.page(), mentions=(Mention(to, "13800000002"),)))
    assert (error.failure, error.code) == (Failure.PERMANENT, "no-receiver")
    assert len(desk.scene.wecom.recorder.calls) == calls


def test_text_is_cut_by_bytes_between_characters(desk: AppDesk) -> None:
    page = desk.page("原话：" + "长🔥" * 600)
    desk.pager().send(page, desk.now)
    shown = desk.scene.li.last()
    assert shown.size <= 2048 and shown.text.endswith("…") and not shown.truncated


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(1, 61), (5, 61), (6, 600), (11, 600)], ids=["first", "fifth", "sixth", "last"]
)
def test_a_limit_that_outlasts_its_minute_is_one_of_an_hour(desk: AppDesk, attempt: int, seconds: int) -> None:
    """Same code for the block of a minute, an hour, a day: eleven tries with these waits last longer than the hour."""
    desk.scene.wecom.fail(Endpoint.SEND, errcode(45009))
    error = desk.fails(desk.pager(), replace(desk.page(), attempt=attempt))
    assert error.retry_after is not None and error.retry_after.total_seconds() == seconds
    assert 5 * 61 + 6 * 600 > 3600


def test_a_lost_answer_is_tried_again_and_rings_once(desk: AppDesk) -> None:
    """Text: the platform is asked to drop the same content, and does."""
    pager, page = desk.pager(), desk.page()
    desk.scene.wecom.fail(Endpoint.SEND, lost_answer())
    assert desk.fails(pager, page).failure is Failure.UNKNOWN and pager.idempotent(page)
    desk.scene.clock.advance(5000)
    pager.send(replace(page, attempt=2), desk.now)
    assert (len(desk.shown(page)), desk.app.duplicates) == (1, 1)


def test_a_lost_answer_to_a_card_is_not_tried_again(desk: AppDesk) -> None:
    """Its task_id serves once; what the platform says to a second one stands on no page."""
    desk.app.callback_url = "http://127.0.0.1:9/"
    try:
        pager, page = desk.pager(hears_taps=True), desk.page(buttons=(TAKE,))
        assert not pager.idempotent(page) and pager.idempotent(desk.page())
        pager.send(page, desk.now)
        assert desk.fails(pager, page).code == "40058" and len(desk.shown(page)) == 1
    finally:
        desk.app.callback_url = None


def test_without_a_callback_address_a_page_is_text_whatever_buttons_it_has(desk: AppDesk) -> None:
    page = desk.page(buttons=(TAKE,))
    desk.pager().send(page, desk.now)
    (shown,) = desk.shown(page)
    assert (shown.kind, shown.card) == ("text", None)


def test_a_gateway_that_breaks(desk: AppDesk) -> None:
    page = desk.page()
    desk.scene.wecom.fail(Endpoint.SEND, server_error())
    assert desk.fails(desk.pager(), page).failure is Failure.TEMPORARY
    desk.scene.wecom.fail(Endpoint.TOKEN, server_error())
    assert desk.fails(desk.pager(), page).failure is Failure.TEMPORARY
    desk.scene.wecom.fail(Endpoint.TOKEN, lost_answer())
    assert desk.fails(desk.pager(), page).failure is Failure.TEMPORARY, "a lost token has said nothing to anybody"


def test_what_is_said_later_in_the_same_words_is_said_again(desk: AppDesk) -> None:
    """A door's lines are no pages: who asks the same twice is answered twice, and an unknown one is not repeated."""
    door, line = desk.door(), desk.line("原话：单 12 已经归您了")
    for _ in range(2):
        door.send(line, desk.now)
    assert len(desk.shown(line)) == 2 and not door.idempotent(line)
    assert door.can_speak_later("lisi", single=True) and not door.can_speak_later("wr1", single=False)


def test_the_limit_of_a_member_is_shared_by_pages_and_answers(desk: AppDesk) -> None:
    """Above thirty a minute the platform drops without a word: together they stay below."""
    line, page = desk.line(), desk.page()
    limits = (desk.door().per_minute(line, desk.now), desk.pager().per_minute(page, desk.now))
    assert sum(limit or 99 for limit in limits) <= 30
