"""Runs the vendor SDK against the little DingTalk; started as its own process by the tests.

DINGTALK_OPENAPI_ENDPOINT must be set before the import, hence the process of its own.
"""

import json
import sys
from typing import Any

import dingtalk_stream


class Handler(dingtalk_stream.ChatbotHandler):  # type: ignore[misc]
    """The SDK's handler with its client attached."""

    def __init__(self, app_key: str, app_secret: str) -> None:
        super().__init__()
        credential = dingtalk_stream.Credential(app_key, app_secret)
        self.dingtalk_client = dingtalk_stream.DingTalkStreamClient(credential)


def replies(order: dict[str, Any], handler: Handler, message: Any) -> dict[str, Any]:
    """What the SDK says in a chat and fetches from it."""
    return {
        "token": handler.dingtalk_client.get_access_token(),
        "text": handler.reply_text(order["text"], message),
        "markdown": handler.reply_markdown("标题", order["markdown"], message),
        "images": message.get_image_list(),
        "urls": [handler.get_image_download_url(code) for code in message.get_image_list() or []],
        "staff": message.sender_staff_id,
    }


def card(order: dict[str, Any], handler: Handler, message: Any) -> dict[str, Any]:
    """A card that the SDK delivers and changes, and a tap as it reads it."""
    cards = dingtalk_stream.CardReplier(handler.dingtalk_client, message)
    track_id = cards.create_and_deliver_card(order["template"], order["card"], at_sender=True)
    cards.put_card_data(track_id, order["then"], cardUpdateOptions={"updateCardDataByKey": True})
    tapped = dingtalk_stream.CardCallbackMessage.from_dict(order["tap"])
    return {"card": track_id, "tapped": tapped.card_instance_id, "by": tapped.user_id, "content": tapped.content}


def main() -> None:
    """Read one JSON order on stdin, do it with the SDK, print one JSON result."""
    order = json.load(sys.stdin)
    handler = Handler(order["appKey"], order["appSecret"])
    message = dingtalk_stream.ChatbotMessage.from_dict(order["body"])
    do = card if "template" in order else replies
    sys.stdout.write(json.dumps(do(order, handler, message)))


if __name__ == "__main__":
    main()
