"""A self-built app: access tokens and 1:1 messages through message/send."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.platforms.wecom.app_callbacks import AppCallbacks, relabel
from tests.platforms.wecom.assumptions import (
    APP_CODE_REFUSED,
    APP_MARKDOWN_TOO_LONG,
    APP_NO_CALLBACK,
    APP_TASK_ID_USED,
    APP_TOO_MANY_RECEIVERS,
    BAD_JSON,
)
from tests.platforms.wecom.cards import PUSH_TYPES, CardError, check_card
from tests.platforms.wecom.crypto import Sealer
from tests.platforms.wecom.errors import RefusalError, filled, json_object, ok, part
from tests.platforms.wecom.limits import (
    APP_DUPLICATE_SECONDS,
    APP_LONGEST_DUPLICATE_SECONDS,
    APP_PER_MEMBER_HOUR,
    APP_PER_MEMBER_MINUTE,
    APP_RECEIVERS,
    APP_TEXT_BYTES,
    RESPONSE_CODE_SECONDS,
    TOKEN_SECONDS,
)
from tests.platforms.wecom.rates import RateWindow
from tests.platforms.wecom.recorder import Recorder, size_of
from tests.platforms.wecom.shown import Channel, Shown
from tests.platforms.wecom.web import Answer, Request

if TYPE_CHECKING:
    from tests.platforms.wecom.courier import Verification
    from tests.platforms.wecom.people import User

TOKEN_PATH = "/cgi-bin/gettoken"
SEND_PATH = "/cgi-bin/message/send"
UPDATE_PATH = "/cgi-bin/message/update_template_card"


@dataclass
class CorpApp:
    """One app; `trusted_ips=None` means no allow-list, `visible=None` everybody."""

    name: str
    corpid: str
    secret: str
    agentid: int
    sealer: Sealer
    callbacks: AppCallbacks = field(repr=False)
    callback_url: str | None = None
    trusted_ips: frozenset[str] | None = None
    visible: frozenset[str] | None = None
    unlicensed: frozenset[str] = frozenset()
    ok_to_nobody: bool = False  # a knob: says 0 and lists the names where 81013 is documented
    tokens: dict[str, float] = field(default_factory=dict)
    dropped: list[tuple[str, str]] = field(default_factory=list)
    duplicates: int = 0
    tasks: set[str] = field(default_factory=set)
    response_codes: dict[str, tuple[float, Shown]] = field(default_factory=dict)
    sent: list[tuple[float, str]] = field(default_factory=list)

    def connect(self, url: str) -> Verification:
        """What the administrator does when saving the callback address."""
        return self.callbacks.connect(self, url)

    def expire_tokens(self) -> None:
        """Tokens issued so far answer 42001 from now on."""
        self.tokens = dict.fromkeys(self.tokens, 0.0)


class AppHost:
    """Serves gettoken and message/send; the caller holds the recorder's lock."""

    def __init__(self, recorder: Recorder, users: dict[str, User], new_id: Callable[[str], str]) -> None:
        self._recorder = recorder
        self._users = users
        self._new_id = new_id
        self._minute = RateWindow(recorder.clock, APP_PER_MEMBER_MINUTE)
        self._hour = RateWindow(recorder.clock, APP_PER_MEMBER_HOUR, 3600.0)
        self.apps: list[CorpApp] = []

    def token(self, request: Request) -> Answer:
        """The same token until it expires, then a new one."""
        corpid, secret = request.query.get("corpid"), request.query.get("corpsecret")
        if corpid not in [app.corpid for app in self.apps]:
            raise RefusalError(40013)
        app = next((one for one in self.apps if (one.corpid, one.secret) == (corpid, secret)), None)
        if app is None:
            raise RefusalError(40001)
        for token, until in app.tokens.items():
            if until > request.at:
                return ok(access_token=token, expires_in=int(until - request.at))
        token = self._new_id("accesstoken-" + app.secret[:4])
        app.tokens[token] = request.at + TOKEN_SECONDS
        return ok(access_token=token, expires_in=TOKEN_SECONDS)

    def send(self, request: Request) -> Answer:
        app = self._app(request)
        if app.trusted_ips is not None and request.client_ip not in app.trusted_ips:
            raise RefusalError(60020)
        body = json_object(request, BAD_JSON)
        if body.get("agentid") != app.agentid:
            raise RefusalError(40056)
        receivers, invalid = self._receivers(app, body)
        kind, text, card = self._read(app, body)
        parts = {"invaliduser": "|".join(invalid).lower(), "invalidparty": str(body.get("toparty", ""))}
        parts["invalidtag"] = str(body.get("totag", ""))
        if not receivers and not app.ok_to_nobody:
            raise RefusalError(81013, **parts)
        parts["unlicenseduser"] = "|".join(one for one in receivers if one in app.unlicensed).lower()
        shown = None
        if not _is_duplicate(app, body, request.at):
            for userid in receivers:
                if userid not in app.unlicensed:
                    shown = self._show(app, userid, kind, text, card) or shown
        if card:
            app.tasks.add(str(card.get("task_id")))
        more = {"response_code": app.callbacks.issue_code(app, shown)} if card and shown else {}
        return ok(**parts, msgid=self._new_id("appmsg"), **more)

    def update(self, request: Request) -> Answer:
        """POST message/update_template_card: the buttons become a label, once for each response_code."""
        app, body = self._app(request), json_object(request, BAD_JSON)
        at, shown = app.response_codes.pop(str(body.get("response_code")), (0.0, None))
        if shown is None or request.at - at > RESPONSE_CODE_SECONDS:
            raise RefusalError(APP_CODE_REFUSED, "invalid response_code")
        label = filled(part(body, "button").get("replace_name"), "button.replace_name", 10**9)
        wanted = [one for one in body.get("userids", []) if one in shown.audience]
        for userid in wanted:
            relabel(shown, userid, label)
        return ok(invaliduser=[one for one in body.get("userids", []) if one not in wanted])

    def _read(self, app: CorpApp, body: dict[str, Any]) -> tuple[str, str, dict[str, Any] | None]:
        kind, text, card = _read(body)
        if card and card["card_type"] not in PUSH_TYPES and app.callback_url is None:
            raise RefusalError(APP_NO_CALLBACK, "the app has no callback url")
        if card and card.get("task_id") in app.tasks:
            raise RefusalError(APP_TASK_ID_USED, "task_id was used before")
        return kind, text, card

    def _app(self, request: Request) -> CorpApp:
        token = request.query.get("access_token", "")
        if not token:
            raise RefusalError(41001)
        app = next((one for one in self.apps if token in one.tokens), None)
        if app is None:
            raise RefusalError(40014)
        if app.tokens[token] <= request.at:
            raise RefusalError(42001)
        return app

    def _receivers(self, app: CorpApp, body: dict[str, Any]) -> tuple[list[str], list[str]]:
        """Known and visible users, and the other names; departments and tags are not modelled."""
        known = [one for one in self._users if app.visible is None or one in app.visible]
        wanted = [one for one in str(body.get("touser", "")).split("|") if one]
        if wanted == ["@all"]:
            return known, []
        if len(wanted) > APP_RECEIVERS:
            raise RefusalError(APP_TOO_MANY_RECEIVERS, f"touser exceed max length {APP_RECEIVERS}")
        wanted = list(dict.fromkeys(wanted))
        return [one for one in wanted if one in known], [one for one in wanted if one not in known]

    def _show(self, app: CorpApp, userid: str, kind: str, text: str, card: dict[str, Any] | None) -> Shown | None:
        key = f"{app.agentid}:{userid}"
        if self._minute.full(key) or self._hour.full(key):
            app.dropped.append((userid, text))  # documented: silently dropped, the answer says ok
            return None
        self._minute.count(key)
        self._hour.count(key)
        cut = text.encode()[:APP_TEXT_BYTES].decode(errors="ignore") if kind == "text" else text
        shown = Shown(
            id=self._new_id("app"),
            chat=f"1:1:app{app.agentid}:{userid}",
            sender=app.name,
            sender_id=str(app.agentid),
            channel=Channel.APP,
            kind=kind,
            text=cut,
            at=self._recorder.clock.now(),
            audience=frozenset({userid}),
            size=size_of(text),
            card=card,
            truncated=cut != text,
        )
        self._recorder.show(shown)
        self._recorder.notify([userid], shown, "app message")
        return shown


def _is_duplicate(app: CorpApp, body: dict[str, Any], now: float) -> bool:
    """Assumption APP_DUPLICATE."""
    content = json.dumps(body, sort_keys=True)
    seconds = min(body.get("duplicate_check_interval", APP_DUPLICATE_SECONDS), APP_LONGEST_DUPLICATE_SECONDS)
    known = any(content == one and now - at < seconds for at, one in app.sent)
    app.sent.append((now, content))
    if known and body.get("enable_duplicate_check") == 1:
        app.duplicates += 1
        return True
    return False


def _read(body: dict[str, Any]) -> tuple[str, str, dict[str, Any] | None]:
    """Message type, text and card; too long text is cut when shown, too long markdown refused."""
    kind = body.get("msgtype")
    match kind:
        case "text":
            return kind, filled(part(body, kind).get("content"), "text.content", 10**9), None
        case "markdown":
            content = part(body, kind).get("content")
            text = filled(content, "markdown.content", APP_TEXT_BYTES, APP_MARKDOWN_TOO_LONG)
            return kind, text, None
        case "textcard":
            card = part(body, kind)
            names = ("title", "description", "url")
            return kind, "\n".join(filled(card.get(name), f"textcard.{name}", 2048) for name in names), None
        case "template_card":
            try:
                return kind, "", check_card(body.get("template_card"))
            except CardError as error:
                raise RefusalError(40058, str(error)) from error
        case "image" | "file" | "voice" | "video":
            raise RefusalError(40007)  # uploads are not modelled, so no media_id is known
    raise RefusalError(40008)
