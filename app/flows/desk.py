"""The parts that every flow needs, handed over by the composition root."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session

from app.channels.base import Channel, Sender
from app.clock import Clock
from app.core.duty.plan import Duty, on_duty
from app.core.escalation import Steps, stamped
from app.core.library import Library
from app.core.roster import Engineer, Roster
from app.core.staff import Staff
from app.store.database import Database
from app.store.duty import plan_for
from app.store.tables import OutboxRow
from app.store.vault import Vault


@dataclass(slots=True)
class Desk:
    """`library`, `roster` and `staff` are swapped whole by a reload; the rest stays for the life of the process."""

    database: Database
    vault: Vault
    clock: Clock
    channels: Mapping[str, Channel]
    pagers: Mapping[str, Sender]
    library: Library
    roster: Roster
    default_plan: Steps
    staff: Staff = field(default_factory=Staff)
    keep_messages: timedelta = timedelta(days=90)
    keep_pictures: timedelta = timedelta(days=14)
    dingtalk_quota: tuple[int, int] = (0, 0)  # API calls and webhook messages a month; 0: not watched
    cards: frozenset[str] = frozenset()  # channels and pagers with interactive cards: a page of these can be changed

    def duty(self, session: Session, at: datetime) -> Duty:
        """Who is on duty at `at`, with all that was agreed."""
        return on_duty(plan_for(session, self.roster, at), at)

    def plan(self, *, urgent: bool = False) -> Steps:
        """What a case that opens now goes by. Urgent ones go by the normal plan where there is no other."""
        policies = self.roster.policies
        if policies is None:
            return self.default_plan
        return stamped(policies.urgent if urgent and policies.urgent else policies.normal)

    def sender(self, name: str) -> Sender | None:
        return self.pagers.get(name) or self.channels.get(name)

    def pagers_for(self, engineer: Engineer) -> list[str]:
        """The pagers under which this engineer can really be notified, else all."""
        return [
            name for name, pager in self.pagers.items() if engineer.platform_id(pager.platform) or engineer.mobile
        ] or list(self.pagers)

    def engineer_of(self, page: OutboxRow) -> Engineer | None:
        """Whom this page calls."""
        pager = self.pagers.get(page.channel)
        for mention in page.mentions:
            for person in self.roster.people:
                known = person.platform_id(pager.platform) if pager else ""
                if (known and known == mention["user_id"]) or (person.mobile and person.mobile == mention["mobile"]):
                    return person
        return None

    def name_for(self, engineer_id: str) -> str:
        """The desk's name where this engineer is paged: there the engineer writes to it."""
        engineer = self.roster.engineer(engineer_id)
        found = self.pagers_for(engineer) if engineer else []
        return self.name_for_pager(found[0] if found else "")

    def name_for_pager(self, pager: str) -> str:
        """The desk's name where the engineers of this pager write to it."""
        found = self.pagers.get(pager)
        doors = [door for door in self.channels.values() if found is None or door.platform == found.platform]
        return next(iter(doors or self.channels.values())).desk_name

    @property
    def admins(self) -> tuple[Engineer, ...]:
        """Who answers for the roster: the fallback person where nobody is named."""
        found = [self.roster.engineer(id) for id in self.roster.admins or (self.roster.fallback,)]
        return tuple(person for person in found if person)

    @property
    def phone(self) -> str:
        return self.library.company.get("service_desk_phone", "")
