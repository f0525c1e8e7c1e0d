"""Sentences of the field console."""

from __future__ import annotations

from typing import Final

CONSOLE: Final[dict[str, tuple[str, str]]] = {
    # Titles
    "CON-001": ("Lines", "线路"),
    "CON-002": ("Line {line}", "线路 {line}"),
    "CON-003": ("Log (local time, {zone})", "日志(本地时间 {zone})"),
    "CON-004": ("Pushes that wait or were given up", "等待或搁置的推送"),
    "CON-005": ("Network and time", "网络与时间"),
    "CON-006": ("Rescue: the box does not serve", "救援:设备不在服务"),
    "CON-007": ("What is wrong, and what helps", "问题与处理办法"),
    "CON-008": ("Keys", "按键"),
    "CON-009": ("Recovery phrase: write it down now", "恢复短语:请立即抄写"),
    "CON-010": (
        "Last exchanges with {line} (local time, {zone})",
        "与 {line} 的最近交互(本地时间 {zone})",
    ),
    "CON-011": ("What {line} can", "{line} 的能力"),
    "CON-012": ("To be photographed: numbers are masked", "供拍照:号码已脱敏"),
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
    "CON-110": ("{line} is down: {why}", "{line} 故障:{why}"),
    "CON-111": (
        "Application {app} does not take its pushes: {count} wait or were given up ({why}).",
        "应用 {app} 未接收推送:{count} 条等待或已搁置({why})。",
    ),
    "CON-112": (
        "The certificate of the interface ends in {days} days.",
        "接口证书将在 {days} 天后到期。",
    ),
    "CON-113": (
        "The last backup is {hours} hours old ({why}).",
        "最近的备份已有 {hours} 小时({why})。",
    ),
    "CON-114": (
        "Backups are wanted, but there is no recovery phrase: none can be made.",
        "已设置备份,但没有恢复短语:无法备份。",
    ),
    "CON-115": ("The last backup failed: {why}", "最近一次备份失败:{why}"),
    "CON-116": (
        "No backup was made since the recovery phrase of {day}.",
        "自 {day} 生成恢复短语以来从未成功备份。",
    ),
    "CON-117": (
        "The data partition of {path} can only be read.",
        "{path} 所在的数据分区只读。",
    ),
    "CON-118": ("The database {path} is damaged: {reason}", "数据库 {path} 已损坏:{reason}"),
    "CON-119": ("The data partition is not mounted on {path}.", "数据分区未挂载到 {path}。"),
    # What helps: the code of the finding and 50
    "CON-151": (
        "Look at its log (l) and restart it (R): journalctl -u simveil; systemctl start simveil.",
        "查看日志(l)并重启(R):journalctl -u simveil;systemctl start simveil。",
    ),
    "CON-152": (
        "Restart the service (R), then the box (B); if it stays, note the line above for support.",
        "重启服务(R),再重启设备(B);若仍如此,记下上一行并联系支持。",
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
    "CON-158": (
        "Look at the line: Enter on the console, or simveil line show LINE.",
        "查看该线路:控制台按回车,或执行 simveil line show 线路。",
    ),
    "CON-159": (
        "Ask the application's owner whether its address answers; then replay (o, then p).",
        "请应用方确认地址可用,然后重发(o 再按 p)。",
    ),
    "CON-160": (
        "Open the line and read its advice; reset it (r); then swap cable, port, SIM, modem.",
        "打开该线路查看建议;重启(r);再依次更换线缆、接口、SIM 卡、模块。",
    ),
    "CON-161": (
        "Ask the application's owner whether its address answers; then replay (o, then p).",
        "请应用方确认地址可用,然后重发(o 再按 p)。",
    ),
    "CON-162": (
        "Put a new certificate in place of api.tls and restart, or remove it to have one made.",
        "更换 api.tls 的证书并重启;或去掉该项由设备自行生成。",
    ),
    "CON-163": (
        "Plug in the stick SIMVEIL or reach the server; then: simveil backup --nightly.",
        "插入 SIMVEIL 盘或恢复服务器连接,然后执行 simveil backup --nightly。",
    ),
    "CON-164": (
        "Make one and write it down (p on the console, or simveil recovery new).",
        "请生成并抄写保存(控制台按 p,或执行 simveil recovery new)。",
    ),
    "CON-165": (
        "Plug in the stick SIMVEIL or reach the server; then: simveil backup --nightly.",
        "插入 SIMVEIL 盘或恢复服务器连接,然后执行 simveil backup --nightly。",
    ),
    "CON-166": (
        "Look at its timer (systemctl status simveil-backup.timer), or: simveil backup --nightly.",
        "检查定时器:systemctl status simveil-backup.timer,或执行 simveil backup --nightly。",
    ),
    "CON-167": (
        "Start the box anew (B): it checks the partition. If it stays so, change card or disk.",
        "重启设备(B)以检查分区;若仍如此,请更换存储卡或磁盘。",
    ),
    "CON-168": (
        "Restore the latest backup: simveil restore FILE --force; what is there is kept aside.",
        "恢复最近的备份:simveil restore 文件 --force;现有数据会另行保留。",
    ),
    "CON-169": (
        "The data partition is missing: check card or disk. Nothing is written until it is back.",
        "数据分区缺失。检查存储卡或磁盘;恢复前不会写入。",
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
    "CON-236": ("damaged", "已损坏"),
    "CON-237": ("it is no SQLite file", "不是 SQLite 文件"),
    # Keys
    "CON-301": (
        "Enter open  f findings  l log  o pushes  n net  s stick  h keys  L lang  q quit",
        "回车 打开  f 问题  l 日志  o 推送  n 网络  s 存盘  h 按键  L Eng  q 退出",
    ),
    "CON-302": (
        "r reset w wake a AT u USSD t text c call x said v can m try  Esc back  q quit",
        "r 重启 w 唤醒 a AT u USSD t 短信 c 呼叫 x 交互 v 能力 m 测试  Esc 返回  q 退出",
    ),
    "CON-303": ("Up/Down, space scroll  Esc back  q quit", "上/下、空格 翻看  Esc 返回  q 退出"),
    "CON-304": (
        "p replay all given up  Esc back  q quit",
        "p 重发所有搁置的推送  Esc 返回  q 退出",
    ),
    "CON-305": (
        "l log  n net  s stick  R restart service  B boot anew  ! shell  L lang  q quit",
        "l 日志  n 网络  s 存盘  R 重启服务  B 重启设备  ! 命令行  L Eng  q 退出",
    ),
    "CON-306": (
        "m commission  Up/Down scroll  Esc back  q quit",
        "m 开通测试  上/下 翻看  Esc 返回  q 退出",
    ),
    "CON-307": (
        "l log n net s stick R restart B boot anew O other slot ! shell L lang q quit",
        "l 日志 n 网络 s 存盘 R 重启服务 B 重启设备 O 另一分区 ! 命令行 L Eng q 退出",
    ),
    "CON-308": ("Any key: I have written them down", "按任意键:已抄写"),
    "CON-309": (
        "a AT  Up/Down, space scroll  Esc back  q quit",
        "a AT  上/下、空格 翻看  Esc 返回  q 退出",
    ),
    "CON-310": (
        "-- rows {first} to {last} of {every} --",
        "-- 第 {first} 至 {last} 行,共 {every} 行 --",
    ),
    "CON-311": ("y yes, any other key no", "y 确认,其他键取消"),
    "CON-312": ("Enter send  Esc cancel", "回车 发送  Esc 取消"),
    "CON-321": ("Up/Down, j/k  choose a line", "上/下、j/k  选择线路"),
    "CON-322": (
        "Enter         open it; Esc leads back to the list",
        "回车          打开;Esc 返回列表",
    ),
    "CON-323": ("f             what is wrong, and what helps", "f             问题与处理办法"),
    "CON-324": ("l             the last lines of the log", "l             最近的日志"),
    "CON-325": (
        "o, then p     pushes that were given up; send again",
        "o 再 p        搁置的推送;重发",
    ),
    "CON-326": ("n             network and time", "n             网络与时间"),
    "CON-327": ("b             one page to be photographed", "b             供拍照的一页"),
    "CON-328": (
        "s             support bundle on a stick, masked",
        "s             支持包存盘(脱敏)",
    ),
    "CON-329": (
        "p             make the recovery phrase of backups",
        "p             生成备份恢复短语",
    ),
    "CON-330": ("R / B         restart the service / the box", "R / B         重启服务 / 设备"),
    "CON-331": (
        "U             numbers in clear (local secret)",
        "U             显示完整号码(本地口令)",
    ),
    "CON-332": ("!             a shell (local secret)", "!             命令行(本地口令)"),
    "CON-333": ("r / w, there  start its modem anew / wake it", "r / w(线路)  重启模块 / 唤醒"),
    "CON-334": ("a / u         AT command / USSD code", "a / u         AT 指令 / USSD 代码"),
    "CON-335": (
        "t / c         test text / test call with a tone",
        "t / c         测试短信 / 测试呼叫(放音)",
    ),
    "CON-336": (
        "v / m         what it can / find out (commission)",
        "v / m         能力 / 开通测试",
    ),
    "CON-337": ("L / q         language / quit", "L / q         语言 / 退出"),
    "CON-338": (
        "x             the last 20 exchanges with its modem",
        "x             与模块的最近 20 次交互",
    ),
    "CON-339": ("any key       paints the screen anew", "任意键        刷新屏幕"),
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
    "CON-413": (
        "The other slot holds the software of before: O starts it; the data stay.",
        "另一分区保存着之前的软件:按 O 启动;数据不变。",
    ),
    "CON-421": ("Restart the service? Calls end.", "重启服务?通话会中断。"),
    "CON-422": ("Start the whole box anew? Calls end.", "重启整台设备?通话会中断。"),
    "CON-423": ("Start the other slot?", "启动另一分区?"),
    "CON-424": (
        "This command may break modem or SIM for good. Send it?",
        "该指令可能永久损坏模块或 SIM 卡。确定发送?",
    ),
    "CON-425": ("Phone, such as +8613800138000: ", "电话号码,如 +8613800138000:"),
    "CON-426": (
        "Send a test text to {phone}? It costs a text.",
        "向 {phone} 发送测试短信?将产生费用。",
    ),
    "CON-427": (
        "Call {phone} and play a tone? It costs a call.",
        "呼叫 {phone} 并放音?将产生费用。",
    ),
    "CON-428": (
        "Commission {line}? Two minutes; it and its partners take no calls.",
        "对 {line} 进行开通测试?约两分钟,期间不接听呼叫。",
    ),
    "CON-429": ("Trying what it can; two minutes ...", "正在测试,约两分钟……"),
    "CON-430": ("Folder: ", "目录:"),
    "CON-431": (
        "Make a recovery phrase? Backups from now on need it.",
        "生成恢复短语?此后的备份都需要它。",
    ),
    "CON-432": (
        "No local secret is set; with the box in your hands you can: see README.",
        "未设置本地口令;设备在手即可设置:见 README。",
    ),
    "CON-433": ("Local secret: ", "本地口令:"),
    "CON-434": ("That is not the local secret.", "本地口令错误。"),
    "CON-435": ("Numbers are shown in clear.", "显示完整号码。"),
    "CON-436": ("Numbers are masked again.", "号码已重新脱敏。"),
    "CON-438": (
        "Wake {line}? It rests because its SIM seemed to be blocked.",
        "唤醒 {line}?它因 SIM 卡疑似被停用而休息。",
    ),
    "CON-441": (
        "There is no folder {folder}: plug in the stick with the label SIMVEIL.",
        "没有目录 {folder}:请插入卷标为 SIMVEIL 的存储盘。",
    ),
    "CON-437": ("A shell; exit leads back.", "命令行;输入 exit 返回。"),
    # Alerts
    "CON-501": ("{box}: {what}", "{box}:{what}"),
    "CON-502": ("{box}: all clear, this is over: {what}", "{box}:已恢复正常,此前:{what}"),
    "CON-503": (
        (
            "{box}: {ready}/{lines} lines, {calls} calls, {texts} texts, {waiting} pushes wait,"
            " backup {backup}. {what}"
        ),
        (
            "{box}:线路 {ready}/{lines},通话 {calls},短信 {texts},待推送 {waiting},"
            "备份 {backup}。{what}"
        ),
    ),
}
