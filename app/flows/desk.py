"""The parts that every flow needs, handed over by the composition root."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from app.channels.base import Channel, Sender
from app.clock import Clock
from app.core.cases import EscalationPolicy
from app.core.library import Library
from app.core.roster import Engineer, Roster
from app.store.database import Database
from app.store.vault import Vault


@dataclass(slots=True)
class Desk:
    """`library` and `roster` are swapped whole by a reload; everything else stays for the life of the process."""

    database: Database
    vault: Vault
    clock: Clock
    channels: Mapping[str, Channel]
    pagers: Mapping[str, Sender]
    library: Library
    roster: Roster
    policy: EscalationPolicy
    keep_messages: timedelta = timedelta(days=90)
    keep_pictures: timedelta = timedelta(days=14)

    def sender(self, name: str) -> Sender | None:
        return self.pagers.get(name) or self.channels.get(name)

    def pager_for(self, engineer: Engineer) -> tuple[str, Sender] | None:
        """The first pager under which this engineer can really be notified, else the first of all."""
        for name, pager in self.pagers.items():
            if engineer.platform_id(pager.platform) or engineer.mobile:
                return name, pager
        return next(iter(self.pagers.items()), None)

    def name_for(self, engineer_id: str) -> str:
        """The desk's name where this engineer is paged: there the engineer writes to it."""
        engineer = self.roster.engineer(engineer_id)
        found = self.pager_for(engineer) if engineer else None
        doors = [door for door in self.channels.values() if found is None or door.platform == found[1].platform]
        return next(iter(doors or self.channels.values())).desk_name

    @property
    def phone(self) -> str:
        return self.library.company.get("service_desk_phone", "")
