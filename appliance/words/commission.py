"""Sentences about what a line really can."""

from __future__ import annotations

from typing import Final

COMMISSION: Final[dict[str, tuple[str, str]]] = {
    "COM-001": ("Calls go out and are answered", "可以呼出并接通"),
    "COM-002": ('"Answered" is told only when somebody answers', "仅在对方接听后才报告“已接通”"),
    "COM-003": ("The box is heard by the far end", "对方能听到设备的声音"),
    "COM-004": ("The box hears the far end", "设备能听到对方的声音"),
    "COM-005": ("Round trip of the voice", "语音往返时延"),
    "COM-006": ("The modem reports the keys of the far end", "模块会上报对方按键"),
    "COM-007": ("The keys of the far end are heard in the voice", "能从语音中识别对方按键"),
    "COM-008": ("Calls can be held", "支持呼叫保持"),
    "COM-009": (
        "Calls can be joined, and the one that is left still has voice",
        "支持多方通话,且一方离开后仍有语音",
    ),
    "COM-010": ("The box is heard in a multiparty", "多方通话中对方能听到设备的声音"),
    "COM-011": ("The box hears in a multiparty", "多方通话中设备能听到声音"),
    "COM-012": ("Calls can be transferred", "支持呼叫转移(ECT)"),
    "COM-013": ("Texts go out", "可以发送短信"),
    "COM-014": ("Texts come in", "可以接收短信"),
    "COM-015": ("The network reports delivery", "网络会返回短信送达报告"),
    "COM-101": ("yes", "是"),
    "COM-102": ("no", "否"),
    "COM-103": ("not tried", "未测试"),
    "COM-110": (
        "Commissioned on {at} with firmware {firmware}; calls are connected by {strategies}.",
        "已于 {at} 完成开通测试,固件 {firmware};可用接续方式:{strategies}。",
    ),
    "COM-111": (
        "Modem, SIM or firmware have changed since: commission it again.",
        "此后模块、SIM 卡或固件已更换:请重新进行开通测试。",
    ),
    "COM-112": (
        "Never commissioned: what its family's rules say is believed.",
        "尚未进行开通测试:按模块系列的默认规则处理。",
    ),
    "COM-113": ("none of the ways that were tried", "已测试方式均不可用"),
}
