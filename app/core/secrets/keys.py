"""Keys and addresses with a login in them, known by their own form. Repetitions are bounded or possessive."""

import re
from collections.abc import Iterator

from app.core.secrets.kinds import Kind, Span

_A = re.ASCII
_I = re.ASCII | re.IGNORECASE

_KEYS = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"A(?:KIA|SIA)[A-Z0-9]{16}"
    r"|gh[opsur]_[A-Za-z0-9]{20,}+|github_pat_\w{22,}+|glpat-[\w\-]{20,}+|npm_[A-Za-z0-9]{36}"
    r"|xox[abeprs]-[\w\-]{10,}+|[rs]k-[\w\-]{20,}+|[prs]k_(?:live|test)_\w{10,}+"
    r"|AIza[\w\-]{35}|ya29\.[\w\-]{20,}+|GOCSPX-[\w\-]{10,}+"
    r"|LTAI[A-Za-z0-9]{12,30}|AKID[A-Za-z0-9]{13,45}|SG\.[\w\-]{16,64}+\.[\w\-]{16,}+|SEC[0-9a-f]{64}"
    r"|eyJ[\w\-]{8,4096}+\.eyJ[\w\-]{8,}+(?:\.[\w\-]*+)?"
    r"|(?:[0-9]{6}-){7}[0-9]{6}"  # recovery key of an encrypted disk
    r")(?![A-Za-z0-9])",
    _A,
)
_LONG_WORD = re.compile(r"[\w\-.]{16}", _A)
_PEM = re.compile(
    r"(-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?!-----END )[\w+/=,:.>\s\\\-])*+(?:-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?)",
    _A,
)
# 〔 begins what was masked before.
_LOGIN = re.compile(r"://[^\s/:@\"'<>]{0,64}:([^\s/\"'<>〔]{1,128})@(?=[\w.\[\-])", _A)
_PARAMETER = re.compile(r"[?&](?:key|ticket|sid|sig|sessionid|auth)=([\w\-.%~+/=]{8,}+)", _I)
_HOOK = re.compile(r"(?:/hook/|hooks\.slack\.com/services/|/bot(?=[0-9]{8,10}:))([\w\-/:]{16,}+)", _A)
_HEADER = re.compile(
    r"(?<![\w\-])(?:authorization\s?[:=]\s?(?:bearer |basic |token |digest |ntlm |negotiate )?"
    r"|(?:set-)?cookie\s?[:=]\s?)([^\n\"'〔]{6,}+)",
    _I,
)
_BEARER = re.compile(r"(?<![\w])bearer ((?=[^\s]{0,64}[0-9])[\w.~+/=\-]{8,}+)", _I)
_CURL = re.compile(r"(?:(?<=\s)-u\s?|--user[ =])[\w.@\\\-]{1,64}:([^\s〔]{3,}+)", _A)
_MYSQL = re.compile(r"\b(?:mysql|mysqldump|sshpass|mongo)\b[^\n]{0,120}?\s-p ?([^\s\-〔][^\s〔]{2,}+)", _A)

# Each pattern is only tried where its hint stands in the lower-case text.
_HINTED = (
    ("://", _LOGIN, Kind.PASSWORD),
    ("=", _PARAMETER, Kind.KEY),
    ("/", _HOOK, Kind.KEY),
    ("-u", _CURL, Kind.PASSWORD),
    ("-p", _MYSQL, Kind.PASSWORD),
    ("authorization", _HEADER, Kind.KEY),
    ("cookie", _HEADER, Kind.KEY),
    ("bearer", _BEARER, Kind.KEY),
    ("-----begin", _PEM, Kind.KEY),
)


def find(text: str, lower: str) -> Iterator[Span]:
    """Everything in `text` that is a key by its form. `lower` is the text in lower case."""
    if _LONG_WORD.search(text):
        yield from (Span(*match.span(), Kind.KEY) for match in _KEYS.finditer(text))
    for hint, pattern, kind in _HINTED:
        if hint in lower:
            yield from (Span(*match.span(1), kind) for match in pattern.finditer(text))
