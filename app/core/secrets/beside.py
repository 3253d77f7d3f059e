"""Passwords that no word announces: beside their account, typed somewhere, made as only passwords are."""

from collections.abc import Iterator

from app.core.secrets import cues, gaps
from app.core.secrets.guess import TOKEN, Place, is_beyond_doubt, is_password, is_strong, mixed, password_at, token_at
from app.core.secrets.kinds import MASK, Kind, Span

_NEAR = 8  # characters before “我填的是” that may say of what
_SHORTEST = 6


def beside_an_account(text: str) -> tuple[list[Span], str]:
    """“账号密码 chenli Cl#55”, “登 wangfang/Wf@20”, “li@corp.example Mail@77”; and the text without these."""
    spans: list[Span] = []
    rest: list[str] = []
    at = 0
    for cue in cues.ACCOUNT.finditer(text):
        if cue.start() < at:
            continue
        token = token_at(text, cue.end())
        both = cue.lastgroup == "both" and is_password(token, Place(text, cue.end(), "=", english=False))
        masked = cue.lastgroup == "both" and text.startswith(MASK, cue.end())
        if masked or both or is_beyond_doubt(token):
            span = password_at(text, cue.end(), token)
            # The word for the password in “账号密码” has had its say.
            rest += [text[at : cue.start()], "\n" * (span.end - cue.start())]
            at = span.end
            spans += [] if masked else [span]
    return spans, "".join([*rest, text[at:]])


def typed(text: str) -> Iterator[Span]:
    """“输入 Abc@1234 就报错”."""
    for cue in cues.TYPED.finditer(text):
        token = token_at(text, cue.end())
        if is_beyond_doubt(token):
            yield password_at(text, cue.end(), token)


def elsewhere(text: str) -> Iterator[Span]:
    """In a message that speaks of a password: what is made like one, or was filled in, wherever it stands."""
    for match in TOKEN.finditer(text):
        if cues.MADE_UP.fullmatch(match.group()) and is_beyond_doubt(match.group()):
            yield Span(*match.span(), Kind.PASSWORD)
    for cue in cues.FILLED.finditer(text):
        token = token_at(text, cue.end())
        about = text[max(0, cue.start() - _NEAR) : cue.start()]
        if len(token) >= _SHORTEST and mixed(token) and is_strong(token) and not gaps.SOMETHING_ELSE.search(about):
            yield password_at(text, cue.end(), token)
