"""What every story needs before its house stands: folders, settings, the clock, the log."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from app.core.library import Library
from app.settings import Settings
from app.store.vault import Vault
from tests.stories.clock import StoryClock
from tests.stories.logbook import LogBook

ROOT = Path(__file__).resolve().parents[2]
ROSTER = Path(__file__).parent / "roster.yaml"


@dataclass
class Workshop:
    """One story's own place."""

    place: Path
    database_url: str
    clock: StoryClock
    log: LogBook
    library: Library

    def settings(self, **parts: Any) -> Settings:
        """Settings of a test installation with the repository's own content and example roster."""
        return Settings(
            environment="test",
            database_url=self.database_url,
            data_dir=self.place / "data",
            intents_dir=ROOT / "intents",
            knowledge_dir=ROOT / "knowledge",
            roster_file=ROSTER,
            secret_key=SecretStr(Vault.new_key()),
            **parts,
        )

    def expect_no_secret(self, *secrets: str) -> None:
        """Neither the log nor the database's own files hold a credential or a bearer address in the clear."""
        kept = b"".join(path.read_bytes() for path in self.place.glob("story.db*"))
        for secret in secrets:
            assert secret not in self.log.text, f"日志里有密钥 {secret[:4]}…"
            assert secret.encode() not in kept, f"数据库里有密钥 {secret[:4]}…"

    def expect_no_match(self, pattern: str) -> None:
        """The same for everything that looks like `pattern`."""
        kept = b"".join(path.read_bytes() for path in self.place.glob("story.db*"))
        assert not re.search(pattern, self.log.text), f"日志里有 {pattern}"
        assert not re.search(pattern.encode(), kept), f"数据库里有 {pattern}"
