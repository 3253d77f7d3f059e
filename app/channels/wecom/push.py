"""The group push webhook (page 91770): the only WeCom way that really @-notifies a person in a group."""

from datetime import datetime

import httpx

from app.channels.http import post_json
from app.channels.text import cut_bytes, plain
from app.channels.wecom import errors
from app.core.message import OutboundMessage

TEXT_BYTES = 2_048


class PushWebhook:
    """One webhook of one group. Sends text, since text carries `mentioned_list`."""

    platform = "wecom"

    def __init__(self, api: str, key: str, client: httpx.Client) -> None:
        self._api = api
        self._key = key
        self._client = client

    def send(self, message: OutboundMessage, now: datetime) -> None:
        users = [mention.user_id for mention in message.mentions if mention.user_id]
        mobiles = [m.mobile for m in message.mentions if m.mobile and not m.user_id]
        text: dict[str, object] = {"content": cut_bytes(plain(message.markdown), TEXT_BYTES)}
        if users:
            text["mentioned_list"] = users
        if mobiles:
            text["mentioned_mobile_list"] = mobiles
        url = f"{self._api}/cgi-bin/webhook/send"
        body = {"msgtype": "text", "text": text}
        # A push bot's only limit is that of a minute: it is never taken for shut any longer.
        errors.check(post_json(self._client, url, body, params={"key": self._key}))

    def idempotent(self, message: OutboundMessage) -> bool:
        return False

    def per_minute(self, message: OutboundMessage, now: datetime) -> int | None:
        return 20  # page 91770
