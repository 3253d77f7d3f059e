"""What each kind of finding means to people: a title, and a line for one of them."""

TELLS: dict[str, tuple[str, str]] = {
    "unanswered": ("收下了却没有答复", "消息 {number}（{channel}）：{ago}前收到{code}"),
    "handoff_lost": ("说了转人工却没有单", "消息 {number}（{channel}）：{ago}前收到"),
    "conversation_behind": ("对话停在前面，没记下后来的消息", "消息 {number}（{channel}）：{ago}前收到"),
    "stuck": ("要说的话卡着没说出去", "发件 {number}（{channel}）：{ago}前就该说{code}"),
    "failed": ("平台拒绝，不会再试", "发件 {number}（{channel}）：{ago}前放弃{code}"),
    "unknown": ("发出去了不知道到没到，也没有下一步", "发件 {number}（{channel}）：{ago}前{code}"),
    "page_lost": ("呼叫没送到，也没有再呼", "单 {number}（{channel}）：{ago}前{code}"),
    "unpaged": ("单开了却没呼到任何人", "单 {number}（{channel}）：{ago}前开的"),
    "timer_missing": ("没人接的单丢了定时，不会再呼下一个", "单 {number}（{channel}）：{ago}前开的"),
    "plan_used_up": ("按计划都呼过了，还没人接，也不会再呼", "单 {number}（{channel}）：{ago}前开的"),
    "timer_overdue": ("定时到点了没有响", "单 {number}：晚了 {ago}"),
    "silenced": ("工程师接了单，员工又说了话，没人理也没人关单", "单 {number}（{channel}）：最后一句在 {ago}前"),
}
