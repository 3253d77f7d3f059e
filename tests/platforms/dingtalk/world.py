"""The state of the little platform, shared by the HTTP side and the people."""

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .clock import Clock
from .courier import Courier
from .faults import Faults
from .files import Files
from .ids import Ids
from .limits import Limits
from .openapi import Tokens
from .rates import Quota, SlidingWindow
from .record import Channel, Recorder, Shown
from .wire import Endpoint

if TYPE_CHECKING:
    from .cards import Card, Route, Template
    from .people import User
    from .places import Group
    from .robots import CustomRobot, Robot
    from .webhook import Message


@dataclass(frozen=True)
class Session:
    """One sessionWebhook (OURS: each message opens its own)."""

    key: str
    robot: "Robot"
    user: "User"
    group: "Group | None"
    conversation_id: str
    opened_ms: int
    expires_ms: int


@dataclass(frozen=True)
class Served:
    """One call the platform answered, or cut off: for counting token requests, retries, probes."""

    time: float
    endpoint: Endpoint
    status: int  # 0 when the connection was cut
    code: str
    body: bytes


class World:
    """All tables; every access from a handler happens under `lock`."""

    def __init__(self, clock: Clock, limits: Limits, corp_id: str) -> None:
        self.clock = clock
        self.limits = limits
        self.corp_id = corp_id
        self.base_url = ""
        self.lock = threading.RLock()
        self.ids = Ids()
        self.recorder = Recorder(self.lock)
        self.faults = Faults()
        self.quota = Quota(limits)
        self.tokens = Tokens(self)
        self.files = Files(self)
        self.courier = Courier(self)
        self.users: list[User] = []
        self.robots: dict[str, Robot] = {}
        self.customs: dict[str, CustomRobot] = {}
        self.groups: dict[str, Group] = {}
        self.templates: dict[str, Template] = {}
        self.routes: dict[str, Route] = {}
        self.cards: dict[str, Card] = {}
        self.tells_space = True
        self.sessions: dict[str, Session] = {}
        self.windows: dict[tuple[str, str], SlidingWindow] = {}
        self.served: list[Served] = []
        self.crashes: list[str] = []
        self.ding_packs = {2: 0, 3: 0}
        self.session_in_one_to_one = True
        self.dtmd_mentions = True
        self._chats: dict[tuple[str, str], str] = {}

    def staff(self, staff_id: str) -> "User | None":
        return next((user for user in self.users if staff_id and user.staff_id == staff_id), None)

    def open_session(self, robot: "Robot", user: "User", group: "Group | None") -> Session:
        with self.lock:
            pair = (user.sender_id, robot.robot_code)
            cid = group.conversation_id if group else self._chats.setdefault(pair, self.ids.conversation())
            opened = int(self.clock.now() * 1000)
            expires = opened + self.limits.session_seconds * 1000
            session = Session(self.ids.hex32(), robot, user, group, cid, opened, expires)
            self.sessions[session.key] = session
            return session

    def show(self, channel: Channel, session: Session, message: "Message", body: dict[str, Any], size: int) -> None:
        """Record a reply into the conversation of a session."""
        group = session.group
        audience = tuple(group.members) if group else (session.user,)
        self.recorder.add(
            Shown(
                time=self.clock.now(),
                channel=channel,
                who=session.robot.name,
                group=group,
                audience=audience,
                notified=message.notified(group) if group else audience,
                msgtype=message.msgtype,
                title=message.title,
                text=message.text,
                size=size,
                at=message.at,
                msg_id=self.ids.message(),
                sender_id=session.robot.chatbot_user_id,
                body=body,
            )
        )
