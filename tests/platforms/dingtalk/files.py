"""Download codes bound to a robot, and the temporary plain-http links behind them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from .media import Media
from .openapi import bad, enter, require_object
from .wire import Answer, Call, answer_json

if TYPE_CHECKING:
    from .robots import Robot
    from .world import World


@dataclass
class Ticket:
    """One download code, or one link: which bytes, for whom, until when."""

    media: Media
    robot_code: str
    expires: float
    signature: str = ""


class Files:
    """The code and link tables."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.codes: dict[str, Ticket] = {}
        self.links: dict[str, Ticket] = {}

    def issue(self, robot: "Robot", media: Media) -> str:
        code = self._world.ids.code()
        expires = self._world.clock.now() + self._world.limits.download_code_seconds
        self.codes[code] = Ticket(media, robot.robot_code, expires)
        return code

    def part(self, robot: "Robot", part: str | Media, second: bool = True) -> dict[str, Any]:
        """One richText part."""
        if isinstance(part, str):
            return {"text": part}
        picture = {"type": "picture", "downloadCode": self.issue(robot, part)}
        return picture | ({"pictureDownloadCode": self.issue(robot, part)} if second else {})

    def link(self, ticket: Ticket) -> str:
        world = self._world
        name = f"{world.ids.hex32()}.file"
        expires = int(world.clock.now() + world.limits.download_url_seconds)
        self.links[name] = Ticket(ticket.media, ticket.robot_code, expires, world.ids.code()[:28])
        signature = quote(self.links[name].signature, safe="")
        return f"{world.base_url}/files/{name}?Expires={expires}&Signature={signature}"

    def expire_codes(self) -> None:
        for ticket in self.codes.values():
            ticket.expires = 0.0

    def expire_links(self) -> None:
        for ticket in self.links.values():
            ticket.expires = 0.0


def download(world: "World", call: Call) -> Answer:
    """POST /v1.0/robot/messageFiles/download."""
    caller = enter(world, call, "qyapi_robot_sendmsg")
    body = require_object(world, call)
    code, robot_code = body.get("downloadCode"), body.get("robotCode")
    if not code or not robot_code:
        raise bad(world, "invalidParameter.robotCode.empty", "robotCode或downloadCode为空")
    if robot_code != caller.robot_code:
        raise bad(world, "invalidParameter.robotCode.auth", "应用无权使用该机器人")
    ticket = world.files.codes.get(code) if isinstance(code, str) else None
    if ticket is None or ticket.expires <= world.clock.now():
        raise bad(world, "invalidParameter.robotCode.downloadCode", "downloadCode错误或已过期")
    if ticket.robot_code != robot_code:
        raise bad(world, "invalidParameter.robotCode.auth", "downloadCode不属于该机器人")
    return answer_json({"downloadUrl": world.files.link(ticket)})


def serve(world: "World", call: Call) -> Answer:
    """GET of a link; OURS: an expired or wrongly signed one gives 403 with a short XML body."""
    ticket = world.files.links.get(call.path.rsplit("/", 1)[-1])
    if ticket is None:
        return Answer(404, b"<Error><Code>NoSuchKey</Code></Error>", "application/xml", code="404")
    if ticket.expires <= world.clock.now():
        return Answer(403, b"<Error><Code>AccessDenied</Code></Error>", "application/xml", code="403")
    if call.query.get("Signature") != ticket.signature:
        return Answer(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>", "application/xml", code="403")
    return Answer(200, ticket.media.data, "application/octet-stream")
