"""The self-built app (pages 91039, 90236): its access token, and messages to one member."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx

from app.channels.base import SendFailed
from app.channels.dial import within
from app.channels.http import SEND_SECONDS, get_json, post_json
from app.channels.meaning import Kind, Refused, number
from app.channels.payload import text
from app.channels.token import AccessToken, Granted
from app.channels.wecom import errors
from app.core.delivery import Failure

PER_MINUTE = 15  # a member gets 30 a minute, the rest is dropped without a word; the app answers and pages
_SAME_FOR = 7_200  # seconds; all retries of one page are over by then, and what is said again has other words


class CorpApp:
    """Calls on behalf of one app. What a member gets stands beside the pages of other apps, in a 1:1 chat."""

    def __init__(self, api: str, corp_id: str, agent_id: int, secret: str, client: httpx.Client) -> None:
        self.agent_id = agent_id
        self._api = api
        self._who = {"corpid": corp_id, "corpsecret": secret}
        self._client = client
        self._token = AccessToken(self._fetch_token)

    def send(
        self, user_id: str, content: Mapping[str, Any], now: datetime, *, attempt: int = 1, drop_second: bool = False
    ) -> str:
        """Say `content` (msgtype and its part) to one member; of a card, the code by which it is changed once.

        Raises SendFailed.

        `drop_second`: the platform shall drop the same content to the same member for two hours.
        """
        if not user_id or user_id.startswith("@") or "|" in user_id:  # these would address everybody, or several
            raise SendFailed(Failure.PERMANENT, "no-receiver", "没有能直接发到的 wecom 账号：请管理员核对名册")
        body = {"touser": user_id, "agentid": self.agent_id, **content}
        if drop_second:
            body |= {"enable_duplicate_check": 1, "duplicate_check_interval": _SAME_FOR}
        answer = self._call("message/send", body, now, attempt)
        # The answer says 0 although this member got nothing; names come back in lower case.
        for key, meaning in errors.NOT_REACHED.items():
            if user_id.casefold() in text(answer.get(key)).casefold().split("|"):
                raise Refused(key, meaning)
        return text(answer.get("response_code"))

    def label(self, user_id: str, response_code: str, words: str, now: datetime, *, attempt: int = 1) -> None:
        """In the place of a card's buttons stand `words`, which cannot be tapped (page 94888). Raises SendFailed."""
        body = {"userids": [user_id], "agentid": self.agent_id, "response_code": response_code}
        self._call("message/update_template_card", body | {"button": {"replace_name": words}}, now, attempt)

    def _call(self, path: str, body: Mapping[str, Any], now: datetime, attempt: int) -> dict[str, Any]:
        """With the token that is at hand; where that is refused, once more with a new one."""
        token = ""
        with within(SEND_SECONDS):
            for last in (False, True):
                token = self._token.get(now, refused=token)
                answer = post_json(self._client, f"{self._api}/cgi-bin/{path}", body, params={"access_token": token})
                try:
                    errors.check(answer, attempt)
                    return dict(answer)
                except Refused as error:
                    if error.kind is not Kind.CREDENTIAL:
                        raise
                    if last:
                        raise Refused(error.code, errors.TOKEN_REFUSED) from None
        raise AssertionError("the second turn returns or raises")

    def _fetch_token(self) -> Granted:
        answer = get_json(self._client, f"{self._api}/cgi-bin/gettoken", params=self._who)
        errors.check(answer)
        return answer.get("access_token"), number(answer, "expires_in")
