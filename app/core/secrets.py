"""Finds what staff should never have pasted (passwords, verification codes, card numbers) and masks it."""

import re

MASK = "〔已隐去〕"
_SEPARATOR = r"(?:\s{0,3}(?:是|为|：|:|=|\s|就是|改成了?|设成了?|变成了?|用的?)\s{0,3}){1,3}"
# At least six printable characters with a digit and something else, and neither an error code nor an address.
_VALUE = (
    r"(?P<secret>(?=[^\s，。,；;、]{0,63}[0-9])(?=[^\s，。,；;、]{0,63}[A-Za-z#@!$%^&*_\-])"
    r"(?!0x[0-9A-Fa-f]{8}|https?:)[!-~]{6,512})"
)
_PATTERNS = (
    re.compile(r"(?:密码|密碼|口令|password|passwd|pwd|(?<![A-Za-z])pass)" + _SEPARATOR + _VALUE, re.I),
    re.compile(
        r"(?:密码|密碼|口令|password|passwd|pwd)\s{0,3}(?:是|为|：|:|=)?\s{0,3}(?P<secret>\d{6,20})(?!\d)",
        re.I,
    ),
    re.compile(r"(?:验证码|驗證碼|校验码|动态码)[\s是为：:=]{0,6}(?P<secret>\d{4,8})(?!\d)"),
    re.compile(r"(?<!\d)(?P<secret>[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx])(?!\d)"),
    re.compile(r"(?<!\d)(?P<secret>(?:62|4\d|5[1-5])\d{2}[ ]?\d{4}[ ]?\d{4}[ ]?\d{4}(?:[ ]?\d{1,3})?)(?!\d)"),
    re.compile(r"(?P<secret>-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----)"),
)


def mask(text: str) -> tuple[str, bool]:
    """The text with every secret replaced, and whether there was one."""
    found = False
    for pattern in _PATTERNS:
        match = pattern.search(text)
        while match:
            found = True
            start, end = match.span("secret")
            text = text[:start] + MASK + text[end:]
            match = pattern.search(text, start + len(MASK))
    return text, found
