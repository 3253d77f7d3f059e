"""What is due leaves once; what failed is tried again, given up, or makes the next step due."""

from datetime import timedelta

from app.channels.base import RawRequest
from app.core.delivery import MAX_ATTEMPTS, Failure
from app.core.message import ReplyAddress, Way
from app.flows.deliver import RESPONSE, answer_in_response, deliver
from app.flows.receive import receive
from app.store import claims, pace
from app.store.claims import LEASE
from tests.flows.stage import CHANNEL, PAGER, Stage, dies_while_sending, killed
from tests.people import XIAOLIN, ZHAO

REQUEST = RawRequest("POST", {}, {}, b"")


def test_what_was_sent_is_not_sent_again(stage: Stage) -> None:
    """Sent is settled, at its moment."""
    stage.hears(XIAOLIN, "你好")
    stage.works()
    stage.waits(5)
    row = stage.outbox()[0]
    assert (len(stage.said), row.state, row.attempts, row.error) == (1, "sent", 1, "")


def test_a_channels_thread_leaves_the_other_channels_rows_alone(stage: Stage) -> None:
    """A slow platform holds up only its own."""
    stage.asks_for_a_person(XIAOLIN)
    assert deliver(stage.desk, "worker", [PAGER]) == 1
    assert (stage.paged, stage.said) == (["张工"], [])


def test_the_address_reaches_the_channel_and_then_no_table(stage: Stage) -> None:
    """Sealed on the way, opened for the send, erased after it."""
    address = ReplyAddress("https://oapi.dingtalk.com/hush", stage.now + timedelta(hours=1))
    receive(stage.desk, stage.message(XIAOLIN, "你好", address=address))
    stage.works()
    assert stage.group.sent[0].reply_address == address
    assert stage.outbox()[0].sealed_reply == ""


def test_what_will_never_work_is_given_up_at_once(stage: Stage) -> None:
    """Permanent: a person must look, and finds code and reason."""
    stage.group.fails(Failure.PERMANENT)
    stage.hears(XIAOLIN, "你好")
    stage.works()
    row = stage.outbox()[0]
    assert (row.state, row.attempts, row.error) == ("failed", 1, "45009 太快了")


def test_what_is_temporary_is_tried_again_later_and_later(stage: Stage) -> None:
    """Under the same key, until it works."""
    stage.group.fails(Failure.TEMPORARY)
    stage.hears(XIAOLIN, "你好")
    stage.works()
    first = stage.outbox()[0]
    assert (first.state, first.due_at) == ("due", stage.now + timedelta(seconds=1))
    stage.waits(1)
    stage.group.before_sending = lambda message: None
    stage.waits(5)
    assert [message.key for message in stage.group.sent] == [first.key]


def test_the_platforms_own_wait_is_respected(stage: Stage) -> None:
    """Two minutes means two minutes."""
    stage.group.fails(Failure.TEMPORARY, retry_after=timedelta(minutes=2))
    stage.hears(XIAOLIN, "你好")
    stage.works()
    assert stage.outbox()[0].due_at == stage.now + timedelta(minutes=2)


def test_after_many_attempts_it_is_given_up(stage: Stage) -> None:
    """Not for ever: a person must look."""
    stage.group.fails(Failure.TEMPORARY)
    stage.hears(XIAOLIN, "你好")
    stage.waits(60)
    assert (stage.outbox()[0].state, stage.outbox()[0].attempts) == ("failed", MAX_ATTEMPTS)


def test_a_reply_of_unknown_fate_is_not_repeated(stage: Stage) -> None:
    """It left, and may well have been shown: it is counted as unknown instead."""
    stage.group.fails(Failure.UNKNOWN)
    stage.hears(XIAOLIN, "你好")
    stage.waits(5)
    assert (stage.outbox()[0].state, stage.outbox()[0].attempts) == ("unknown", 1)


def test_where_the_platform_drops_repeats_the_unknown_is_repeated(stage: Stage) -> None:
    """With an idempotency key nothing can double."""
    stage.group.drops_repeats = True
    stage.group.fails(Failure.UNKNOWN)
    stage.hears(XIAOLIN, "你好")
    stage.works()
    assert stage.outbox()[0].state == "due"


def test_one_whom_no_pager_reaches_is_passed_over_at_once(stage: Stage) -> None:
    """张工's id is wrong: nobody waits ten minutes for him."""
    stage.pager.fails(Failure.PERMANENT)
    stage.asks_for_a_person(XIAOLIN)
    deliver(stage.desk, "worker", [PAGER])
    stage.pager.before_sending = lambda message: None
    stage.works()
    assert "李工" in stage.paged
    assert stage.outbox(Way.PAGE)[0].state == "failed"


def test_a_pager_that_is_broken_does_not_use_up_the_plan(stage: Stage) -> None:
    """It refuses two in a row, so it is not the person: 王主管 is called when the step's wait is over, not at once."""
    stage.pager.fails(Failure.PERMANENT)
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    stage.pager.before_sending = lambda message: None
    stage.works()
    assert stage.paged == []
    stage.waits(10)
    assert stage.paged == ["王主管"]


def test_after_the_plan_a_refused_page_calls_nobody_anew(stage: Stage) -> None:
    """The last resort is refused as well: once is enough, the person has been told to dial."""
    stage.pager.fails(Failure.PERMANENT)
    stage.asks_for_a_person(XIAOLIN)
    for _ in range(8):
        stage.waits(10)
    before = len(stage.outbox(Way.PAGE))
    assert any("没人接" in row.markdown for row in stage.outbox(Way.PAGE))
    for _ in range(8):
        stage.waits(10)
    assert len(stage.outbox(Way.PAGE)) == before


def test_a_page_of_unknown_fate_makes_the_next_step_due_at_once(stage: Stage) -> None:
    """It may have rung or not: 李工 is called now, not in ten minutes."""
    stage.pager.fails(Failure.UNKNOWN)
    stage.asks_for_a_person(XIAOLIN)
    deliver(stage.desk, "worker", [PAGER])
    stage.pager.before_sending = lambda message: None
    stage.works()
    assert stage.paged == ["李工"]


def test_a_page_that_fails_for_a_moment_is_repeated_on_its_own_step(stage: Stage) -> None:
    """Nothing left, so nobody else need be woken."""
    stage.pager.fails(Failure.TEMPORARY)
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    stage.pager.before_sending = lambda message: None
    stage.waits(1)
    assert stage.paged == ["张工"]


def test_a_page_interrupted_by_a_kill_is_not_rung_twice(stage: Stage) -> None:
    """The process died between the call and our record: the next engineer is called instead."""
    stage.asks_for_a_person(XIAOLIN)
    stage.pager.before_sending = killed
    dies_while_sending(stage)
    stage.pager.before_sending = lambda message: None
    stage.clock.set(stage.now + LEASE + timedelta(seconds=1))
    stage.works()
    assert (stage.paged, stage.outbox(Way.PAGE)[0].state) == (["李工"], "unknown")


def test_a_page_interrupted_as_its_pager_was_shut_is_given_up_at_once(stage: Stage) -> None:
    """It is not to ring again, so it need not wait for the lock's end: 李工's turn comes now, his page waits."""
    stage.asks_for_a_person(XIAOLIN)
    stage.pager.before_sending = killed
    dies_while_sending(stage)
    stage.pager.before_sending = lambda message: None
    stage.clock.set(stage.now + LEASE + timedelta(seconds=1))
    (page,) = stage.outbox(Way.PAGE)
    with stage.desk.database.transaction() as session:
        pace.hold(session, page, range(1), stage.now + timedelta(minutes=5))
    stage.works()
    assert [row.state for row in stage.outbox(Way.PAGE)] == ["unknown", "due"] and stage.paged == []
    stage.waits(6)
    assert stage.paged == ["李工"]


def test_a_page_interrupted_long_ago_does_not_hurry_the_step_after_the_next(stage: Stage) -> None:
    """李工's turn came while the process was down: 王主管's is ten minutes later, not at once."""
    stage.asks_for_a_person(XIAOLIN)
    stage.pager.before_sending = killed
    dies_while_sending(stage)
    stage.pager.before_sending = lambda message: None
    stage.clock.set(stage.now + timedelta(minutes=12))
    stage.works()
    assert (stage.paged, stage.outbox(Way.PAGE)[0].state) == (["李工"], "unknown")
    stage.waits(9)
    assert stage.paged == ["李工"]
    stage.waits(1)
    assert stage.paged == ["李工", "王主管"]


def test_a_reply_interrupted_by_a_kill_is_said_after_the_lease(stage: Stage) -> None:
    """Nothing accepted is lost."""
    stage.hears(XIAOLIN, "你好")
    stage.group.before_sending = killed
    dies_while_sending(stage)
    stage.group.before_sending = lambda message: None
    stage.works()
    assert stage.said == []
    stage.clock.set(stage.now + LEASE + timedelta(seconds=1))
    stage.works()
    assert len(stage.said) == 1


def test_a_fault_of_our_own_neither_stops_the_others_nor_repeats_for_ever(stage: Stage) -> None:
    """The channel crashes on one row; the next is sent all the same, and the first ends as unknown."""

    def stumble(message: object) -> None:
        if "小林" in str(message):
            raise KeyError("errcode")

    stage.group.before_sending = stumble
    stage.hears(XIAOLIN, "你好")
    stage.hears(ZHAO, "你好")
    stage.works()
    assert [message.person for message in stage.group.sent] == [ZHAO]
    stage.waits(5)
    assert [(row.state, row.attempts) for row in stage.outbox()] == [("unknown", 1), ("sent", 1)]


def test_a_row_of_a_channel_that_is_gone_is_given_up(stage: Stage) -> None:
    """Somebody took the channel out of the settings; a person must look."""
    stage.asks_for_a_person(XIAOLIN)
    stage.desk.pagers = {}
    deliver(stage.desk, "worker", [PAGER])
    page = stage.outbox(Way.PAGE)[0]
    assert (page.state, page.error) == ("failed", "渠道已从设置里删除")


def test_a_reply_rides_on_the_response_and_the_worker_leaves_it_alone(stage: Stage) -> None:
    """Said once, by the webhook."""
    stage.group.reply_grace = timedelta(seconds=5)
    receipt = stage.hears(XIAOLIN, "你好")
    response = answer_in_response(stage.desk, CHANNEL, REQUEST, receipt.inbound_id, "m1", duplicate=False)
    stage.waits(5)
    assert response is not None and response.body.decode() == receipt.reply
    assert (stage.said, stage.outbox()[0].state) == ([], "sent")


def test_a_second_delivery_gets_the_same_words_in_its_response(stage: Stage) -> None:
    """The platform may not have heard the first one."""
    stage.group.reply_grace = timedelta(seconds=5)
    receipt = stage.hears(XIAOLIN, "你好")
    once = answer_in_response(stage.desk, CHANNEL, REQUEST, receipt.inbound_id, "m1", duplicate=False)
    again = answer_in_response(stage.desk, CHANNEL, REQUEST, receipt.inbound_id, "m1", duplicate=True)
    stage.waits(5)
    assert once == again and once is not None and stage.said == []


def test_a_second_delivery_settles_what_the_first_claimed_before_it_died(stage: Stage) -> None:
    """The process dies between claiming and settling, the platform calls again: the worker has nothing left to say."""
    stage.group.reply_grace = timedelta(seconds=5)
    receipt = stage.hears(XIAOLIN, "你好")
    with stage.desk.database.transaction() as session:
        claims.claim_reply(session, receipt.inbound_id, RESPONSE, stage.now)
    again = answer_in_response(stage.desk, CHANNEL, REQUEST, receipt.inbound_id, "m1", duplicate=True)
    stage.waits(5)
    assert again is not None and again.body.decode() == receipt.reply
    assert (stage.said, stage.outbox()[0].state) == ([], "sent")


def test_a_second_delivery_is_silent_where_the_worker_has_taken_over(stage: Stage) -> None:
    """It came too late: the worker said it."""
    stage.group.reply_grace = timedelta(seconds=5)
    receipt = stage.hears(XIAOLIN, "你好")
    with stage.desk.database.transaction() as session:
        claims.claim_reply(session, receipt.inbound_id, RESPONSE, stage.now)
    stage.waits(1)
    again = answer_in_response(stage.desk, CHANNEL, REQUEST, receipt.inbound_id, "m1", duplicate=True)
    assert (len(stage.said), again) == (1, None)


def test_what_the_worker_said_is_not_said_again_in_a_response(stage: Stage) -> None:
    """A late redelivery does not double the answer in the group."""
    stage.group.reply_grace = timedelta(seconds=5)
    receipt = stage.hears(XIAOLIN, "你好")
    stage.waits(1)
    response = answer_in_response(stage.desk, CHANNEL, REQUEST, receipt.inbound_id, "m1", duplicate=True)
    assert (len(stage.said), response) == (1, None)


def test_where_the_worker_was_faster_the_response_is_empty(stage: Stage) -> None:
    """One row, one mouth."""
    stage.group.reply_grace = timedelta(seconds=5)
    receipt = stage.hears(XIAOLIN, "你好")
    stage.waits(1)
    assert answer_in_response(stage.desk, CHANNEL, REQUEST, receipt.inbound_id, "m1", duplicate=False) is None


def test_without_a_response_the_reply_waits_for_its_grace_only(stage: Stage) -> None:
    """The callback broke off: the worker says it a few seconds later."""
    stage.group.reply_grace = timedelta(seconds=5)
    stage.hears(XIAOLIN, "你好")
    stage.works()
    assert stage.said == []
    stage.waits(0.5)
    assert len(stage.said) == 1


def test_a_platform_without_passive_replies_is_answered_at_once(stage: Stage) -> None:
    """Asking for a response must not hold the row back for a whole lease."""
    receipt = stage.hears(XIAOLIN, "你好")
    assert answer_in_response(stage.desk, CHANNEL, REQUEST, receipt.inbound_id, "m1", duplicate=False) is None
    stage.works()
    assert len(stage.said) == 1


def test_a_response_that_cannot_be_made_leaves_the_reply_to_the_worker(stage: Stage) -> None:
    """The platform takes replies in the response, but not in this one."""
    stage.group.reply_grace, stage.group.passive = timedelta(seconds=5), False
    receipt = stage.hears(XIAOLIN, "你好")
    assert answer_in_response(stage.desk, CHANNEL, REQUEST, receipt.inbound_id, "m1", duplicate=False) is None
    stage.works()
    assert len(stage.said) == 1
