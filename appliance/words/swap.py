"""Sentences of the exchange that finds out where a fault lies."""

from __future__ import annotations

from typing import Final

SWAP: Final[dict[str, tuple[str, str]]] = {
    "SWP-001": (
        "{line}: {explanation} It exchanges with {other} in socket {socket}, which is well.",
        "{line}:{explanation} 将与正常的 {other}(插口 {socket})交换。",
    ),
    "SWP-sim": (
        "Pull both modems, exchange their SIMs, plug both in where they were; then press Enter.",
        "拔出两个模块,互换 SIM 卡,再插回原位;然后按回车。",
    ),
    "SWP-socket": (
        "Pull both modems, plug each into the other one's port; then press Enter.",
        "拔出两个模块,互换端口插入;然后按回车。",
    ),
    "SWP-003": ("Waiting until both have settled ...", "等待两条线路稳定……"),
    "SWP-004": (
        "The exchange was not seen within {seconds} s; nothing can be concluded.",
        "{seconds} 秒内未检测到交换;无法得出结论。",
    ),
    "SWP-005": ("No other line is well to exchange with.", "没有其他正常线路可供交换。"),
    "SWP-006": ("Name a LINE.", "请指定线路。"),
    "SWP-007": (
        "Only calls show what ails it. Your own phone's number, to be rung afterwards",
        "只有拨打电话才能判断。请输入您自己的手机号,稍后会响铃",
    ),
    "SWP-008": ("{line} rings {phone} ...", "{line} 正在呼叫 {phone}……"),
    "VER-sim": (
        "It is the SIM: the fault went with it. Clean it, try it in a phone, have it replaced.",
        "问题在 SIM 卡:故障随卡转移。请清洁、在手机上试用或更换。",
    ),
    "VER-modem": (
        "It is the modem: the fault went with it. Replace it.",
        "问题在模块:故障随模块转移。请更换。",
    ),
    "VER-port": (
        "It is the hub's port or its cable: the fault stayed there. Use another port.",
        "问题在集线器端口或线缆:故障留在原处。请换端口。",
    ),
    "VER-power": (
        (
            "It is the power: modems vanish or stay away wherever they are. Take a hub with 2 A"
            " at 5 V for each."
        ),
        "问题在供电:模块在任何位置都会掉线。请使用每模块 5 V 2 A 的集线器。",
    ),
    "VER-operator": (
        "It is the operator: SIM and modem work, the network does not let this SIM do its work.",
        "问题在运营商:卡与模块正常,网络不允许此卡工作。",
    ),
    "VER-application": (
        "The line is well. Look at the application: its relations, refusals and pushes.",
        "线路正常。请检查应用:绑定、拒绝记录和推送。",
    ),
    "VER-contact": (
        "Both are well now: it was a contact. Watch the line for a day.",
        "两条线路现在都正常:原为接触不良。请观察一天。",
    ),
}
