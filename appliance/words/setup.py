"""Sentences of setting up: what is checked, what the hotline is asked, what is found later."""

from __future__ import annotations

from typing import Final

SETUP: Final[dict[str, tuple[str, str]]] = {
    # What a check found
    "CHK-001": ("The SIM asks for no PIN any more.", "SIM 卡已解锁,无需 PIN 码。"),
    "CHK-002": ("It is registered with its own network.", "已在归属网络注册。"),
    "CHK-102": (
        "It is registered while roaming: calls and texts may cost more.",
        "处于漫游状态:通话和短信可能产生额外费用。",
    ),
    "CHK-003": ("Calls go over 2G or 3G, or fall back to them.", "语音走 2G/3G(含 CSFB 回落)。"),
    "CHK-103": ("Calls go over LTE (VoLTE).", "语音走 VoLTE。"),
    "CHK-004": ("Call waiting is on.", "呼叫等待已开启。"),
    "CHK-104": (
        "Call waiting is off, as this modem needs it.",
        "呼叫等待已关闭,符合该模块的要求。",
    ),
    "CHK-005": ("No calls are forwarded, and voicemail is off.", "没有呼叫转移,语音信箱已关闭。"),
    "CHK-006": ("Its number is shown to those it calls.", "主叫号码会正常显示。"),
    "CHK-007": ("No calls are barred.", "没有呼叫限制。"),
    "CHK-008": ("The short message service centre is set.", "短信中心号码已设置。"),
    "CHK-009": ("The modem can hold calls.", "模块支持呼叫保持。"),
    "CHK-109": ("A call was held and taken back.", "实测呼叫保持成功。"),
    "CHK-010": ("The modem can join calls.", "模块支持多方通话。"),
    "CHK-110": ("Two calls were joined.", "实测多方通话成功。"),
    "CHK-200": ("The modem cannot tell.", "模块无法查询。"),
    "CHK-201": ("It was wrong and is right now: {text}", "已修复:{text}"),
    # What the hotline is asked: sentences to be read aloud
    "HOT-001": (
        (
            "The SIM is locked. Put its PIN into the configuration, or ask the hotline for it:"
            ' "What is the PIN of this SIM?"'
        ),
        "SIM 卡被锁定。请在配置中填写 PIN 码,或致电客服:“请问这张卡的 PIN 码是多少?”",
    ),
    "HOT-011": (
        'Read to the hotline: "This SIM asks for its PUK. Please tell me the PUK code."',
        "请对客服说:“这张卡要求输入 PUK 码,请告诉我 PUK 码。”",
    ),
    "HOT-002": (
        (
            'Read to the hotline: "The network refuses this SIM. Is it active, paid for, and'
            ' allowed in this kind of device? Please let it register."'
        ),
        "请对客服说:“网络拒绝这张卡注册。请确认该卡已激活、没有欠费、没有机卡绑定限制,并恢复入网。”",
    ),
    "HOT-012": (
        (
            "No network is found: look at antenna and place. If a telephone has service here, read"
            ' to the hotline: "This SIM finds no network. Please check that it is active."'
        ),
        "未找到网络:请检查天线和位置。如果手机在此处有信号,请对客服说:“这张卡搜索不到网络,请检查是否已激活。”",
    ),
    "HOT-003": (
        (
            'Read to the hotline: "This SIM has data on 4G but no voice. Please switch on VoLTE'
            ' for it, or calls that fall back to 2G or 3G (CSFB)."'
        ),
        "请对客服说:“这张卡在 4G 下有数据但没有语音,请开通 VoLTE 高清语音,或 CSFB 语音回落。”",
    ),
    "HOT-004": (
        'Read to the hotline: "Please switch on call waiting for voice calls on this number."',
        "请对客服说:“请为本号码开通语音呼叫等待功能。”",
    ),
    "HOT-014": (
        'Read to the hotline: "Please switch off call waiting on this number."',
        "请对客服说:“请为本号码关闭呼叫等待功能。”",
    ),
    "HOT-005": (
        (
            'Read to the hotline: "Please remove every call forwarding and the voicemail of this'
            ' number. Calls go to {to} at present."'
        ),
        "请对客服说:“请取消本号码的所有呼叫转移和语音信箱,目前来电被转移到 {to}。”",
    ),
    "HOT-006": (
        (
            'Read to the hotline: "This number is always hidden from those it calls. Please take'
            ' the caller identity restriction (CLIR) off."'
        ),
        "请对客服说:“本号码呼出时一直隐藏主叫号码,请取消主叫号码限制(CLIR)。”",
    ),
    "HOT-016": (
        'Read to the hotline: "Please show this number to those it calls, by default."',
        "请对客服说:“请把本号码设为呼出时默认显示主叫号码。”",
    ),
    "HOT-007": (
        (
            'Read to the hotline: "Outgoing calls of this number are barred. Please take the'
            ' barring off."'
        ),
        "请对客服说:“本号码呼出被限制,请取消呼出限制。”",
    ),
    "HOT-017": (
        (
            'Read to the hotline: "Incoming calls of this number are barred. Please take the'
            ' barring off."'
        ),
        "请对客服说:“本号码呼入被限制,请取消呼入限制。”",
    ),
    "HOT-008": (
        (
            'Read to the hotline: "What is the number of the short message service centre for this'
            ' SIM?" Then give it to setup with --service-centre.'
        ),
        "请对客服说:“请问这张卡的短信中心号码是多少?”然后用 --service-centre 填入。",
    ),
    "HOT-009": (
        'Read to the hotline: "Please switch on call hold for this number."',
        "请对客服说:“请为本号码开通呼叫保持功能。”",
    ),
    "HOT-010": (
        'Read to the hotline: "Please switch on multiparty (conference) calls for this number."',
        "请对客服说:“请为本号码开通多方通话(三方通话)功能。”",
    ),
    "HOT-018": (
        (
            'Read to the hotline: "Calls and texts from this number are refused, whoever they go'
            ' to. Is it blocked? Please let it call and text again."'
        ),
        "请对客服说:“本号码呼出和发短信无论对谁都被拒绝,是否已被停用?请恢复。”",
    ),
    "HOT-019": (
        (
            'If a telephone cannot read the SIM either, read to the hotline: "This SIM is'
            ' defective. Please replace it and keep the number."'
        ),
        "如果手机也无法识别,请对客服说:“这张卡已损坏,请补卡并保留号码。”",
    ),
    "HOT-020": (
        (
            'Read to the hotline: "This SIM is registered for texts only. Please switch on voice'
            ' calls for it."'
        ),
        "请对客服说:“这张卡只能收发短信,请开通语音通话。”",
    ),
    # Findings that are no check
    "FND-101": ("{percent} % of the month's allowance is used.", "本月额度已使用 {percent}%。"),
    "FND-102": (
        (
            "The month's allowance is used up ({percent} %): this SIM calls and texts nobody until"
            " the next month or a larger allowance."
        ),
        "本月额度已用完({percent}%):在下个月或提高额度之前,该卡不再呼出和发送短信。",
    ),
    "FND-103": (
        "The credit is low: {amount} are left. Top it up.",
        "余额不足:仅剩 {amount}。请充值。",
    ),
    # The conversation
    "SET-001": ("Line {place} of {count}: {name}", "第 {place} 条线路,共 {count} 条:{name}"),
    "SET-002": (
        "Modem {family}, IMEI {imei}; SIM {iccid}; operator {operator}; signal {signal} dBm.",
        "模块 {family},IMEI {imei};SIM 卡 {iccid};运营商 {operator};信号 {signal} dBm。",
    ),
    "SET-003": ("This line cannot be used yet: {why}", "该线路尚不可用:{why}"),
    "SET-004": (
        "Your phone {phone} will ring now. Look at the number that it shows.",
        "您的手机 {phone} 即将响铃。请记下来电显示的号码,接不接都可以。",
    ),
    "SET-005": ("A text was sent to your phone {phone}.", "已向您的手机 {phone} 发送短信。"),
    "SET-006": ("Which number did it show", "显示的号码是"),
    "SET-007": ("Your own phone's number", "您自己的手机号码"),
    "SET-008": (
        "Which application gets this number (or - for a trunk, which only carries second legs)",
        "此号码分配给哪个应用(输入 - 表示中继,仅用于第二路呼叫)",
    ),
    "SET-009": ("{msisdn} is enrolled.", "{msisdn} 已登记。"),
    "SET-010": ("It did not ring: {why}", "未能响铃:{why}"),
    "SET-011": ("Checking the subscription of {msisdn} ...", "正在检查 {msisdn} 的业务状态……"),
    "SET-012": ("{mark} {text}", "{mark} {text}"),
    "SET-013": (
        "{ready} of {count} lines take calls; {asked} have something for the hotline.",
        "{count} 条线路中 {ready} 条可以接听;{asked} 条需要联系客服。",
    ),
    "SET-014": ("No line was found: is a modem plugged in?", "没有找到线路:是否已插入模块?"),
    "SET-015": ("No answer is given for {what}.", "没有提供 {what} 的答案。"),
    "SET-016": ("That is no number: {why}", "号码无效:{why}"),
    "SET-017": (
        "{msisdn} is enrolled already; its checks are looked at.",
        "{msisdn} 已登记;继续查看检查结果。",
    ),
    "SET-019": (
        "The phone shows no number: this SIM hides it. It is shown now; it rings once more.",
        "手机没有显示号码:该卡隐藏了主叫号码。现已改为显示,将再次响铃。",
    ),
    "SET-020": (
        "(none, if it shows none; -, to leave this line for later)",
        "(没有显示号码请输入 none;暂时跳过此线路请输入 -)",
    ),
    "SET-021": (
        "simveil: the number that this text came from is the one to type.",
        "simveil:请输入发送本短信的号码。",
    ),
    "LOC-001": (
        "Pull the stick out now; {seconds} seconds are waited.",
        "请现在拔出模块;等待 {seconds} 秒。",
    ),
    "LOC-002": (
        "It was {name} (SIM {iccid}, IMEI {imei}) in socket {socket}.",
        "拔出的是 {name}(SIM 卡 {iccid},IMEI {imei}),插口 {socket}。",
    ),
    "LOC-003": (
        "That was the line you looked for. Put it back.",
        "这正是要找的线路。请插回。",
    ),
    "LOC-004": (
        "That was another line than the one you looked for. Put it back and try the next.",
        "这不是要找的线路。请插回并尝试下一个。",
    ),
    "LOC-005": ("Nothing was pulled out in time.", "在限定时间内没有拔出任何模块。"),
    "LOC-006": (
        "Look for the stick whose light changes: its radio goes off and on {times} times.",
        "请观察指示灯有变化的模块:其射频将关闭并打开 {times} 次。",
    ),
    "USS-001": ("{amount} are left ({told}).", "余额 {amount}({told})。"),
    "USS-002": ("The operator answered: {told}", "运营商答复:{told}"),
    "ATG-001": (
        "{command} may {danger}; repeat it with --dangerous if you mean it.",
        "{command} 可能{danger};确认要执行请加 --dangerous。",
    ),
    "ATG-002": ("This was kept in the transcript.", "已记入操作记录。"),
    "ATG-nvram": ("write what the module keeps for good", "改写模块的永久存储"),
    "ATG-lock": ("change a PIN or a lock of the SIM", "更改 SIM 卡的 PIN 码或锁"),
    "ATG-factory": ("put the module back to its factory settings", "把模块恢复为出厂设置"),
    "ATG-imei": ("change the module's identity", "更改模块的身份(IMEI)"),
    "ATG-firmware": ("change the module's firmware", "更改模块的固件"),
    "ATG-sim": ("write into the SIM", "写入 SIM 卡"),
    "ATG-off": ("take the module off until power is cut", "使模块关机直到断电重启"),
    "COL-hour": ("Hour", "小时"),
    "COL-blocked": ("All busy", "全忙"),
    "COL-none": ("No second line", "无第二线路"),
    "COL-amount": ("Credit", "余额"),
    "COL-told": ("Told", "答复"),
    "COL-pattern": ("Pattern", "模板"),
    "COL-money": ("Money", "费用"),
    "COL-read": ("Read", "已读"),
    "COL-command": ("Command", "命令"),
    "COL-danger": ("Danger", "风险"),
    "COL-answer": ("Answer", "应答"),
    "COL-ussd": ("Code", "代码"),
}
