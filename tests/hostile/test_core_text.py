"""What reads people's words, under any words at all: nothing raises, limits hold, once done is done."""

import json
import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.channels.text import cut_bytes, cut_json, inert, plain, strip_mention
from app.core.codes import MOST_CODES, CodeTable, Finding, read_error
from app.core.commands import Command, parse_command
from app.core.guidance import fill
from app.core.library import Library, rank
from app.core.matching.features import Featurizer
from app.core.matching.normalise import LIMIT, codes_in, normalise
from app.core.secrets import mask
from app.documents import Invalid
from app.logs import redact
from app.store.vault import Vault
from app.web.pages import render
from tests.hostile.strategies import ODD, TEXT, WHOLE_TEXT


@given(WHOLE_TEXT, st.integers(0, 80), st.sampled_from(["…", "", "……（完）"]))
def test_a_cut_fits_and_cutting_again_changes_nothing(text: str, most: int, mark: str) -> None:
    cut = cut_bytes(text, most, mark)
    assert len(cut.encode()) <= most
    assert cut_bytes(cut, most, mark) == cut
    assert not unicodedata.combining(cut.removesuffix(mark)[-1:] or "a") or cut == text


@given(WHOLE_TEXT, st.integers(2, 80))
def test_a_cut_for_json_fits_with_its_escapes(text: str, most: int) -> None:
    cut = cut_json(text, most)
    assert len(json.dumps(cut, ensure_ascii=False).encode()) <= most
    assert cut_json(cut, most) == cut
    if cut != text and not any(map(unicodedata.combining, text)):  # no more is lost than must be
        assert len(json.dumps(cut, ensure_ascii=False).encode()) > most - 16


@given(TEXT, st.lists(TEXT.filter(str.strip), max_size=3))
@example("@(a+)+", ["(a+)+"])
def test_taking_the_desks_name_off_takes_nothing_else(text: str, names: list[str]) -> None:
    left = strip_mention(text, names)
    assert len(left) <= len(text)
    if not names:
        assert left in text


@given(TEXT)
def test_plain_text_has_no_bold_and_no_code(text: str) -> None:
    shown = plain(text)
    assert "`" not in shown and len(shown) <= len(text)


LINKED = re.compile(r"[a-z]+://|www\.\w|\w\.[^\W\d]{2,}", re.I)  # what clients make a link of


@given(TEXT)
@example("http://a.example www.a.example a.example/x \u202ehttp\u202c")
def test_what_is_inert_stays_so(text: str) -> None:
    once = inert(text)
    assert inert(once) == once
    assert not set(once) & set("@<>[]`*#\n\r\u2028\u202e\u200b")
    assert not LINKED.search(once)


@given(TEXT)
@example("接单 " + "9" * 400)
@example("解决" + "²" * 3)
@example("接单 ٣")
def test_any_words_as_a_command(text: str) -> None:
    command = parse_command(text)
    assert command is None or isinstance(command, Command)
    if command is not None:
        assert command.number is None or 0 <= command.number < 10**9
        assert len(command.rest) <= 500


@given(TEXT)
@example("\ud800邮箱")
@example("\ufdfa" * LIMIT)
def test_normalising_never_raises(text: str) -> None:
    found = normalise(text)
    assert found.text == found.text.strip()
    found.text.encode()
    assert all(code.isascii() for code in found.codes)


@given(TEXT, st.integers(0, 3))
def test_only_the_beginning_of_an_endless_message_is_looked_at(text: str, more: int) -> None:
    start = (text or "邮箱")[:50] * (LIMIT // len((text or "邮箱")[:50]) + 1)
    assert normalise(start[:LIMIT] + "550 5.7.1" * more).text == normalise(start[:LIMIT]).text


@given(TEXT)
@example("\ud800" * 100)
@example("😀" * 3000)
def test_any_words_are_ranked(library: Library, text: str) -> None:
    candidates = rank(library, text).candidates
    assert abs(sum(candidate.confidence for candidate in candidates) - 1) < 1e-6
    featurize: Featurizer = library.matcher.featurize
    assert featurize(text) == featurize(text)


@given(TEXT)
@example(" ".join(str(code) for code in range(200, 600)) * 40)
def test_any_words_as_an_error(library: Library, text: str) -> None:
    finding = read_error(library.codes, text)
    assert finding is None or (isinstance(finding, Finding) and str(finding).endswith("。"))


def test_a_paste_of_all_codes_there_are_is_read_within_bounds() -> None:
    """Pairs of codes are tried, so that their number must have an end."""
    table = CodeTable(source="没有", codes=(), prompts=())
    paste = " ".join(f"0x{number:08x}" for number in range(100_000))
    assert len(codes_in(paste)) >= 100_000 > MOST_CODES
    assert read_error(table, paste) is None


@given(TEXT)
@example("密码：" + "a1" * 400)
@example("密码:a1b2c3密码:a1b2c3")
@example("1" * 400)
@example("6222021234567890123 6222021234567890123")
def test_masking_twice_is_masking_once(text: str) -> None:
    once, found = mask(text)
    assert found or once == text
    assert mask(once) == (once, found and mask(once)[1])
    assert mask(once)[0] == once


PASSWORDS = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=",;"), min_size=6, max_size=400
).filter(
    lambda word: (
        any(c.isdigit() for c in word[:60])
        and any(c.isalpha() for c in word[:60])
        and not word.startswith(("0x", "http"))
    )
)


@given(TEXT, st.sampled_from(["密码是", "密码：", "password: ", "pwd="]), PASSWORDS)
def test_a_password_in_any_surroundings_is_gone(before: str, word: str, password: str) -> None:
    masked, found = mask(f"{before} {word}{password} 怎么办")
    assert found and password not in masked.rsplit(word, 1)[1]


@given(TEXT, st.dictionaries(st.from_regex(r"[a-z_]{1,40}", fullmatch=True), TEXT, max_size=3))
@example("{{a}}", {"a": "{{a}}"})
def test_filling_is_done_once_and_leaves_what_is_unknown(text: str, values: dict[str, str]) -> None:
    """A value that looks like a place to fill is not filled again."""
    assert fill(text, {}) == text
    assert fill("{{key}}", {"key": text}) == text
    for key, value in values.items():
        assert fill(f"<{{{{{key}}}}}>", values) == f"<{value}>"


TEMPLATES = st.lists(
    ODD | st.sampled_from(["{desk}", "{number}", "{desk.__class__}", "{desk[0]}", "{", "}}"]), max_size=6
)


@given(TEMPLATES.map("".join))
@example("{desk:{desk}}")
@example("{desk!r:>999999999}")
def test_any_line_is_refused_with_a_reason_or_can_be_said(library: Library, template: str) -> None:
    lines = library.lines.model_dump() | {"greeting": template}
    try:
        accepted = type(library.lines).model_validate(lines)
    except ValueError as error:
        assert "greeting" in str(error)
        return
    assert isinstance(accepted.greeting.format(desk="IT小助手"), str)


@given(TEXT)
@example("1. " + "*" * 300)
@example("٣. x")
def test_any_line_on_a_page_is_escaped(text: str) -> None:
    shown = str(render(text))
    assert "<script" not in shown.lower() and "<font" not in shown and "<a" not in shown


@given(TEXT)
def test_a_sealed_address_opens_to_itself(text: str) -> None:
    whole = text.encode("utf-8", "replace").decode()
    vault = Vault(KEY)
    assert vault.open(vault.seal(whole)) == whole
    assert vault.open(whole) is None


KEY = Vault.new_key()


@given(st.dictionaries(TEXT, TEXT | st.integers(), max_size=4))
def test_a_log_line_is_always_written_and_hides_what_its_name_says(event: dict[str, object]) -> None:
    shown = redact(None, "info", {**event, "token": "geheim", "url": "https://a.example/?access_token=geheim&x=1"})
    assert "geheim" not in repr(dict(shown))


@pytest.mark.parametrize("key", ["", "x", "Ä" * 44, "\ud800", "=" * 44])
def test_a_wrong_key_is_a_value_error(key: str) -> None:
    with pytest.raises((ValueError, Invalid)):
        Vault(key)
