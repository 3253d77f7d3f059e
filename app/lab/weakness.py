"""A weak spot of a set-up, and everything that is looked at to find one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.documents import Document, Invalid, parse
from app.settings import Settings


@dataclass(frozen=True, slots=True, order=True)
class Weakness:
    """`serious`: somebody can get at secrets or at staff's words, or speak in the desk's name. Else a hint."""

    serious: bool
    where: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{'严重' if self.serious else '提醒'} {self.where}：{self.what}。怎么办：{self.remedy}"


@dataclass(frozen=True, slots=True)
class Setup:
    """An installation as it stands: settings, the file that they came from, the environment, who runs it and where."""

    settings: Settings
    file: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    is_root: bool = False
    in_container: bool = False

    @property
    def document(self) -> Document | None:
        """The settings file, where there is one."""
        if self.file is None:
            return None
        try:
            return parse(self.file.read_text(encoding="utf-8"), str(self.file))
        except (OSError, UnicodeDecodeError, Invalid):
            return None

    def where(self, *path: str) -> str:
        """The key as people write it, with its line where it stands in the file."""
        document, key = self.document, ".".join(path)
        if document is not None and path in document.lines:
            return f"{document.file}:{document.lines[path]}: {key}"
        return key

    def stands_in_file(self, *path: str) -> bool:
        document = self.document
        return document is not None and path in document.lines


def serious(where: str, what: str, remedy: str) -> Weakness:
    return Weakness(True, where, what, remedy)


def hint(where: str, what: str, remedy: str) -> Weakness:
    return Weakness(False, where, what, remedy)
