"""The duty roster as the IT admin keeps it: people, layers of shifts and rotations, what is done when nobody comes."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from app.core.calendar.days import HolidayEntry
from app.core.escalation import Policy
from app.core.layers import Level, Rotation, Shift


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Engineer(_Strict):
    """Somebody who can be on duty, with the ids under which the platforms know them."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")
    name: str = Field(min_length=1, max_length=20)
    wecom: str = Field("", max_length=64)
    dingtalk: str = Field("", max_length=64)
    mobile: str = Field("", pattern=r"^(?:\+?\d{6,15})?$")
    extension: str = Field("", max_length=16)
    level: Level | None = None  # who belongs to no layer is called for his level by name

    def platform_id(self, platform: str) -> str:
        """The id on `platform`; in the sandbox the roster's own id."""
        ids = {"wecom": self.wecom, "dingtalk": self.dingtalk}
        return ids.get(platform, self.id)

    @property
    def shown(self) -> str:
        return f"{self.name}（分机 {self.extension}）" if self.extension else self.name


class Handover(_Strict):
    """How one shift is passed to the next, and how it is proved beforehand that the next person can be reached."""

    ask_before: int = Field(30, ge=5, le=720)  # minutes: the question whether the person is there
    confirm: bool = True  # the one before stays responsible until the next has said so
    every_shift: bool = False  # also whoever goes on is asked, before each of his shifts


class Policies(_Strict):
    """What is done when nobody comes. `urgent` is for cases whose person said 紧急, day and night."""

    normal: Policy
    urgent: Policy | None = None


class Roster(_Strict):
    """The whole file."""

    timezone: str = "Asia/Shanghai"
    people: tuple[Engineer, ...] = Field(min_length=1)
    shifts: tuple[Shift, ...] = ()
    rotations: tuple[Rotation, ...] = ()
    fallback: str
    admins: tuple[str, ...] = ()  # who is told of gaps and of people who cannot be reached; else the fallback
    holidays: tuple[HolidayEntry, ...] = ()
    handover: Handover | None = None
    policies: Policies | None = None

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"不认识时区“{name}”") from None
        return name

    @model_validator(mode="after")
    def _people_exist(self) -> "Roster":
        ids = [person.id for person in self.people]
        for person in sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"people 里“{person}”写了两遍")
        named = {rotation.name for rotation in self.rotations}
        if len(named) < len(self.rotations):
            raise ValueError("rotations 里有两个同名的轮换")
        for layer, members in self._members():
            for person in members:
                if person not in ids:
                    raise ValueError(f"{layer}里的“{person}”不在 people 里")
        if self.fallback not in ids:
            raise ValueError(f"fallback“{self.fallback}”不在 people 里")
        return self

    def _members(self) -> list[tuple[str, tuple[str, ...]]]:
        return [
            *(("班次", shift.who) for shift in self.shifts),
            *((f"轮换“{rotation.name}”", rotation.people) for rotation in self.rotations),
            ("admins ", self.admins),
        ]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def engineer(self, id: str) -> Engineer | None:
        return next((person for person in self.people if person.id == id), None)

    def called(self, text: str) -> tuple[Engineer, ...]:
        """Whom `text` means: exactly by id or name, else everybody whose name contains it. Nobody: no such person."""
        word = text.strip().lstrip("@＠").strip()
        exact = tuple(p for p in self.people if word in (p.id, p.name, p.wecom, p.dingtalk) and word)
        return exact or tuple(p for p in self.people if word and (word in p.name or word.rstrip("工") == p.name[:1]))

    def is_manager(self, id: str) -> bool:
        """Whether the person may do for others what they may do for themselves."""
        person = self.engineer(id)
        if person is None:
            return False
        return id in self.admins or id == self.fallback or person.level is Level.MANAGER

    def by_platform(self, platform: str, user_id: str) -> Engineer | None:
        """The engineer behind a platform's user id; None for everybody else."""
        return next((p for p in self.people if user_id and p.platform_id(platform) == user_id), None)
