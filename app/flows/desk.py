"""The parts that every flow needs, handed over by the composition root."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from app.channels.base import Channel, Sender
from app.clock import Clock
from app.core.cases import EscalationPolicy
from app.core.library import Library
from app.core.roster import Engineer, Roster
from app.core.staff import Staff
from app.store.database import Database
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
    policy: EscalationPolicy
    staff: Staff = field(default_factory=Staff)
    keep_messages: timedelta = timedelta(days=90)
    keep_pictures: timedelta = timedelta(days=14)

    def sender(self, name: str) -> Sender | None:
        return self.pagers.get(name) or self.channels.get(name)

    def pager_for(self, engineer: Engineer, but: Sequence[str] = ()) -> tuple[str, Sender] | None:
        """The first pager under which this engineer can really be notified, else the first of all; none of `but`."""
        usable = {name: pager for name, pager in self.pagers.items() if name not in but}
        for name, pager in usable.items():
            if engineer.platform_id(pager.platform) or engineer.mobile:
                return name, pager
        return next(iter(usable.items()), None)

    def name_for(self, engineer_id: str) -> str:
        """The desk's name where this engineer is paged: there the engineer writes to it."""
        engineer = self.roster.engineer(engineer_id)
        found = self.pager_for(engineer) if engineer else None
        return self.name_for_pager(found[0] if found else "")

    def name_for_pager(self, pager: str) -> str:
        """The desk's name where the engineers of this pager write to it."""
        found = self.pagers.get(pager)
        doors = [door for door in self.channels.values() if found is None or door.platform == found.platform]
        return next(iter(doors or self.channels.values())).desk_name

    @property
    def phone(self) -> str:
        return self.library.company.get("service_desk_phone", "")
