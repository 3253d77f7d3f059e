"""What the vendor does not document and this platform therefore decides, each under its own name."""

from __future__ import annotations

MESSAGE_SECONDS = 5.0  # [A] a normal AI-bot message callback is given up after five seconds (app rule)
RETRIES = 0  # [A] redeliveries after a failed callback; a bot's policy may say 0 to 3
POLL_SECONDS = 1.0  # [A] pause between two stream refresh callbacks
RESPONSE_CODE_REFUSED = 40058  # [A] response_url used twice, expired or unknown
RESPONSE_CARD_IN_GROUP = 40058  # [A] a card through the response_url of a group message
MEDIA_EXPIRED_STATUS = 403  # [A] HTTP status of an expired or unknown media URL
MEDIA_BUSY_STATUS = 429  # [A] HTTP status of a rate-limited media host
UNKNOWN_PATH_STATUS = 404  # [A] HTTP status of a path or method we do not serve
BAD_JSON = 40058  # [A] errcode of a request body that is not a JSON object
APP_MARKDOWN_TOO_LONG = 45002  # [A] app markdown over 2048 bytes is refused (text is documented as cut)
APP_TASK_ID_USED = 40058  # [A] a card of the app with a task_id that it has sent before
APP_NO_CALLBACK = 40058  # [A] a card with buttons by an app that has no callback address
APP_CODE_REFUSED = 40058  # [A] response_code used twice, expired or unknown
APP_TOO_MANY_RECEIVERS = 40058  # [A] more than 1000 receivers in touser

# Behaviour without a number, each referred to by name in the module that decides it:
# HELD            [A] a 4th concurrent message of one user waits until an earlier one has ended.
# EMPTY_REFRESH   [A] an empty, failed or rejected answer to a refresh keeps the polling going.
# EMPTY_REPLY     [A] an empty body or an encrypted {} is "no reply".
# MISSING_FINISH  [A] a stream without `finish` is not finished; one without `content` keeps its text.
# TWO_BUBBLES     [A] two deliveries of one msgid answered with two stream ids give two bubbles.
# FRESH_STREAM_ID [A] a stream id belongs to one user message and may not be reused for another.
# FIRST_FEEDBACK  [A] feedback.id comes with a stream's first reply; repeating the same one is harmless.
# STRICT_PADDING  [A] replies must be padded to 32 bytes; the vendor may be more lenient.
# NO_RETRY_EVENTS [D/A] events are sent once; documented for card clicks, assumed for the others.
# SLIDING_MINUTE  [A] rate limits look at the last 60 seconds and count accepted messages only.
# CODE_KEPT       [A] a call refused for its content does not use up the response_code.
# BOT_AS_TEXT     [A] quoting a bot's bubble arrives as quote.msgtype text.
# MENTION_EDGE    [A] an @ mention ends at a space, U+2005 or the end of the text.
# LATE_IS_LOST    [A] an answer after the time limit is shown to nobody.
# APP_DUPLICATE   [A] enable_duplicate_check drops what has the same body and receivers, and answers as if sent.
# DAY_IN_CHINA    [A] "first entry of the day" follows the calendar of UTC+8.
