"""The few OpenAPI calls that the desk needs. What concerns the whole app is remembered, and not asked for again."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx

from app.channels.dial import within
from app.channels.dingtalk import codes
from app.channels.dingtalk.buttons import MOST, for_openapi, size
from app.channels.dingtalk.errors import check_openapi, code_of
from app.channels.http import SEND_SECONDS, post_json, put_json
from app.channels.meaning import Kind, Refused, number, unreadable
from app.channels.payload import mapping
from app.channels.text import cut_json
from app.channels.token import AccessToken, Granted
from app.core.message import Button

_Method = Callable[..., Any]  # of `http`: with a client, an address and a body
MESSAGE_BYTES = 14_000  # msgParam takes 15 000 bytes, the JSON around the text included
# Codes that concern every call: the time for which none is made. A ban starts anew with each call, it is said.
_SHUT = {
    "1111": codes.BANNED,
    "Forbidden.AccessDenied.ApiCountLimitForOrg": timedelta(minutes=10),
    "Forbidden.AccessDenied.IpNotInWhiteList": timedelta(minutes=1),
}


class OpenApi:
    """Calls on behalf of one app."""

    def __init__(self, api: str, app_key: str, app_secret: str, robot_code: str, client: httpx.Client) -> None:
        self._api = api
        self._robot_code = robot_code
        self._client = client
        self._key = {"appKey": app_key, "appSecret": app_secret}
        self._token = AccessToken(self._fetch_token)
        self._shut_until: datetime | None = None
        self._shut_by = ""

    def send_to_group(
        self,
        conversation: str,
        title: str,
        markdown: str,
        now: datetime,
        buttons: Sequence[Button] = (),
        mention: str = "",
    ) -> None:
        """Say a line in a group without a fresh message from there. Cannot mention anybody. Raises SendFailed.

        `mention`: how the desk is called in this room by what a button sends.
        """
        message = _message(title, markdown, buttons, mention)
        _taken(self._robot("groupMessages/send", {"openConversationId": conversation, **message}, now))

    def send_to_person(
        self, user_id: str, title: str, markdown: str, now: datetime, buttons: Sequence[Button] = ()
    ) -> None:
        """A 1:1 message. The call can succeed though nobody got it: the answer's lists tell. Raises SendFailed."""
        message = _message(title, markdown, buttons, "")
        answer = self._robot("oToMessages/batchSend", {"userIds": [user_id], **message}, now)
        for key, code in _LISTS.items():
            listed = answer.get(key)
            if isinstance(listed, list) and user_id in listed:
                raise Refused(code, codes.OPENAPI[code])
        _taken(answer)

    def ding(self, user_id: str, remind: int, content: str, now: datetime) -> None:
        """A DING to one person: 1 in the app, 2 by SMS, 3 by telephone. Raises SendFailed."""
        body = {"remindType": remind, "receiverUserIdList": [user_id], "content": content}
        answer = self._robot("ding/send", body, now)
        for reason, people in mapping(answer.get("failedList")).items():
            if isinstance(people, list) and user_id in people:
                raise Refused(code_of(reason), codes.OPENAPI.get(reason, codes.DING_FAILED))
        if not answer.get("openDingId"):
            raise unreadable(answer)

    def deliver_card(
        self, conversation: str, card: Mapping[str, Any], title: str, at: Mapping[str, str], now: datetime
    ) -> None:
        """Create an interactive card and show it in a group; `at`: ids and names of whom it notifies.

        The call can succeed though the card was shown nowhere: the answer's list tells. Raises SendFailed.
        """
        space = {"supportForward": False, "lastMessageI18n": {"ZH_CN": title}, "notification": {"alertContent": title}}
        deliver = {"robotCode": self._robot_code, **({"atUserIds": dict(at)} if at else {})}
        body = {
            **card,
            "userIdType": 1,
            "openSpaceId": f"dtv1.card//IM_GROUP.{conversation}",
            "imGroupOpenSpaceModel": space,
            "imGroupOpenDeliverModel": deliver,
        }
        result = mapping(_succeeded(self._call(post_json, "card/instances/createAndDeliver", body, now)).get("result"))
        places = result.get("deliverResults")
        if not isinstance(places, list) or not places:
            raise unreadable(result)
        if not all(_yes(mapping(place).get("success")) for place in places):
            raise Refused(codes.NOT_SHOWN, codes.OPENAPI[codes.NOT_SHOWN])

    def change_card(self, key: str, params: Mapping[str, str], now: datetime) -> None:
        """Change some of a card's variables, for everybody who sees it. Raises SendFailed."""
        body = {"outTrackId": key, **changing(params)}
        _succeeded(self._call(put_json, "card/instances", body, now))

    def register_callback(self, route_key: str, url: str, secret: str, now: datetime) -> None:
        """From now on taps on cards with this key are sent to `url`, signed with `secret`. Raises SendFailed."""
        body = {"callbackRouteKey": route_key, "callbackUrl": url, "apiSecret": secret, "forceUpdate": True}
        self._call(post_json, "card/callbacks/register", body, now)

    def picture_address(self, code: str, now: datetime) -> str:
        """The temporary address of a picture that a message named by `code`. Raises SendFailed."""
        answer = self._robot("messageFiles/download", {"downloadCode": code}, now)
        return str(answer.get("downloadUrl", ""))

    def _fetch_token(self) -> Granted:
        answer = check_openapi(post_json(self._client, f"{self._api}/v1.0/oauth2/accessToken", self._key))
        return answer.get("accessToken"), number(answer, "expireIn")

    def _robot(self, path: str, body: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        return self._call(post_json, f"robot/{path}", {"robotCode": self._robot_code, **body}, now)

    def _call(self, method: _Method, path: str, body: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        if self._shut_until and now < self._shut_until:
            meaning = codes.OPENAPI.get(self._shut_by, codes.BANNED_IP)
            rest = self._shut_until - now if meaning.wait else None
            raise Refused(self._shut_by, replace(meaning, wait=rest))
        with within(SEND_SECONDS):
            try:
                return self._call_with_token(method, f"{self._api}/v1.0/{path}", body, now)
            except Refused as error:
                if error.code in _SHUT:
                    self._shut_until, self._shut_by = now + _SHUT[error.code], error.code
                raise

    def _call_with_token(self, method: _Method, url: str, body: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        """With the token that is at hand; where that is refused, once more with a new one."""
        token = ""
        for last in (False, True):
            token = self._token.get(now, refused=token)
            headers = {"x-acs-dingtalk-access-token": token}
            try:
                return check_openapi(method(self._client, url, body, headers=headers))
            except Refused as error:
                if error.kind is not Kind.CREDENTIAL:
                    raise
                if last:
                    again = error.code in _TOKEN_CODES
                    raise Refused(error.code, codes.TOKEN_REFUSED if again else codes.UNAUTHORISED) from None
        raise AssertionError("the second turn returns or raises")


_TOKEN_CODES = ("InvalidAuthentication", "invalidParameter.token.invalid")
_LISTS = {
    "invalidStaffIdList": "invalidStaffId",
    "flowControlledStaffIdList": "flowControlled",
    "filteredStaffIdList": "filteredStaffId",
}


def _taken(answer: dict[str, Any]) -> None:
    """Raises SendFailed unless the platform says under which key it took the message: a gateway would not."""
    if not answer.get("processQueryKey"):
        raise unreadable(answer)


def _succeeded(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer of a call about a card. Raises SendFailed unless it says that it did what was asked."""
    if not _yes(answer.get("success")):
        raise unreadable(answer)
    return answer


def _yes(value: Any) -> bool:
    return value is True or value == "true"


def changing(params: Mapping[str, str]) -> dict[str, Any]:
    """A card's new data; without the option all that is not named would be gone."""
    return {"cardUpdateOptions": {"updateCardDataByKey": True}, "cardData": {"cardParamMap": dict(params)}}


def _message(title: str, markdown: str, choices: Sequence[Button], mention: str) -> dict[str, str]:
    key, parts = "sampleMarkdown", {"title": title, "text": ""}
    if 0 < len(choices) <= MOST:
        key, more = for_openapi(choices, mention)
        parts |= more
    parts["text"] = cut_json(markdown, MESSAGE_BYTES - size(parts))
    return {"msgKey": key, "msgParam": json.dumps(parts, ensure_ascii=False)}
