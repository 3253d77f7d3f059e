"""A house for every story: real HTTP on loopback, a real database, a clock that the story moves."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from app.clock import new_id
from app.core.library import Library
from tests import postgres
from tests.stories.clock import StoryClock
from tests.stories.dingtalk_scene import DingTalkScene, open_dingtalk
from tests.stories.logbook import logbook
from tests.stories.wecom_scene import WeComScene, open_wecom
from tests.stories.workshop import Workshop


@pytest.fixture(scope="session", autouse=True)
def surroundings() -> Iterator[None]:
    """Loopback needs no proxy."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NO_PROXY", "no_proxy"):
            patch.setenv(name, "127.0.0.1")
        yield


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated SQLite file; an empty PostgreSQL for a story that is parametrised with it."""
    if getattr(request, "param", "sqlite") == "sqlite":
        shutil.copy(request.getfixturevalue("_sqlite_template"), tmp_path / "story.db")
        yield f"sqlite:///{tmp_path / 'story.db'}"
        return
    server: URL = request.getfixturevalue("postgres_server")
    name = f"story_{new_id()}"
    postgres.run(server, f"CREATE DATABASE {name}")
    yield server.set(database=name).render_as_string(hide_password=False)
    postgres.run(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def workshop(tmp_path: Path, database_url: str, library: Library) -> Iterator[Workshop]:
    with logbook() as log:
        yield Workshop(tmp_path, database_url, StoryClock(), log, library)
    print(log.text)  # noqa: T201 - pytest shows it when the story has failed


@pytest.fixture
def wecom(workshop: Workshop) -> Iterator[WeComScene]:
    with open_wecom(workshop) as scene:
        yield scene


@pytest.fixture
def dingtalk(workshop: Workshop) -> Iterator[DingTalkScene]:
    with open_dingtalk(workshop) as scene:
        yield scene


@pytest.fixture(scope="module")
def standing(surroundings: None, tmp_path_factory: pytest.TempPathFactory, library: Library) -> Iterator[Workshop]:
    """For a house that several stories look at and none changes."""
    place = tmp_path_factory.mktemp("standing")
    with logbook() as log:
        yield Workshop(place, f"sqlite:///{place / 'story.db'}", StoryClock(), log, library)


@pytest.fixture(scope="module")
def standing_wecom(standing: Workshop) -> Iterator[WeComScene]:
    with open_wecom(standing) as scene:
        yield scene


@pytest.fixture(scope="module")
def standing_dingtalk(standing: Workshop) -> Iterator[DingTalkScene]:
    with open_dingtalk(standing) as scene:
        yield scene
