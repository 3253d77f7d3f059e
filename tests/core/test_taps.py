"""Buttons: which are offered after what, what a company may word, and what a tap is worth."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.core.content import Content
from app.core.conversation import Conversation, Phase
from app.core.library import Library
from app.core.lines import Lines
from app.core.message import Button, Person, Room, RoomKind
from app.core.offers import after_hand_off, after_question, after_steps
from app.core.taps import Card, Tap, face, held, judge, tap_id

ROOM, LIN, CHEN = Room("g", RoomKind.GROUP), Person("lin"), Person("chen")
GUIDED = Conversation(Phase.GUIDED, ("quota.full",), card=7)


def test_after_steps_it_goes_on_while_there_are_some(library: Library) -> None:
    """What is left decides whether the middle button asks for more or says that it was no use."""
    guide = library.guide("quota.full")
    every = tuple(f"quota.full/{place}" for place in range(len(guide.steps)))
    says = [
        [button.says for button in after_steps(library, state).buttons]
        for state in (GUIDED, replace(GUIDED, given=every))
    ]
    assert says == [["已解决", "下一步", "人工"], ["已解决", "还是不行", "人工"]]


def test_choices_are_tapped_by_their_numbers(library: Library) -> None:
    """As they stand in the text; with none to choose from there is a person."""
    offer = after_question(library, ("quota.full", "quota.expand"))
    assert [button.says for button in offer.buttons] == ["1", "2", "都不是", "人工"]
    assert offer.buttons[0].text == f"1. {library.choice('quota.full')}"
    assert [button.says for button in after_question(library, ()).buttons] == ["人工"]


def test_what_a_button_says_is_always_heard_whatever_it_is_called(library: Library) -> None:
    """A company words the text alone; `test_cues.py` shows that these words always work."""
    offers = [after_steps(library, GUIDED), after_question(library, ("quota.full",)), after_hand_off(library)]
    said = {button.says for offer in offers for button in offer.buttons if not button.says.isdigit()}
    assert said == {"已解决", "下一步", "都不是", "人工", "进度"}


@pytest.mark.parametrize(("line", "text"), [("button_next", "字" * 11), ("card_steps", "字" * 27), ("button_next", "")])
def test_a_button_that_no_screen_shows_whole_is_refused(content: Content, line: str, text: str) -> None:
    """When the file is read, not when somebody waits for an answer."""
    with pytest.raises(ValidationError):
        Lines.model_validate({**content.lines.model_dump(), line: text})


@pytest.mark.parametrize(
    ("card", "person", "state", "worth"),
    [
        (Card("g", "lin", 7), LIN, GUIDED, Tap.COUNTS),
        (Card("g", "lin", 7), CHEN, GUIDED, Tap.FOREIGN),
        (Card("other", "lin", 7), LIN, GUIDED, Tap.FOREIGN),
        (Card("g", "lin", 6), LIN, GUIDED, Tap.OVER),
        (Card("g", "lin", 7), LIN, Conversation(), Tap.OVER),
        (Card("g", "lin", None), LIN, Conversation(), Tap.OVER),
        (None, LIN, GUIDED, Tap.OVER),
    ],
)
def test_what_a_tap_is_worth(card: Card | None, person: Person, state: Conversation, worth: Tap) -> None:
    """The newest card of the one whose it is, in its room."""
    assert judge(card, ROOM, person, state) is worth


def test_the_card_counts_until_another_comes_or_the_dialog_moves() -> None:
    """Thanks in between change nothing; the end of the dialog does."""
    assert held(GUIDED, GUIDED, None).card == 7
    assert held(GUIDED, GUIDED, 9).card == 9
    assert held(GUIDED, replace(GUIDED, given=("quota.full/0",)), None).card is None
    assert held(GUIDED, Conversation(), None).card is None


def test_after_a_tap_the_card_says_what_was_chosen(library: Library) -> None:
    """Tapped again, it says the same, which is no news."""
    buttons = (Button("好了", "已解决"), Button("然后", "下一步"))
    assert face(buttons, "下一步", "下一步", library.lines) == (Button("✓ 然后", "下一步"),)
    assert face(buttons, "下一步", "", library.lines) == (Button(library.lines.button_over, "下一步"),)
    assert face(buttons, "下一步", "已解决", library.lines) == (Button("✓ 好了", "下一步"),)


@given(st.tuples(*[st.text(max_size=9)] * 3), st.tuples(*[st.text(max_size=9)] * 3))
def test_two_taps_are_one_only_when_everything_is_the_same(
    one: tuple[str, str, str], two: tuple[str, str, str]
) -> None:
    """By the id, which a platform's table keeps unique."""
    clean = [all("\n" not in part for part in tap) for tap in (one, two)]
    assert (tap_id(*one) == tap_id(*two)) == (one == two) or not all(clean)
