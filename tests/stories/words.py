"""What people write in the stories. The question stands nearly word for word in `intents/`."""

QUESTION = "邮箱提示空间已满，收不到新邮件"
TOPIC = "quota.full"
OTHER_QUESTION = "邮箱密码忘了怎么重置"
OTHER_IT = "VPN 连不上 错误 809"
NOT_IT = "中午食堂吃什么"
UNCLEAR = ("有点问题", "出问题了")
