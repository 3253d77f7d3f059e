"""What people do with a self-built app in 1:1, as its callback address gets it; and what its answers do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from tests.platforms.wecom import app_xml
from tests.platforms.wecom.cards import event_keys
from tests.platforms.wecom.courier import FAILED, Attempt, Courier, Outcome, Verification
from tests.platforms.wecom.envelope import Wrapper
from tests.platforms.wecom.limits import APP_TEXT_BYTES, CARD_EVENT_SECONDS
from tests.platforms.wecom.messages import text_content
from tests.platforms.wecom.probes import Probes
from tests.platforms.wecom.recorder import Recorder, size_of
from tests.platforms.wecom.reply import ReplyError
from tests.platforms.wecom.shown import Channel, Shown

if TYPE_CHECKING:
    from tests.platforms.wecom.corp_app import CorpApp
    from tests.platforms.wecom.people import User

RETRIES = 3  # after the first delivery; any other status than 200 counts as a failure


@dataclass(eq=False)
class AppDelivery:
    """One message or tap: its callbacks so far. The same document goes out again, sealed anew."""

    host: AppCallbacks
    app: CorpApp
    user: User
    document: str
    tapped: Shown | None = None
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def status(self) -> Outcome:
        return self.attempts[-1].outcome

    def again(self) -> AppDelivery:
        """The platform delivers it once more: it had not heard our answer."""
        self.host.deliver(self, retries=0)
        return self


class AppCallbacks:
    def __init__(
        self, recorder: Recorder, wrapper: Wrapper, courier: Courier, probes: Probes, new_id: Callable[[str], str]
    ) -> None:
        self._recorder = recorder
        self._wrapper = wrapper
        self._courier = courier
        self._probes = probes
        self._new_id = new_id
        self._msgid = 4_561_255_354_251_345_929

    def connect(self, app: CorpApp, url: str) -> Verification:
        """The administrator saves the address; kept only when it answers the challenge."""
        verification = self._probes.verify(app, url)
        if verification.ok:
            app.callback_url = url
        return verification

    def write(self, app: CorpApp, user: User, text: str) -> AppDelivery:
        self._msgid += 1
        self._say(app, user, text, Channel.USER)
        return self._event(app, user, {"MsgType": "text", "Content": text, "MsgId": self._msgid})

    def send(self, app: CorpApp, user: User, kind: str, parts: dict[str, object]) -> AppDelivery:
        """Any other kind: image, voice, location, link … or an event without a MsgId."""
        self._msgid += 1
        known = {"MsgType": kind, **parts}
        return self._event(app, user, known if kind == "event" else {**known, "MsgId": self._msgid})

    def tap(self, app: CorpApp, user: User, shown: Shown, key: str) -> AppDelivery:
        card = shown.card_for(user.userid)
        if card is None or user.userid not in shown.audience or key not in event_keys(card):
            raise ValueError(f"there is no button {key!r} that {user.name} can tap: {card}")
        parts: dict[str, object] = {"MsgType": "event", "Event": "template_card_event", "EventKey": key}
        parts |= {"TaskId": card["task_id"], "CardType": card["card_type"]}
        parts["ResponseCode"] = self.issue_code(app, shown)
        return self._event(app, user, parts, shown)

    def issue_code(self, app: CorpApp, shown: Shown) -> str:
        """A response_code of a sending or a tap: one update of this card."""
        code = self._new_id("rescode")
        app.response_codes[code] = (self._recorder.clock.now(), shown)
        return code

    def _event(self, app: CorpApp, user: User, parts: dict[str, object], tapped: Shown | None = None) -> AppDelivery:
        head = {"ToUserName": app.corpid, "FromUserName": user.userid, "CreateTime": int(self._recorder.clock.now())}
        document = app_xml.build({"xml": {**head, **parts, "AgentID": app.agentid}})
        return self.deliver(AppDelivery(self, app, user, document, tapped), RETRIES)

    def deliver(self, delivery: AppDelivery, retries: int) -> AppDelivery:
        app = delivery.app
        if app.callback_url is None:
            raise ValueError(f"{app.name} has no callback address")
        for _ in range(retries + 1):
            with self._recorder.lock:
                wire = app_xml.wrap(
                    self._wrapper, app.sealer, app.agentid, delivery.document, self._recorder.clock.now()
                )
            attempt = self._courier.post(app.callback_url, wire, CARD_EVENT_SECONDS)
            delivery.attempts.append(attempt)
            if attempt.outcome is Outcome.NO_REPLY:
                self._judge(delivery, attempt)
            if attempt.outcome not in FAILED:
                break
        return delivery

    def _judge(self, delivery: AppDelivery, attempt: Attempt) -> None:
        try:
            answer = app_xml.open_answer(delivery.app.sealer, attempt.body)
            if answer is not None:
                with self._recorder.lock:
                    self._apply(delivery, answer)
                attempt.outcome = Outcome.ANSWERED
        except ReplyError as error:
            attempt.violation, attempt.outcome = str(error), Outcome.BAD_REPLY
            self._recorder.violate(delivery.app.name, str(error))

    def _apply(self, delivery: AppDelivery, answer: Element) -> None:
        app, user = delivery.app, delivery.user
        ends = (answer.findtext("ToUserName"), answer.findtext("FromUserName"))
        if ends != (user.userid, app.corpid) or not (answer.findtext("CreateTime") or "").isdigit():
            raise ReplyError(f"the answer goes from {ends[1]!r} to {ends[0]!r}")
        kind, label = answer.findtext("MsgType"), answer.findtext("Button/ReplaceName")
        if kind == "text" and delivery.tapped is None:
            content = answer.findtext("Content") or ""
            if not content.strip():
                raise ReplyError("the text is empty")
            self._say(app, user, content, Channel.REPLY)
        elif kind == "update_button" and delivery.tapped is not None:
            if not label:
                raise ReplyError("ReplaceName is empty")
            relabel(delivery.tapped, user.userid, label)
        else:
            # [A] a tap is answered by a new face of the card, a message by a text; other kinds are not modelled.
            raise ReplyError(f"MsgType {kind!r} does not answer this")

    def _say(self, app: CorpApp, user: User, text: str, channel: Channel) -> None:
        ours = channel is not Channel.USER
        cut = text.encode()[:APP_TEXT_BYTES].decode(errors="ignore")
        shown = Shown(
            id=self._new_id("app"),
            chat=f"1:1:app{app.agentid}:{user.userid}",
            sender=app.name if ours else user.name,
            sender_id=str(app.agentid) if ours else user.userid,
            channel=channel,
            kind="text",
            text=cut,
            at=self._recorder.clock.now(),
            audience=frozenset({user.userid}),
            size=size_of(text),
            content=None if ours else text_content(text),
            truncated=cut != text,
        )
        self._recorder.show(shown)


def relabel(shown: Shown, userid: str, label: str) -> None:
    """The buttons give way to a label that cannot be tapped, for this person only."""
    card: dict[str, Any] = {**(shown.card_for(userid) or {}), "replace_text": label}
    card.pop("button_list", None)
    shown.cards_by_user[userid] = card
