"""What staff should never have pasted is masked; what merely looks like it is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.secrets import MASK, mask


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("密码是Abc12345", "Abc12345"),
        ("密码：Abc12345，登不上", "Abc12345"),
        ("我的密码改成了 Hunter2#2026 还是不行", "Hunter2#2026"),
        ("密碼: P@ssw0rd", "P@ssw0rd"),
        ("口令为 xy-99-zz", "xy-99-zz"),
        ("password=Secret1!", "Secret1!"),
        ("PASSWD: qwer_1234", "qwer_1234"),
        ("pwd is abc123!?".replace("is ", ": "), "abc123!?"),
        ("密码：123456", "123456"),
        ("password: 88888888", "88888888"),
        ("验证码 4821", "4821"),
        ("验证码是：482193 帮我填一下", "482193"),
        ("动态码:00112233", "00112233"),
        ("身份证 110101199003074514 请核对", "110101199003074514"),
        ("身份证11010119900307451X", "11010119900307451X"),
        ("卡号 6222 0212 3456 7890 123", "6222 0212 3456 7890 123"),
        ("4111111111111111", "4111111111111111"),
        ("-----BEGIN RSA PRIVATE KEY-----", "BEGIN RSA"),
    ],
)
def test_a_secret_is_masked(text: str, secret: str) -> None:
    """Nothing of it is left, and that there was one is told."""
    masked, found = mask(text)
    assert found and secret not in masked and MASK in masked


@pytest.mark.parametrize(
    "text",
    [
        "密码错误",
        "账号或密码错误 535",
        "忘记密码了怎么办",
        "密码输错 5 次被锁了",
        "密码是不是要 8 位以上",
        "密码是什么",
        "密码多久换一次，90 天吗",
        "验证码收不到",
        "收不到验证码 10 分钟了",
        "outlook 报 0x800CCC0E 发不出去",
        "退信 552 5.2.2 mailbox full",
        "服务器 imap.exmail.qq.com 端口 993",
        "手机号 13800000001",
        "分机 8001，单号 20260105",
        "附件 50 MB，总共 120000 封",
        "日期 2026-01-05 09:00:00",
    ],
)
def test_what_only_looks_like_one_is_left_alone(text: str) -> None:
    """The engineer needs these words."""
    assert mask(text) == (text, False)


def test_every_secret_of_a_message_is_masked() -> None:
    """Old and new password alike."""
    masked, _ = mask("旧密码：Abc12345，新密码：Xyz98765，验证码 4821")
    assert masked == f"旧密码：{MASK}，新密码：{MASK}，验证码 {MASK}"


def test_a_very_long_secret_leaves_no_tail() -> None:
    """A token of two hundred characters is one secret."""
    assert mask("密码是 " + "a1B2" * 50)[0] == f"密码是 {MASK}"


words = st.sampled_from(
    ["密码", "验证码", "password", "是", "：", " ", "=", "Abc12345", "482193", "，", MASK, "-", "6"]
)
texts = st.text(max_size=120) | st.lists(words, max_size=12).map("".join)


@given(texts)
def test_masking_twice_is_masking_once(text: str) -> None:
    """What is masked holds no secret any more."""
    once, _ = mask(text)
    assert mask(once)[0] == once


@given(texts)
def test_nothing_is_added_where_nothing_is_found(text: str) -> None:
    """No text raises; without a secret it comes back as it was."""
    masked, found = mask(text)
    assert found or masked == text
