"""The few OpenAPI calls that the desk needs, with one cached token."""

import json
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx

from app.channels.base import SendFailed
from app.channels.dingtalk.errors import TokenRefused, check_openapi
from app.channels.http import post_json
from app.channels.text import cut_json
from app.core.delivery import Failure

MESSAGE_BYTES = 14_000  # msgParam takes 15 000 bytes, the JSON around the text included
_EARLY = timedelta(minutes=3)


class OpenApi:
    """Calls on behalf of one app."""

    def __init__(self, api: str, app_key: str, app_secret: str, robot_code: str, client: httpx.Client) -> None:
        self._api = api
        self._app_key = app_key
        self._app_secret = app_secret
        self._robot_code = robot_code
        self._client = client
        self._lock = threading.Lock()
        self._token = ""
        self._token_until: datetime | None = None

    def send_to_group(self, conversation: str, title: str, markdown: str, now: datetime) -> None:
        """Say a line in a group without a fresh message from there. Cannot mention anybody. Raises SendFailed."""
        self._call("groupMessages/send", {"openConversationId": conversation, **_message(title, markdown)}, now)

    def send_to_person(self, user_id: str, title: str, markdown: str, now: datetime) -> None:
        """A 1:1 message. The call can succeed though nobody got it: the answer's lists tell. Raises SendFailed."""
        answer = self._call("oToMessages/batchSend", {"userIds": [user_id], **_message(title, markdown)}, now)
        if user_id in (answer.get("invalidStaffIdList") or []):
            raise SendFailed(Failure.PERMANENT, "invalidStaffId", "钉钉不认识这个用户，请核对 userId")
        if user_id in (answer.get("flowControlledStaffIdList") or []):
            raise SendFailed(Failure.TEMPORARY, "flowControlled", "钉钉对这个用户限流", timedelta(seconds=60))

    def picture_address(self, code: str, now: datetime) -> str:
        """The temporary address of a picture that a message named by `code`. Raises SendFailed."""
        answer = self._call("messageFiles/download", {"downloadCode": code}, now)
        return str(answer.get("downloadUrl", ""))

    def _call(self, path: str, body: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        payload = {"robotCode": self._robot_code, **body}
        for fresh in (False, True):
            headers = {"x-acs-dingtalk-access-token": self._access_token(now, fresh=fresh)}
            try:
                return check_openapi(
                    post_json(self._client, f"{self._api}/v1.0/robot/{path}", payload, headers=headers)
                )
            except TokenRefused:
                continue
        raise SendFailed(
            Failure.PERMANENT, "InvalidAuthentication", "钉钉不认 access_token：核对 app_key 和 app_secret"
        )

    def _access_token(self, now: datetime, *, fresh: bool) -> str:
        with self._lock:
            if fresh or self._token_until is None or now >= self._token_until:
                answer = self._fetch_token()
                self._token = str(answer["accessToken"])
                self._token_until = now + timedelta(seconds=int(answer.get("expireIn", 7200))) - _EARLY
            return self._token

    def _fetch_token(self) -> dict[str, Any]:
        body = {"appKey": self._app_key, "appSecret": self._app_secret}
        try:
            answer = check_openapi(post_json(self._client, f"{self._api}/v1.0/oauth2/accessToken", body))
            if answer.get("accessToken"):
                return answer
            code = "no-token"
        except TokenRefused as error:
            code = str(error)
        except SendFailed as error:
            if error.failure is not Failure.PERMANENT:
                # Nothing has been said to anybody yet, so even a lost answer is harmless to repeat.
                raise SendFailed(Failure.TEMPORARY, error.code, error.reason, error.retry_after) from None
            code = error.code
        raise SendFailed(Failure.PERMANENT, code, "拿不到 access_token：核对 app_key 和 app_secret")


def _message(title: str, markdown: str) -> dict[str, str]:
    text = cut_json(markdown, MESSAGE_BYTES)
    return {
        "msgKey": "sampleMarkdown",
        "msgParam": json.dumps({"title": title, "text": text}, ensure_ascii=False),
    }
