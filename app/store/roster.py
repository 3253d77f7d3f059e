"""Reads what the IT admin keeps of people: the roster, and the names of staff."""

from pathlib import Path

from app.core.roster import Roster
from app.core.staff import Staff
from app.documents import Fault, Invalid, load


def read_roster(path: Path) -> Roster:
    """The checked roster. Raises Invalid with file, line and reason."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Invalid([Fault(str(path), 1, "没有值班名册；照 docs/examples/roster.yaml 写一份")]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid([Fault(str(path), 1, f"读不了：{error}")]) from None
    return load(Roster, text, str(path))


def read_staff(path: Path) -> Staff:
    """The names of staff; none where there is no such file. Raises Invalid with file, line and reason."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Staff()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid([Fault(str(path), 1, f"读不了：{error}")]) from None
    return load(Staff, text, str(path))
