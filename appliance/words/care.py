"""Sentences of the commands that look after a box."""

from __future__ import annotations

from typing import Final

CARE: Final[dict[str, tuple[str, str]]] = {
    "CLI-101": ("Backup {name}: {octets} octets.", "备份 {name}:{octets} 字节。"),
    "CLI-102": (
        (
            "Write these words down and keep them apart from the box. They are shown this once; "
            "without them no backup can be read."
        ),
        "请抄下这些单词并与设备分开保存。仅显示这一次;没有它们就无法读取备份。",
    ),
    "CLI-103": (
        (
            "There is a recovery phrase already; --replace makes another, by which backups from now"
            " on are encrypted."
        ),
        "已有恢复短语;使用 --replace 重新生成,此后的备份使用新短语加密。",
    ),
    "CLI-104": ("These are the words of this box.", "这些单词属于本设备。"),
    "CLI-105": (
        "These are the words of another box, or of an earlier phrase.",
        "这些单词属于其他设备或旧的短语。",
    ),
    "CLI-106": ("Recovery phrase: ", "恢复短语:"),
    "CLI-107": (
        (
            "Unknown since the backup, and not sent again: {texts} texts, {pushes} pushes (parked; "
            "replay sends them), {calls} calls. List: simveil restored."
        ),
        (
            "备份之后状态未知、不再发送:短信 {texts} 条,推送 {pushes} 条(已搁置,可重发),"
            "通话 {calls} 次。列表:simveil restored。"
        ),
    ),
    "CLI-108": (
        "Removed: {calls} calls, {texts} texts, {inbox} of the inbox, {replaced} folders.",
        "已删除:通话 {calls} 条,短信 {texts} 条,收件箱 {inbox} 条,目录 {replaced} 个。",
    ),
    "CLI-109": (
        "Lineage {lineage}, generation {generation}; {marked} SIMs bear its mark.",
        "谱系 {lineage},第 {generation} 代;{marked} 张 SIM 卡带有标记。",
    ),
    "CLI-110": (
        "These data are generation {generation} now; every other one ends when it sees this.",
        "数据现为第 {generation} 代;其他代发现后会停止服务。",
    ),
    "CLI-111": (
        "Wrote {path}: {files} files, all masked.",
        "已写入 {path}:{files} 个文件,均已脱敏。",
    ),
    "CLI-112": ("New local secret: ", "新的本地口令:"),
    "CLI-113": ("The local secret is set.", "本地口令已设置。"),
    "CLI-114": (
        "A local secret has at least {least} characters.",
        "本地口令至少 {least} 个字符。",
    ),
    "CLI-115": (
        "{path} cannot be written: {reason}. Setting the secret takes root.",
        "无法写入 {path}:{reason}。设置口令需要 root 权限。",
    ),
}
