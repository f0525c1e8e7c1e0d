"""Sentences about what is plugged into the machine's USB."""

from __future__ import annotations

from typing import Final

STICKS: Final[dict[str, tuple[str, str]]] = {
    "USB-001": (
        "The stick shows itself as a CD-ROM: install usb-modeswitch, then plug it in again.",
        "该上网卡显示为光盘:请安装 usb-modeswitch,然后重新插入。",
    ),
    "USB-002": (
        "A HiLink stick is a router without a command port; this box cannot use it.",
        "HiLink 上网卡是没有命令口的路由器;本设备无法使用。",
    ),
    "USB-003": (
        "This module gives no voice to a computer; it can carry texts only.",
        "该模块不能向主机提供语音;只能收发短信。",
    ),
    "USB-004": (
        (
            "This SIM7600 stands in its network-card composition; AT+CUSBPIDSWITCH=9001,1,1"
            " moves it"
            " to the one with all ports, and it restarts at once."
        ),
        "该 SIM7600 处于网卡模式;AT+CUSBPIDSWITCH=9001,1,1 可切到全端口模式,随即重启。",
    ),
    "USB-005": (
        (
            "The voice of this module is on analog sockets only; put a USB sound dongle"
            " beside it and"
            " name it in [[bank.line]] audio."
        ),
        "该模块的语音仅在模拟接口上;请外接 USB 声卡,并写入 [[bank.line]] 的 audio。",
    ),
    "USB-006": (
        (
            "This product is known, but its command port is missing: another composition,"
            " or a kernel"
            " without a driver for it."
        ),
        "该产品已知,但缺少命令口:可能是其他 USB 模式,或内核没有对应驱动。",
    ),
    "USB-007": (
        "This stick is not known, and none of its ports answers AT.",
        "该设备未知,且没有端口应答 AT。",
    ),
    "USB-008": (
        (
            "This module speaks through a USB sound card, which is switched off: switch USB"
            " audio on"
            ' with the last flag of AT+QCFG="USBCFG", all other flags unchanged, then restart it.'
        ),
        (
            "该模块通过 USB 声卡传输语音,但声卡未启用:"
            '请用 AT+QCFG="USBCFG" 的最后一个标志启用 USB 音频(其余标志不变),然后重启模块。'
        ),
    ),
    "USB-009": (
        "This stick is not known; the box asks its ports, but for those that may be diagnostics.",
        "该设备未知;设备会逐个询问其端口,可能是诊断口的除外。",
    ),
    "DOC-070": (
        "See what stands in its way: simveil line sticks.",
        "查看无法使用的原因:simveil line sticks。",
    ),
    "DOC-020": (
        "The stick in {socket} ({usb}) can be used; if not, simveil line sticks says why",
        "{socket} 中的设备({usb})可用;否则 simveil line sticks 会说明原因",
    ),
    "COL-socket": ("Socket", "插口"),
    "COL-usb": ("USB id", "USB 标识"),
    "COL-port": ("Command port", "命令口"),
    "COL-audio": ("Voice", "语音"),
    "COL-todo": ("To know", "提示"),
    "COL-own": ("SIM says", "SIM 自述号码"),
    "VAL-unenrolled": ("not enrolled", "未登记"),
    "FAM-gsmmodem": (
        (
            "Driven by python-gsmmodem-new: one call at a time, no hold and no second call,"
            " no keys of"
            " the far end, no voice; changes are seen up to two seconds late, texts that it"
            " loses up"
            " to thirty."
        ),
        (
            "由 python-gsmmodem-new 驱动:同时只有一路通话,不支持保持和第二路通话,"
            "不上报对方按键,无语音;"
            "状态变化最多延迟两秒,遗漏的短信最多延迟三十秒。"
        ),
    ),
    "FAM-generic": (
        (
            "A make that is not known: calls are asked for every two seconds, and"
            " 'answered' may mean"
            " that it only rings."
        ),
        "未知厂家:每两秒查询一次通话,“已接通”可能只是振铃。",
    ),
    "FAM-simcom-a76": (
        "This module may tell 'answered' as soon as the far end rings, and its voice is analog.",
        "该模块可能在对方振铃时就报告“已接通”,且语音为模拟接口。",
    ),
    "FAM-huawei": (
        (
            "When one of two calls ends on this stick, the other has no voice: calls are"
            " bridged, not"
            " joined."
        ),
        "该上网卡上两路通话之一结束后,另一路会没有语音:通话采用桥接,不做多方通话。",
    ),
}
