"""A tap on an interactive card: the client asks the platform, the platform asks the registered address."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from .cards import Card, apply
from .delivery import Delivery
from .signing import card_sign
from .wire import RefusedError

if TYPE_CHECKING:
    from .people import User
    from .world import World

SIGNATURE, STAMP = "x-ddpaas-signature", "x-ddpaas-signature-timestamp"


def payload(world: "World", card: Card, user: "User", title: str) -> dict[str, Any]:
    """The callback's body: the documented fields, with `spaceId` and `spaceType` while the test wants them."""
    says = card.buttons[title]
    place = next(text for text, _ in card.template.buttons if card.params.get(text) == title)
    content = {"cardPrivateData": {"actionIds": [place], "params": {"says": says}}}
    body = {
        "type": "actionCallback",
        "outTrackId": card.track_id,
        "corpId": world.corp_id,
        "userId": user.staff_id,
        "userIdType": 1,
        "extension": "{}",
        "content": json.dumps(content, ensure_ascii=False),
    }
    more = {"spaceId": card.group.conversation_id, "spaceType": "IM_GROUP"}
    return body | more if world.tells_space else body


def signed(world: "World", secret: str, shift_seconds: float = 0.0) -> dict[str, str]:
    """The headers; without a registered secret there are none."""
    stamp = str(int((world.clock.now() + shift_seconds) * 1000))
    return {STAMP: stamp, SIGNATURE: card_sign(stamp, secret)} if secret else {}


def tap(world: "World", user: "User", card: Card, title: str, *, times: int = 1) -> Delivery:
    """The same tap so many times at one moment; what the first came to, the others are its `repeats`."""
    if user not in card.group.members:
        raise ValueError(f"{user.nick} sees no such card")
    raw = json.dumps(payload(world, card, user, title), ensure_ascii=False).encode()
    with ThreadPoolExecutor(max_workers=times) as pool:
        done = [job.result() for job in [pool.submit(push, world, card, raw) for _ in range(times)]]
    done[0].repeats = done[1:]
    return done[0]


def push(world: "World", card: Card, raw: bytes) -> Delivery:
    """One POST to the registered address. OURS: a new face that comes after the two seconds is not shown."""
    route = world.routes[card.route_key]
    headers = {"Content-Type": "application/json"} | signed(world, route.secret)
    delivery = world.courier.post_to(route.url, raw, headers, within=world.limits.card_seconds)
    reply = delivery.reply
    if delivery.accepted and reply is not None:
        with world.lock:
            try:
                apply(world, card, reply)
            except RefusedError as refused:
                delivery.error = f"answer refused with {refused.answer.code}"
    return delivery
