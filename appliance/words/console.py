"""Sentences of the field console."""

from __future__ import annotations

from typing import Final

CONSOLE: Final[dict[str, tuple[str, str]]] = {
    # Titles
    "CON-001": ("Lines", "线路"),
    "CON-002": ("Line {line}", "线路 {line}"),
    "CON-003": ("Log", "日志"),
    "CON-004": ("Pushes that wait or were given up", "等待或搁置的推送"),
    "CON-005": ("Network and time", "网络与时间"),
    "CON-006": ("Rescue: the service does not answer", "救援:服务没有应答"),
    # What is wrong, the worst first
    "CON-100": ("All is well.", "一切正常。"),
    "CON-101": ("The service does not run. {reason}", "服务没有运行。{reason}"),
    "CON-102": ("The service does not work: {reason}", "服务工作异常:{reason}"),
    "CON-103": ("The configuration cannot be used: {reason}", "配置无法使用:{reason}"),
    "CON-104": ("The data folder {path} is not there.", "数据目录 {path} 不存在。"),
    "CON-105": ("The database {path} is not there.", "数据库 {path} 不存在。"),
    "CON-106": ("The data disk is {percent} % full.", "数据磁盘已用 {percent}%。"),
    "CON-107": ("No modem is plugged in.", "没有插入模块。"),
    "CON-108": (
        "{count} line(s) not ready. {line}: {why}",
        "{count} 条线路未就绪。{line}:{why}",
    ),
    "CON-109": (
        "{count} push(es) given up: the application did not take them.",
        "{count} 条推送已搁置:应用未接收。",
    ),
    # What helps
    "CON-151": (
        "Look at the log of the service: journalctl -u simveil. Start it: systemctl start simveil.",
        "查看服务日志:journalctl -u simveil。启动服务:systemctl start simveil。",
    ),
    "CON-152": (
        "Switch the box off and on; if this stays, note the line above and call support.",
        "请断电重启;若仍如此,记下上一行并联系支持。",
    ),
    "CON-153": (
        "Check the file line by line: simveil check-config FILE.",
        "逐行检查文件:simveil check-config 文件。",
    ),
    "CON-154": (
        "The data partition is missing: check card or disk. Nothing is written until it is back.",
        "数据分区缺失。检查存储卡或磁盘;恢复前不会写入。",
    ),
    "CON-155": (
        "Restore the latest backup: simveil restore FILE, with the service stopped.",
        "停止服务后恢复最近的备份:simveil restore 文件。",
    ),
    "CON-156": (
        "Export records and recordings, then let retention remove the old ones.",
        "导出记录与录音,再由保留期清理旧数据。",
    ),
    "CON-157": (
        "Plug in a modem; wait 30 s; try another port of the hub, then another cable.",
        "插入模块,等待 30 秒;换集线器端口,再换线。",
    ),
    "CON-158": ("Choose the line and press Enter.", "选择该线路并按回车。"),
    "CON-159": (
        "Ask the application's owner whether its address answers; then replay (o, then p).",
        "请应用方确认地址可用,然后重发(o 再按 p)。",
    ),
    # Headings and labels
    "CON-201": ("Number", "号码"),
    "CON-202": ("State", "状态"),
    "CON-203": ("Role", "用途"),
    "CON-204": ("Operator", "运营商"),
    "CON-205": ("dBm", "dBm"),
    "CON-206": ("Call", "通话"),
    "CON-207": ("Texts", "短信"),
    "CON-208": ("Explanation", "说明"),
    "CON-209": ("SIM", "SIM 卡"),
    "CON-210": ("Modem", "模块"),
    "CON-211": ("Last exchanges with the modem", "与模块的最近交互"),
    "CON-212": ("Kind", "类型"),
    "CON-213": ("Application", "应用"),
    "CON-214": ("Tried", "次数"),
    "CON-215": ("Error", "错误"),
    "CON-216": ("Host", "主机"),
    "CON-217": ("Addresses", "地址"),
    "CON-218": ("Gateway", "网关"),
    "CON-219": ("Name servers", "域名服务器"),
    "CON-220": ("Clock", "时钟"),
    "CON-221": ("synchronised", "已同步"),
    "CON-222": ("not synchronised", "未同步"),
    "CON-223": ("unknown", "未知"),
    "CON-224": ("Machine up", "开机时长"),
    "CON-225": ("Service up", "服务时长"),
    "CON-226": ("Load", "负载"),
    "CON-227": ("Advice", "建议"),
    "CON-228": ("in call", "通话中"),
    "CON-229": ("Data folder", "数据目录"),
    "CON-230": ("Database", "数据库"),
    "CON-231": ("readable", "可读"),
    "CON-232": ("missing", "缺失"),
    "CON-233": ("Disk full", "磁盘已用"),
    "CON-234": ("Slot", "分区"),
    "CON-235": ("slot", "分区"),
    # Keys
    "CON-301": (
        "Up/Down choose  Enter open  l log  o pushes  n network  b page  L lang  q quit",
        "上下 选择  回车 打开  l 日志  o 推送  n 网络  b 报告页  L Eng  q 退出",
    ),
    "CON-302": (
        "r reset  a AT command  u USSD  Esc back  q quit",
        "r 重启模块  a AT 指令  u USSD  Esc 返回  q 退出",
    ),
    "CON-303": ("Esc back  q quit", "Esc 返回  q 退出"),
    "CON-304": (
        "p replay all given up  Esc back  q quit",
        "p 重发所有搁置的推送  Esc 返回  q 退出",
    ),
    "CON-305": ("L Chinese  q quit", "L English  q 退出"),
    "CON-311": ("y yes, any other key no", "y 确认,其他键取消"),
    "CON-312": ("Enter send  Esc cancel", "回车 发送  Esc 取消"),
    # Questions and answers
    "CON-401": (
        "Start the modem of {line} anew? A call on it ends.",
        "重启 {line} 的模块?正在进行的通话会中断。",
    ),
    "CON-402": ("Send all {count} pushes again?", "重新发送全部 {count} 条推送?"),
    "CON-403": ("AT command for {line}: ", "发给 {line} 的 AT 指令:"),
    "CON-404": ("USSD code for {line}, such as *100#: ", "{line} 的 USSD 代码,如 *100#:"),
    "CON-405": ("Done.", "已完成。"),
    "CON-406": ("Not done: {reason}", "未完成:{reason}"),
    "CON-407": ("Nothing was done.", "未执行任何操作。"),
    "CON-408": ("This terminal shows no Chinese.", "This terminal shows no Chinese."),
    "CON-409": ("Asking ...", "正在询问……"),
    "CON-410": (
        "The terminal is smaller than {columns} by {rows}.",
        "终端小于 {columns}×{rows}。",
    ),
    "CON-411": ("The console needs a terminal.", "控制台需要终端。"),
    "CON-412": ("Nothing here.", "没有内容。"),
}
