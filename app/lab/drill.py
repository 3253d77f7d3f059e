"""`zhiban drill`: days of duty with faults, in seconds. The drill and its little platforms stand with the tests.

They speak for the platforms, so they are no part of the program: an image or an installed package lacks them.
"""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from app.core.library import Library
from app.store.database import Database
from app.store.trouble import kind_of, reason_for

ROOT = Path(__file__).resolve().parents[2]


class CannotDrill(Exception):
    """In Chinese: why, and what to do."""


class NotHere(CannotDrill):
    """The drill cannot be run from this copy of the program."""

    def __init__(self, place: Path, missing: str) -> None:
        super().__init__(
            f"这里没有演练用的模拟平台（{place / 'tests' / 'drill'}，缺 {missing}）：镜像和安装包里不带它。"
            "请在源码目录里先运行 .ci/install dev，再运行 .venv/bin/zhiban drill"
        )


class Report(Protocol):
    """What a drill tells: its figures, what is wrong in words, and all of it with the timeline."""

    @property
    def figures(self) -> dict[str, object]: ...

    @property
    def remarks(self) -> list[str]: ...

    @property
    def text(self) -> str: ...

    @property
    def good(self) -> bool: ...


def drill(
    library: Library,
    *,
    faults: int,
    seed: int,
    tell: Callable[[int], None],
    database_url: str = "",
    root: Path = ROOT,
) -> Report:
    """Run it. `tell` hears how many faults have bitten. Raises CannotDrill.

    `database_url`: an empty PostgreSQL database, which it fills; without one, a SQLite file that is gone afterwards.
    """
    if database_url:
        _must_be_empty(database_url)
    if not (root / "tests" / "drill" / "report.py").is_file():
        raise NotHere(root, "tests/drill")
    sys.path.insert(0, str(root))
    try:
        report = importlib.import_module("tests.drill.report")
    except ModuleNotFoundError as error:
        raise NotHere(root, error.name or "tests") from None
    finally:
        sys.path.remove(str(root))
    found: Report = report.drill(library, faults=faults, seed=seed, tell=tell, database_url=database_url)
    return found


def _must_be_empty(url: str) -> None:
    if not url.startswith(("postgresql://", "postgresql+psycopg://")):
        raise CannotDrill("--database 只收 postgresql:// 开头的地址；SQLite 不用写，演练自己建一个临时文件")
    database = Database(url)
    try:
        tables = inspect(database.engine).get_table_names()
    except SQLAlchemyError as error:
        raise CannotDrill(f"--database：{reason_for(kind_of(error))}") from None
    finally:
        database.close()
    if tables:
        raise CannotDrill(f"--database 里已经有 {len(tables)} 张表：演练会往里写几千张单，请另建一个空库（createdb）")
