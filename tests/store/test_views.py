"""What pages read: lists, from the tables."""

import pytest

from app.store import pictures, views
from app.store.database import Database
from tests.people import MONDAY_NINE, ZHAO
from tests.store.making import claimed, opened


def test_the_newest_case_stands_first_with_who_and_where(database: Database) -> None:
    """Names where the platform gives them."""
    with database.transaction() as session:
        opened(session, words="登不上")
        opened(session, ZHAO, words="满了")
        first, second = views.list_cases(session)
        assert (first.who, first.room, first.words) == ("赵姐", "IT支持群", ("满了",))
        assert (second.who, second.state) == ("小林", "waiting")
        assert len(views.list_cases(session, most=1)) == 1


def test_one_case_comes_with_its_pictures(database: Database) -> None:
    """And a picture with its kind and bytes."""
    with database.transaction() as session:
        case, row = opened(session), claimed(session)
        pictures.keep(session, row.id or 0, case, "image/png", b"png", MONDAY_NINE)
        session.flush()
        view = views.one_case(session, case.id or 0)
        assert view is not None and len(view.pictures) == 1
        assert views.picture(session, view.pictures[0]) == ("image/png", b"png")


@pytest.mark.parametrize("number", [0, 999, 2**31, 2**70])
def test_a_number_that_nothing_has_shows_nothing(database: Database, number: int) -> None:
    """Whatever stands in the page's address."""
    with database.transaction() as session:
        assert views.one_case(session, number) is None
        assert views.picture(session, number) is None
