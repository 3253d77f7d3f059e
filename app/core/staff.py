"""Names of staff, where a platform tells only an id. Optional; who is not in it is named by the id."""

from dataclasses import replace

from pydantic import BaseModel, ConfigDict

from app.core.message import InboundMessage


class Staff(BaseModel):
    """`staff.yaml`: for each platform, user id to name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wecom: dict[str, str] = {}
    dingtalk: dict[str, str] = {}

    def name_of(self, platform: str, user: str) -> str:
        """The name of this user, '' where it is not known."""
        names: dict[str, str] = getattr(self, platform, {})
        return names.get(user, "")


def named(message: InboundMessage, staff: Staff, platform: str) -> InboundMessage:
    """The message with its sender's name, where the platform gave none."""
    person = message.person
    if person.name and person.name != person.id:
        return message
    name = staff.name_of(platform, person.id)
    return replace(message, person=replace(person, name=name)) if name else message
