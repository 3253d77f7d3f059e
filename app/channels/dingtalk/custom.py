"""The custom robot (page custom-robots-send-group-messages): pages the on-call group with a real mention."""

from dataclasses import replace
from datetime import datetime

import httpx

from app.channels.dingtalk.errors import check_webhook
from app.channels.dingtalk.markdown import body_of
from app.channels.dingtalk.signature import sign
from app.channels.http import post_json
from app.core.message import OutboundMessage


class CustomRobot:
    """One webhook of one group. `msgUuid` makes a second send of the same message harmless."""

    platform = "dingtalk"

    def __init__(self, api: str, access_token: str, secret: str, client: httpx.Client) -> None:
        self._api = api
        self._access_token = access_token
        self._secret = secret
        self._client = client

    def send(self, message: OutboundMessage, now: datetime) -> None:
        # The client library encodes the query once; the signature goes in raw.
        params = {"access_token": self._access_token}
        if self._secret:
            timestamp = str(int(now.timestamp() * 1000))
            params |= {"timestamp": timestamp, "sign": sign(self._secret, timestamp)}
        # No buttons: a tap would say its words in the group, and this robot hears nothing.
        body = body_of(replace(message, buttons=())) | {"msgUuid": message.key}
        check_webhook(post_json(self._client, f"{self._api}/robot/send", body, params=params))

    def idempotent(self, message: OutboundMessage) -> bool:
        return True

    def per_minute(self, message: OutboundMessage, now: datetime) -> int | None:
        return 20  # above it the robot is locked out for ten minutes
