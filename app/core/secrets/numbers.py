"""Identity cards and bank cards: numbers with a check digit, or with a word before them that says so."""

import re
from collections.abc import Iterator
from datetime import date

from app.core.secrets.kinds import Kind, Span

_A = re.ASCII
_I = re.ASCII | re.IGNORECASE

_NUMBER = re.compile(
    r"(?<![0-9A-Za-z])(?<![0-9][.\-])(?=("
    r"[0-9]{6}[ \-]?[0-9]{8}[ \-]?[0-9]{3}[0-9Xx]"  # identity card, in one or in its three parts
    r"|[0-9](?: [0-9]){16} [0-9Xx]"
    r"|[0-9]{4}(?:[ \-][0-9]{4}){3}(?:[ \-][0-9]{1,3})?"  # bank card in fours
    r"|3[47][0-9]{2}[ \-][0-9]{6}[ \-][0-9]{5}"
    r"|[0-9]{6} [0-9]{10,13}"
    r"|[0-9]{15,19}"
    r")(?![0-9A-Za-z]))",
    _A,
)
_NOT_DIGIT = re.compile(r"[^0-9Xx]")
_SERIAL = re.compile(r"(?:单号|订单|编号|单据|流水|运单|快递|发票|税号|条码|order|no\.|imei|id)[^0-9]{0,6}$", _I)
_LOOK_BACK = 14
_PROVINCES = frozenset((11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46,
                        50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83))  # fmt: skip
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
# Issuers: UnionPay 62 and 60, Visa 4, Mastercard 51-55, JCB 35, American Express, and older Chinese debit cards.
_CARD = re.compile(
    r"6[02][0-9]{14,17}|4[0-9]{15}|5[1-5][0-9]{14}|35[2-8][0-9]{13}|3[47][0-9]{13}"
    r"|(?:9558|9559|95599|4367|4563|4580|4514|4270|6858|8886)[0-9]{11,15}",
    _A,
)
# A word before it makes a number one even with a slip in it.
_NAMED_IDENTITY = re.compile(
    r"(?:身[份分][证證]|[证證]件[号號]|护照|護照|通行[证證]|id\s?card|hkid|passport)[^0-9A-Za-z\n]{0,10}(?:no\.?|number)?"
    r"[^0-9A-Za-z\n]{0,4}"
    r"([0-9](?:[ \-]?[0-9]){13,16}[ \-]?[0-9Xx](?![0-9A-Za-z])|[A-Z]{1,2}[0-9]{6,9}(?:\([0-9A]\))?(?![0-9A-Za-z]))",
    _I,
)
_NAMED_CARD = re.compile(
    r"(?:卡[号號]|[银銀]行卡|信用卡|储蓄卡|借记卡|工资卡|(?<![a-z])(?<!id )card(?:\s?(?:no\.?|number))?)[^0-9\n]{0,8}"
    r"((?!8986)[0-9](?:[ \-]?[0-9]){14,18})(?![0-9A-Za-z])",
    _I,
)

_LONG = re.compile(r"[0-9](?:[ \-]?[0-9]){13}", _A)
_CARD_CODE = re.compile(r"(?<![a-z])(?:cvv2?|cvc2?)[^0-9a-z\n]{0,4}([0-9]{3,4})(?![0-9])", _I)
_IDENTITY_HINTS = ("证", "證", "护照", "護照", "id", "passport")


def find(text: str, lower: str) -> Iterator[Span]:
    """Everything in `text` that is the number of a person or of a bank card. `lower` is the text in lower case."""
    if _LONG.search(text):
        yield from _checked(text)
        yield from (Span(*match.span(1), Kind.CARD) for match in _NAMED_CARD.finditer(text))
    if any(hint in lower for hint in _IDENTITY_HINTS):
        yield from (Span(*match.span(1), Kind.IDENTITY) for match in _NAMED_IDENTITY.finditer(text))
    if "cv" in lower:
        yield from (Span(*match.span(1), Kind.CARD) for match in _CARD_CODE.finditer(text))


def _checked(text: str) -> Iterator[Span]:
    for match in _NUMBER.finditer(text):
        digits = _NOT_DIGIT.sub("", match[1]).upper()
        if is_identity(digits):
            yield Span(*match.span(1), Kind.IDENTITY)
            continue
        serial = _SERIAL.search(text, max(0, match.start() - _LOOK_BACK), match.start())
        if serial is None and is_old_identity(digits):
            yield Span(*match.span(1), Kind.IDENTITY)
        elif serial is None and is_card(digits):
            yield Span(*match.span(1), Kind.CARD)


def is_identity(digits: str) -> bool:
    """A number of an identity card: province, a birthday that was, check digit."""
    if len(digits) != 18 or not digits[:17].isdecimal() or int(digits[:2]) not in _PROVINCES:
        return False
    if not 1900 <= int(digits[6:10]) <= 2099 or not _is_day(digits[6:14]):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == digits[17]


def is_old_identity(digits: str) -> bool:
    """One of before 1999: fifteen digits, without a check digit."""
    return len(digits) == 15 and digits.isdecimal() and int(digits[:2]) in _PROVINCES and _is_day(f"19{digits[6:12]}")


def is_card(digits: str) -> bool:
    """A bank card of a known issuer whose last digit checks the others."""
    if not _CARD.fullmatch(digits):
        return False
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


def _is_day(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return True
