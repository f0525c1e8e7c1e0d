"""How a line is: one sentence of explanation and one of advice for each condition."""

from __future__ import annotations

from typing import Final

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    "hospital": (
        "Every step of the recovery failed; it is tried again at growing pauses. ({cause})",
        "所有恢复步骤均失败;将以递增的间隔重试。({cause})",
    ),
    "brown-out": (
        "The modem has vanished and come back {count} times in a row: power is short.",
        "模块连续 {count} 次掉线又出现:供电不足。",
    ),
    "hung": (
        "The modem is plugged in but answers no more; it is being recovered.",
        "模块已插入但不再应答;正在恢复。",
    ),
    "lost": ("The modem is not there. ({cause})", "模块不在。({cause})"),
    "starting": ("The modem is being started.", "模块正在启动。"),
    "sim-missing": ("There is no SIM in the modem.", "模块中没有 SIM 卡。"),
    "puk": (
        "The SIM is locked and asks for its PUK; the box never enters one.",
        "SIM 卡已锁,需要 PUK;设备绝不会自动输入 PUK。",
    ),
    "pin-withheld": (
        "The SIM asks for its PIN; the configured one was refused, or too few tries are left.",
        "SIM 卡需要 PIN;配置的 PIN 被拒绝,或剩余次数太少。",
    ),
    "sim-pin": (
        "The SIM asks for its PIN and none is configured.",
        "SIM 卡需要 PIN,但未配置。",
    ),
    "sim-wrong": (
        (
            "This SIM may not be used here: it was replaced by another, or the modem is locked to"
            " another operator."
        ),
        "此 SIM 卡不能在此使用:已被另一张替换,或模块被锁定到其他运营商。",
    ),
    "sim-failure": ("The SIM can't be used: {sim}.", "SIM 卡无法使用:{sim}。"),
    "denied": (
        "The network refuses to register the SIM.",
        "网络拒绝此 SIM 卡注册。",
    ),
    "texts-only": (
        "The network registers the SIM for texts only.",
        "网络只允许此 SIM 卡收发短信。",
    ),
    "no-service": (
        "The SIM is not registered with the network.",
        "SIM 卡未注册到网络。",
    ),
    "resting": (
        "A run of refusals smells of a blocked SIM; the line rests and starts nothing by itself.",
        "连续被拒,疑似 SIM 卡被停用;线路已休息,不再主动发起任何业务。",
    ),
    "forwarding": (
        "The network forwards calls of this number elsewhere (reasons {reasons} of +CCFC).",
        "网络将此号码的来电转移到别处(+CCFC 原因 {reasons})。",
    ),
    "no-voice": (
        "Calls fail for want of a voice bearer: neither VoLTE nor fallback to 2G/3G works.",
        "因无语音承载导致呼叫失败:VoLTE 与 CSFB 均不可用。",
    ),
    "hot": ("The modem is {celsius} C hot.", "模块温度 {celsius} °C,过热。"),
    "unsteady": (
        "The modem works, but has come back {count} times in a row: power may be short.",
        "模块可用,但已连续 {count} 次重新出现:可能供电不足。",
    ),
    "storage-full": (
        "The storage for texts is full; further ones wait at the service centre.",
        "短信存储已满;新短信滞留在短信中心。",
    ),
    "weak": ("The signal is weak ({dbm} dBm).", "信号弱({dbm} dBm)。"),
    "roaming": ("The SIM is roaming.", "SIM 卡处于漫游状态。"),
    "no-voice-port": ("Registered; it has no voice port.", "已注册;没有语音端口。"),
    "ready": ("Registered.", "已注册。"),
}

ADVICE: Final[dict[str, tuple[str, str]]] = {
    "hospital": (
        "Pull the modem, wait ten seconds, plug it in again; if it stays, run doctor --swap.",
        "拔出模块,等待十秒再插入;若仍如此,运行 doctor --swap。",
    ),
    "brown-out": (
        "Use a powered hub with 2 A at 5 V for each modem, and a shorter cable.",
        "使用独立供电的集线器(每个模块 5 V 2 A)和更短的线缆。",
    ),
    "hung": (
        "Wait for two minutes; if it stays, pull the modem and plug it in again.",
        "等待两分钟;若仍如此,拔出模块后重新插入。",
    ),
    "lost": (
        "Look whether the modem is plugged in and lit; try another port.",
        "检查模块是否插好并亮灯;换一个端口。",
    ),
    "starting": ("Wait for a minute.", "请等待一分钟。"),
    "sim-missing": (
        "Put the SIM in until it clicks, contacts down; then wait for half a minute.",
        "将 SIM 卡触点朝下插到位,然后等待半分钟。",
    ),
    "puk": (
        "Ask the operator for the PUK and enter it in a phone; never guess.",
        "向运营商索取 PUK 并在手机上输入;切勿猜测。",
    ),
    "pin-withheld": (
        "Put the SIM into a phone, enter its PIN, switch the question off; mend the configuration.",
        "将 SIM 卡插入手机输入 PIN 并关闭 PIN 验证;修正配置。",
    ),
    "sim-pin": (
        "Configure the PIN of this line, or switch the question off in a phone.",
        "为该线路配置 PIN,或在手机上关闭 PIN 验证。",
    ),
    "sim-wrong": (
        "Put in the SIM that is enrolled now, or use a modem that is not locked.",
        "插入当前登记的 SIM 卡,或使用未锁定的模块。",
    ),
    "sim-failure": (
        "Clean the contacts; try the SIM in a phone; ask the operator for another one.",
        "清洁触点;在手机上试用;向运营商更换。",
    ),
    "denied": (
        "Ask the operator whether the SIM is active, paid for and allowed in this modem.",
        "询问运营商此卡是否已激活、已缴费并允许用于此模块。",
    ),
    "texts-only": (
        "Ask the operator for voice on this SIM.",
        "请运营商为此卡开通语音。",
    ),
    "no-service": (
        "Look at antenna and cable; try the SIM in a phone at this place.",
        "检查天线与线缆;在此处用手机试用该卡。",
    ),
    "resting": (
        "Ask the operator whether the SIM is blocked; then wake it: w, or simveil line wake LINE.",
        "询问运营商此卡是否被停用;之后唤醒(w),或:simveil line wake 线路。",
    ),
    "forwarding": (
        "Switch it off (a): AT+CCFC=<reason>,4.",
        "关闭转移(a):AT+CCFC=<原因>,4。",
    ),
    "no-voice": (
        "Ask the operator for VoLTE on this SIM and modem; check the modem's firmware.",
        "请运营商为此卡和模块开通 VoLTE;检查模块固件。",
    ),
    "hot": (
        "Give the modems air; take them apart; keep the box out of the sun.",
        "改善通风;拉开模块间距;避免日晒。",
    ),
    "unsteady": (
        "Use a powered hub with 2 A at 5 V for each modem, and a shorter cable.",
        "使用独立供电的集线器(每个模块 5 V 2 A)和更短的线缆。",
    ),
    "storage-full": (
        "Wait until the box has read them; if it stays, delete old texts in a phone.",
        "等待设备读取;若仍如此,在手机上删除旧短信。",
    ),
    "weak": (
        "Move the antenna to a window or take a longer cable.",
        "将天线移到窗边或使用更长的馈线。",
    ),
    "roaming": (
        "Look what roaming costs, or use a SIM of this country.",
        "核对漫游资费,或使用本国 SIM 卡。",
    ),
    "no-voice-port": (
        "Use a modem whose voice comes over USB, or this line for texts only.",
        "使用支持 USB 语音的模块,或仅将该线路用于短信。",
    ),
    "ready": ("Nothing is to be done.", "无需处理。"),
}

STEPS: Final[dict[str, tuple[str, str]]] = {
    "STEP-resynchronise": ("Ask for an answer on the open port", "在已打开的端口上请求应答"),
    "STEP-reopen": ("Open the port again", "重新打开端口"),
    "STEP-reset": ("Reset the module", "重启模块"),
    "STEP-rebind": ("Unbind and bind the USB device", "重新绑定 USB 设备"),
    "STEP-power": ("Switch the port's power off and on", "关闭并打开端口电源"),
    "OUT-back": ("it is back", "已恢复"),
    "OUT-failed": ("did not help", "无效"),
    "OUT-impossible": ("not possible here", "此处不可用"),
    "OUT-limited": ("not again so soon", "间隔太短,未执行"),
}

WORDS: Final[dict[str, tuple[str, str]]] = {
    "STA-starting": ("starting", "启动中"),
    "STA-sim": ("SIM fault", "SIM 故障"),
    "STA-no-network": ("no network", "无网络"),
    "STA-ready": ("ready", "就绪"),
    "STA-resting": ("resting", "休息中"),
    "STA-lost": ("lost", "掉线"),
    "STA-hospital": ("hospital", "待修复"),
    "ROL-number": ("number", "号码"),
    "ROL-trunk": ("trunk", "中继"),
}

LINE_STATES: Final[dict[str, tuple[str, str]]] = {
    **{f"LIN-{name}": words for name, words in EXPLANATIONS.items()},
    **{f"ADV-{name}": words for name, words in ADVICE.items()},
    **STEPS,
    **WORDS,
    "COL-advice": ("Advice", "建议"),
    "LST-001": ("{line} is awake again.", "{line} 已唤醒。"),
    "LST-010": ("{at}  {step}: {outcome}  ({cause})", "{at}  {step}:{outcome}  ({cause})"),
}
