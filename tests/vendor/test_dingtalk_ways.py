"""Which way a line takes on DingTalk when one is shut, who is told what, and how the token is looked after."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.channels.base import SendFailed
from app.channels.dial import within
from app.core.delivery import Failure
from tests.platforms.dingtalk.faults import Fault
from tests.platforms.dingtalk.record import Channel
from tests.platforms.dingtalk.wire import Endpoint
from tests.stories.house import eventually
from tests.vendor.dingtalk_desk import DingTalkDesk

SESSION, GROUP, PRIVATE = Channel.SESSION, Channel.GROUP_API, Channel.OTO_API


def test_a_reply_goes_by_its_session_with_a_mention(dingtalk: DingTalkDesk) -> None:
    line = dingtalk.line()
    dingtalk.channel().send(line, dingtalk.now)
    assert dingtalk.shown(line) == [SESSION] and dingtalk.group.seen()[0].notified == (dingtalk.lin,)


def test_the_custom_robots_real_lock_out(dingtalk: DingTalkDesk) -> None:
    """No injected fault: the twenty-first of a minute locks the robot for ten minutes, in either wording."""
    for wording in (False, True):
        dingtalk.pager.answers_130101 = wording
        custom = dingtalk.custom()
        for _ in range(20):
            custom.send(dingtalk.page(), dingtalk.now)
        page = dingtalk.page()
        error = dingtalk.fails(custom, page)
        assert (error.code, error.retry_after, error.locks_target) == (
            "130101" if wording else "410100",
            timedelta(minutes=10),
            True,
        )
        dingtalk.ding.clock.advance(599)
        assert dingtalk.fails(custom, page).locks_target
        dingtalk.ding.clock.advance(1)
        custom.send(page, dingtalk.now)
        assert len(dingtalk.shown(page)) == 1
        dingtalk.ding.clock.advance(61)


def test_a_limit_that_the_platform_may_put_on_sessions(dingtalk: DingTalkDesk) -> None:
    """Undocumented, so switched on here: the twenty-first goes by the API at once, and so does everything after it."""
    dingtalk.ding.limits.session_per_minute = 20
    channel = dingtalk.channel()
    assert dingtalk.custom().per_minute(dingtalk.page(), dingtalk.now) == 20
    lines = [dingtalk.line() for _ in range(23)]
    assert channel.per_minute(lines[0], dingtalk.now) == 20
    for line in lines:
        channel.send(line, dingtalk.now)
    assert [dingtalk.shown(line) for line in lines] == [[SESSION]] * 20 + [[GROUP]] * 3
    assert len(dingtalk.ding.calls(Endpoint.SESSION)) == 21
    assert channel.per_minute(lines[0], dingtalk.now) == 20 * 60


def test_the_lock_of_one_group_is_not_that_of_another(dingtalk: DingTalkDesk) -> None:
    channel, locked, private = dingtalk.channel(), dingtalk.line(), dingtalk.line(private=True)
    dingtalk.ding.faults.next(Endpoint.SESSION, Fault.of(410100))
    channel.send(locked, dingtalk.now)
    channel.send(private, dingtalk.now)
    assert (dingtalk.shown(locked), dingtalk.shown(private)) == ([GROUP], [SESSION])


@pytest.mark.parametrize("refusal", ["Forbidden.AccessDenied.AccessTokenPermissionDenied", "bot.stopped"])
def test_a_lock_is_waited_for_where_the_other_way_is_shut_for_good(dingtalk: DingTalkDesk, refusal: str) -> None:
    """Ten minutes later it will be said: nothing to give up."""
    line = dingtalk.line()
    dingtalk.ding.faults.next(Endpoint.SESSION, Fault.of(130101))
    dingtalk.ding.faults.next(Endpoint.GROUP_SEND, Fault.of(refusal))
    error = dingtalk.fails(dingtalk.channel(), line)
    assert (error.failure, error.code, error.locks_target) == (Failure.TEMPORARY, "130101", True)


def test_a_short_limit_is_waited_for_and_costs_no_call(dingtalk: DingTalkDesk) -> None:
    line = dingtalk.line()
    dingtalk.ding.faults.next(Endpoint.SESSION, Fault.of(90018))
    assert dingtalk.fails(dingtalk.channel(), line).retry_after == timedelta(seconds=1)
    assert dingtalk.ding.calls(Endpoint.GROUP_SEND) == []


def test_in_private_a_session_that_is_refused_goes_by_the_api(dingtalk: DingTalkDesk) -> None:
    """One official page says that sessions are for groups only."""
    dingtalk.ding.world.session_in_one_to_one = False
    line = dingtalk.line(private=True)
    dingtalk.channel().send(line, dingtalk.now)
    assert dingtalk.shown(line) == [PRIVATE]


def test_a_robot_that_was_removed_reaches_the_person_alone(dingtalk: DingTalkDesk) -> None:
    """No injected fault: by session and by API the group is lost, whichever is asked first."""
    dingtalk.group.robots.remove(dingtalk.robot)
    for session in (True, False):
        line = dingtalk.line(session=session)
        dingtalk.channel().send(line, dingtalk.now)
        assert dingtalk.shown(line) == [PRIVATE]


def test_a_group_that_was_dissolved_reaches_the_person_alone(dingtalk: DingTalkDesk) -> None:
    dingtalk.group.dissolved = True
    for session in (True, False):
        line = dingtalk.line(session=session)
        dingtalk.channel().send(line, dingtalk.now)
        assert dingtalk.shown(line) == [PRIVATE]


def test_somebody_whom_no_way_reaches_is_reported_with_the_cause_that_can_be_repaired(dingtalk: DingTalkDesk) -> None:
    """An outsider has no staff id: that the robot is gone comes first, that he cannot be written to second."""
    outsider = dingtalk.ding.user("外部", external=True)
    dingtalk.group.add(outsider)
    dingtalk.group.robots.remove(dingtalk.robot)
    error = dingtalk.fails(dingtalk.channel(), dingtalk.line(by=outsider))
    assert (error.failure, error.code) == (Failure.PERMANENT, "400106")
    assert "机器人不在群里" in error.reason and "私聊也发不出" in error.reason


@pytest.mark.parametrize("kind", ["stopped", "no permission"])
def test_what_shuts_every_way_is_reported_as_it_is(dingtalk: DingTalkDesk, kind: str) -> None:
    """No injected fault. A stopped robot refuses the session, the group and the person."""
    if kind == "stopped":
        dingtalk.robot.stopped = True
        error = dingtalk.fails(dingtalk.channel(), dingtalk.line())
        assert error.code == "400102" and "请管理员启用" in error.reason
    else:
        dingtalk.robot.permissions.clear()
        error = dingtalk.fails(dingtalk.channel(), dingtalk.line(session=False))
        assert error.code.endswith("AccessTokenPermissionDenied") and "缺 qyapi_robot_sendmsg" in error.reason
    assert error.failure is Failure.PERMANENT


def test_the_lists_of_a_success_that_reached_nobody(dingtalk: DingTalkDesk) -> None:
    """HTTP 200 and a key, and the person is on one of the lists."""
    dingtalk.lin.flow_controlled = True
    error = dingtalk.fails(dingtalk.channel(), dingtalk.line(private=True, session=False))
    assert (error.failure, error.code, error.locks_target) == (Failure.TEMPORARY, "flowControlled", True)
    outsider = dingtalk.ding.user("外部", external=True)
    error = dingtalk.fails(dingtalk.channel(), dingtalk.line(by=outsider, private=True, session=False))
    assert (error.failure, error.code) == (Failure.PERMANENT, "invalidStaffId")


def test_a_link_that_is_unsafe_is_left_out_and_the_words_are_said(dingtalk: DingTalkDesk) -> None:
    dingtalk.ding.faults.next(Endpoint.SESSION, Fault.of(430101))
    line = dingtalk.line(words="打开 [自助页](https://pw.example/a) 改密码")
    dingtalk.channel().send(line, dingtalk.now)
    (shown,) = dingtalk.group.seen()
    assert "打开 自助页 改密码" in shown.text and "://" not in shown.text


def test_words_that_are_unsafe_without_any_link_are_not_tried_again(dingtalk: DingTalkDesk) -> None:
    dingtalk.ding.faults.next(Endpoint.SESSION, Fault.of(430101))
    assert dingtalk.fails(dingtalk.channel(), dingtalk.line()).code == "430101"
    assert len(dingtalk.ding.calls(Endpoint.SESSION)) == 1


def test_a_token_lives_its_time_and_is_fetched_once(dingtalk: DingTalkDesk) -> None:
    channel = dingtalk.channel()
    for _ in range(3):
        channel.send(dingtalk.line(session=False), dingtalk.now)
    dingtalk.ding.clock.advance(7200 - 179)
    channel.send(dingtalk.line(session=False), dingtalk.now)
    assert len(dingtalk.ding.calls(Endpoint.TOKEN)) == 2


def test_a_token_that_ends_early_is_fetched_anew_once(dingtalk: DingTalkDesk) -> None:
    channel, line = dingtalk.channel(), dingtalk.line(session=False)
    channel.send(dingtalk.line(session=False), dingtalk.now)
    dingtalk.ding.expire_tokens()
    channel.send(line, dingtalk.now)
    assert dingtalk.shown(line) == [GROUP] and len(dingtalk.ding.calls(Endpoint.TOKEN)) == 2


@pytest.mark.parametrize(
    ("code", "failure"), [("InvalidAuthentication", Failure.TEMPORARY), ("unauthorized.client", Failure.PERMANENT)]
)
def test_a_token_that_is_refused_twice_is_not_asked_for_without_end(
    dingtalk: DingTalkDesk, code: str, failure: Failure
) -> None:
    dingtalk.ding.faults.next(Endpoint.GROUP_SEND, Fault.of(code), times=2)
    error = dingtalk.fails(dingtalk.channel(), dingtalk.line(session=False))
    assert (error.failure, error.code) == (failure, code)
    assert len(dingtalk.ding.calls(Endpoint.TOKEN)) == 2


def test_a_herd_fetches_one_token(dingtalk: DingTalkDesk) -> None:
    """Many threads, first with none, then with one that has just died: two calls in all."""
    channel = dingtalk.channel()
    dingtalk.ding.limits.qps = 1000
    start = threading.Barrier(12)

    def say(_: int) -> None:
        line = dingtalk.line(session=False)
        start.wait(5)
        channel.send(line, dingtalk.now)

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(say, range(12)))
        assert len(dingtalk.ding.calls(Endpoint.TOKEN)) == 1
        dingtalk.ding.expire_tokens()
        list(pool.map(say, range(12)))
    assert len(dingtalk.ding.calls(Endpoint.TOKEN)) == 2
    assert len(dingtalk.group.seen()) == 24


def test_a_herd_before_a_token_that_cannot_be_had_asks_once(dingtalk: DingTalkDesk) -> None:
    """Whoever waited behind the one that asked is told the same."""
    openapi = dingtalk.openapi(secret="not the secret")
    start = threading.Barrier(8)

    def say(_: int) -> str:
        start.wait(5)
        try:
            openapi.send_to_group(dingtalk.group.conversation_id, "t", "x", dingtalk.now)
        except SendFailed as error:
            return error.code
        return ""

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(say, range(8)))
    assert codes == ["invalidClientIdOrSecret"] * 8
    assert len(dingtalk.ding.calls(Endpoint.TOKEN)) == 1


def test_who_waits_for_a_token_does_not_wait_for_ever(dingtalk: DingTalkDesk) -> None:
    """One thread hangs in the call; the other's time ends, and nothing was said."""
    openapi = dingtalk.openapi()
    dingtalk.ding.faults.next(Endpoint.TOKEN, Fault.slow(2))
    first = threading.Thread(
        target=openapi.send_to_group, args=(dingtalk.group.conversation_id, "t", "x", dingtalk.now)
    )
    first.start()
    eventually("the first is in its call", lambda: not dingtalk.ding.faults.planned(Endpoint.TOKEN))
    with within(0.6), pytest.raises(SendFailed) as caught:
        openapi.send_to_group(dingtalk.group.conversation_id, "t", "y", dingtalk.now)
    assert (caught.value.failure, caught.value.code) == (Failure.TEMPORARY, "deadline")
    first.join(10)
    assert [one.text for one in dingtalk.group.seen()] == ["x"]


def test_an_app_whose_month_is_over_is_not_asked_again_and_again(dingtalk: DingTalkDesk) -> None:
    """No injected fault. Ten minutes later it looks once more."""
    dingtalk.ding.limits.api_per_month = 0
    channel = dingtalk.channel()
    for _ in range(5):
        error = dingtalk.fails(channel, dingtalk.line(session=False))
        assert (error.failure, error.code) == (Failure.PERMANENT, "Forbidden.AccessDenied.ApiCountLimitForOrg")
    assert len(dingtalk.ding.calls(Endpoint.GROUP_SEND)) == 1
    dingtalk.ding.limits.api_per_month = 100
    dingtalk.ding.clock.advance(600)
    line = dingtalk.line(session=False)
    channel.send(line, dingtalk.now)
    assert dingtalk.shown(line) == [GROUP]


def test_a_ban_silences_every_call_of_the_app_until_it_is_over(dingtalk: DingTalkDesk) -> None:
    channel = dingtalk.channel()
    dingtalk.ding.faults.next(Endpoint.GROUP_SEND, Fault.punished())
    first = dingtalk.fails(channel, dingtalk.line(session=False))
    dingtalk.ding.clock.advance(100)
    second = dingtalk.fails(channel, dingtalk.line(private=True, session=False))
    assert (first.retry_after, second.retry_after) == (timedelta(minutes=5), timedelta(seconds=200))
    assert len(dingtalk.ding.calls()) == 2  # the token, and the one call that was punished
    dingtalk.ding.clock.advance(200)
    channel.send(dingtalk.line(session=False), dingtalk.now)


def test_the_platforms_own_limit_of_calls_a_second(dingtalk: DingTalkDesk) -> None:
    """No injected fault: the twenty-first waits two seconds, and so does whatever else goes there."""
    channel = dingtalk.channel()
    for _ in range(20):
        channel.send(dingtalk.line(session=False), dingtalk.now)
    line = dingtalk.line(session=False)
    error = dingtalk.fails(channel, line)
    assert error.code.endswith("QpsLimitForAppkeyAndApi") and error.locks_target
    assert error.retry_after is not None
    dingtalk.ding.clock.advance(error.retry_after.total_seconds())
    channel.send(line, dingtalk.now)


def test_what_drops_a_second_one_and_what_does_not(dingtalk: DingTalkDesk) -> None:
    """`idempotent` as the little platform shows it: the custom robot by its key; session and API say it twice."""
    custom, page, channel = dingtalk.custom(), dingtalk.page(), dingtalk.channel()
    session, api = dingtalk.line(), dingtalk.line(session=False)
    for _ in range(2):
        custom.send(page, dingtalk.now)
        channel.send(session, dingtalk.now)
        channel.send(api, dingtalk.now)
    shown = [len(dingtalk.shown(one)) for one in (page, session, api)]
    assert shown == [1, 2, 2]
    assert [custom.idempotent(page), channel.idempotent(session), channel.idempotent(api)] == [True, False, False]
