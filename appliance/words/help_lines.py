"""Help of the command line: lines, records, looking after a box, and the list of commands."""

from __future__ import annotations

from typing import Final

HELP_LINES: Final[dict[str, tuple[str, str]]] = {
    "HLP-166": ("To this application only.", "仅发往该应用的。"),
    "HLP-167": ("End after so long.", "经过这么久后结束。"),
    "HLP-168": ("Requests that were refused.", "被拒绝的请求。"),
    "HLP-169": (
        ("Say in words why the last request was refused; its client was told the cloud's words."),
        "用文字说明上一个请求为何被拒绝;客户端得到的是云端的说法。",
    ),
    "HLP-170": ("Signed with the key of this application.", "用该应用的密钥签名的。"),
    "HLP-171": (
        "List requests that were refused, the newest first.",
        "列出被拒绝的请求,最新的在前。",
    ),
    "HLP-172": (
        (
            "Set up every line: whose number it is, and whether its SIM is as it has to "
            "be.\n\nWhat was done is kept: a second run goes on where the first one ended."
        ),
        (
            "设置每条线路:它的号码,以及 SIM 卡是否符合要求。\n\n已完成的会保留:再次运行从上次"
            "结束处继续。"
        ),
    ),
    "HLP-173": ("Your own phone, which rings.", "您自己的电话,会响铃。"),
    "HLP-174": (
        "The application that gets the numbers; - for trunks.",
        "得到这些号码的应用;- 表示中继。",
    ),
    "HLP-175": ("Send a text instead of ringing.", "发短信代替响铃。"),
    "HLP-176": ("The numbers relay texts.", "这些号码转发短信。"),
    "HLP-177": ("Mend nothing.", "不做任何修复。"),
    "HLP-178": ("To set where a SIM has none.", "SIM 卡没有短信中心时设置。"),
    "HLP-179": ("Try hold and multiparty with the other lines.", "用其他线路测试保持和多方通话。"),
    "HLP-180": (
        "JSON instead of questions: phone, app, numbers and apps by ICCID.",
        "用 JSON 代替提问:phone、app,以及按 ICCID 的 numbers 和 apps。",
    ),
    "HLP-181": ("Lines.", "线路。"),
    "HLP-182": (
        (
            "Send an AT COMMAND to LINE's modem; it is kept in the transcript (by-hand).\n\n"
            "What writes the module's memory, changes a PIN, a lock or the IMEI, or resets "
            "it to the factory\nis sent with --dangerous only."
        ),
        (
            "向线路 LINE 的模块发送 AT 指令;记录在案(by-hand)。\n\n写入模块存储、更改 PIN、锁"
            "或 IMEI,或恢复出厂设置的指令,须加 --dangerous。"
        ),
    ),
    "HLP-183": ("You mean it, whatever it may break for good.", "确定执行,无论可能永久损坏什么。"),
    "HLP-184": (
        "Ask LINE's operator for the credit by the saved code.",
        "用保存的代码向线路 LINE 的运营商查询余额。",
    ),
    "HLP-185": (
        "List the AT commands that were sent by hand, the newest first.",
        "列出手动发送的 AT 指令,最新的在前。",
    ),
    "HLP-186": (
        "Check LINE's subscription: PIN, registration, voice, call waiting, forwarding.",
        "检查线路 LINE 的业务:PIN、注册、语音、呼叫等待、呼叫转移等。",
    ),
    "HLP-187": ("Put right what can be put right from here.", "修复可以从这里修复的。"),
    "HLP-188": ("To set where the SIM has none.", "SIM 卡没有短信中心时设置。"),
    "HLP-189": ("Show what was found last instead of looking.", "显示上次的结果,不重新检查。"),
    "HLP-190": (
        (
            "Try what LINE's modem and SIM really can, with other lines at the far ends.\n\n"
            "With a test number, a phone outside or an operator's echo service, only what "
            "this end shows is\ntried: answer it and speak, or let it echo; keys pressed "
            "then are looked for.\n\nIt takes a minute or two; none of these lines takes "
            "calls meanwhile."
        ),
        (
            "测试线路 LINE 的模块和 SIM 卡的实际能力,由其他线路作为对端。\n\n使用测试号码、外"
            "部电话或运营商回音服务时,只测试本端可见的部分:接听并说话,或让其回音;期间的按键也"
            "会检测。\n\n需要一两分钟,期间这些线路不接听呼叫。"
        ),
    ),
    "HLP-191": (
        "A line for a far end, twice at most; or one test number outside.",
        "作为对端的线路,最多两条;或一个外部测试号码。",
    ),
    "HLP-192": ("List lines.", "列出线路。"),
    "HLP-193": (
        "Find a stick: pull it out, and hear which line it is.",
        "寻找设备棒:拔出它,得知是哪条线路。",
    ),
    "HLP-194": ("To wait.", "等待的时间。"),
    "HLP-195": (
        "Switch LINE's radio off and on instead: watch.",
        "改为关闭再打开线路 LINE 的射频:请观察。",
    ),
    "HLP-196": (
        "Show the second lines' traffic by hour: erlang, all busy, none at all.",
        "按小时显示第二段线路的话务量:爱尔兰、全忙、无可用。",
    ),
    "HLP-197": ("How many.", "多少小时。"),
    "HLP-198": ("Start LINE's modem anew.", "重启线路 LINE 的模块。"),
    "HLP-199": (
        "Show LINE, named by its MSISDN, ICCID or IMEI, and what it really can.",
        "显示线路 LINE(MSISDN、ICCID 或 IMEI)及其实际能力。",
    ),
    "HLP-200": (
        "List what is plugged into this machine's USB, and what to know of it.",
        "列出插在本机 USB 上的设备及须知。",
    ),
    "HLP-201": (
        "Send a USSD CODE to LINE's operator.",
        "向线路 LINE 的运营商发送 USSD 代码 CODE。",
    ),
    "HLP-202": (
        "Let LINE work again, which rests because its SIM seemed to be blocked.",
        "让因 SIM 卡疑似被封而休息的线路 LINE 重新工作。",
    ),
    "HLP-203": ("Saved USSD codes.", "已保存的 USSD 代码。"),
    "HLP-204": (
        "List the credit of the SIMs, as operators told it last.",
        "列出各 SIM 卡最近一次告知的余额。",
    ),
    "HLP-205": ("List the saved codes.", "列出已保存的代码。"),
    "HLP-206": ("Forget a saved code.", "删除一个已保存的代码。"),
    "HLP-207": (
        'Save CODE of OPERATOR (* for all) as NAME; "balance" is asked every day.',
        '将运营商 OPERATOR(* 表示全部)的代码 CODE 保存为 NAME;"balance" 每天查询。',
    ),
    "HLP-208": (
        "The answer's words around {amount}, such as: Balance {amount} CNY",
        "应答中 {amount} 前后的文字,例如:Balance {amount} CNY",
    ),
    "HLP-209": ("Call records.", "通话记录。"),
    "HLP-210": (
        "Export calls; the ending of --output tells the format too.",
        "导出通话;--output 的后缀也决定格式。",
    ),
    "HLP-211": ("Of this number of ours only.", "仅限我方该号码。"),
    "HLP-212": ("From or to this person only.", "仅限此人主叫或被叫。"),
    "HLP-213": ("Rows at most; all when exported.", "最多行数;导出时为全部。"),
    "HLP-214": ("CSV without it.", "不给出时为 CSV。"),
    "HLP-215": ("A file instead of the screen.", "写入文件而不是显示。"),
    "HLP-216": ("List calls, the newest first.", "列出通话,最新的在前。"),
    "HLP-217": (
        "Show one call with its events, and what every code means.",
        "显示一次通话及其事件,以及每个代码的含义。",
    ),
    "HLP-218": ("Texts.", "短信。"),
    "HLP-219": ("List texts that only the operator reads.", "列出只有运营者阅读的短信。"),
    "HLP-220": ("Of this line only.", "仅限该线路。"),
    "HLP-221": ("Not read yet only.", "仅限未读。"),
    "HLP-222": ("List texts, the newest first.", "列出短信,最新的在前。"),
    "HLP-223": ("With their words.", "连同内容。"),
    "HLP-224": ("Mark texts of the operator's inbox as read.", "将运营者收件箱中的短信标为已读。"),
    "HLP-225": ("Every text of the inbox.", "收件箱中的每条短信。"),
    "HLP-226": ("Pushes.", "推送。"),
    "HLP-227": ("List pushes, the newest first.", "列出推送,最新的在前。"),
    "HLP-228": ("Of this event only.", "仅限该事件。"),
    "HLP-229": ("Of this call (its session) or text only.", "仅限该次通话(会话)或短信。"),
    "HLP-230": (
        "Send PUSH_IDS again, or every push that was given up.",
        "重发 PUSH_IDS,或所有被放弃的推送。",
    ),
    "HLP-231": ("Those that were delivered, too.", "已送达的也重发。"),
    "HLP-232": ("Show one push with its body.", "显示一条推送及其内容。"),
    "HLP-233": (
        "Set the box up from simveil.txt on its boot partition.",
        "用启动分区上的 simveil.txt 设置设备。",
    ),
    "HLP-234": (
        ("Put simveil.txt in force, all of it or nothing, and lay what is in force for this boot."),
        "使 simveil.txt 生效(全部或全不),并为本次启动写入生效的设置。",
    ),
    "HLP-235": ("Where the system is.", "系统所在位置。"),
    "HLP-236": (
        "Check FILE, and the certificate beside it: a line for each mistake, exit 2.",
        "检查 FILE 及其旁边的证书:每个错误一行,退出码为 2。",
    ),
    "HLP-237": (
        ("Make the first application, write status.txt where it says anything new, set the light."),
        "创建第一个应用,有新内容时写 status.txt,并设置指示灯。",
    ),
    "HLP-238": (
        (
            "Take the time from the network or, without one, from two modems that agree; "
            "exit 1 if none.\n\nUntil then records are marked."
        ),
        (
            "从网络取得时间;没有网络时,取自两个一致的模块;都没有则退出码为 1。\n\n在此之前的"
            "记录会加标记。"
        ),
    ),
    "HLP-239": ("Set the machine's clock.", "设置机器的时钟。"),
    "HLP-240": (
        ("Have the running box write an archive to FILE, encrypted when its name ends in .age."),
        "让运行中的设备将归档写入 FILE;名称以 .age 结尾时加密。",
    ),
    "HLP-241": (
        "Encrypt one and send it to [backup] target.",
        "加密一份并发送到 [backup] 的 target。",
    ),
    "HLP-242": (
        (
            "Put the archive FILE in the place of the data of a box that does not run.\n\n"
            "What may have been sent since the backup is unknown and not sent again. The box "
            "that the backup\nis of ends its service when it sees a SIM of this one."
        ),
        (
            "用归档 FILE 替换未运行设备的数据。\n\n备份之后可能已发送的内容状态未知,不会重发"
            "。被备份的那台设备看到本设备的 SIM 卡时会停止服务。"
        ),
    ),
    "HLP-243": (
        "Replace data that are there; they are kept aside.",
        "替换已有数据;原数据另行保留。",
    ),
    "HLP-244": ("Instead of typing it.", "代替输入。"),
    "HLP-245": (
        "List what may have been sent between the backup and its restore.",
        "列出备份与恢复之间可能已发送的内容。",
    ),
    "HLP-246": ("The phrase that opens backups.", "打开备份的短语。"),
    "HLP-247": (
        "Say whether words are the phrase of this box; exit 1 when they are not.",
        "说明这些单词是否为本设备的短语;不是则退出码为 1。",
    ),
    "HLP-248": ("Make a recovery phrase and show it this once.", "生成恢复短语,仅显示这一次。"),
    "HLP-249": ("Make another although there is one.", "已有短语也重新生成。"),
    "HLP-250": (
        "Say which generation of which box this is, or claim that it is the last one.",
        "说明这是哪台设备的第几代,或声明它是最后一代。",
    ),
    "HLP-251": (
        "Count on above any other, of a box that is stopped.",
        "对已停止的设备,将代数计到其他之上。",
    ),
    "HLP-252": (
        "Have the running box remove records that are older than they are kept.",
        "让运行中的设备删除超过保留期的记录。",
    ),
    "HLP-253": (
        "Write what support needs, masked, into FOLDER (the stick SIMVEIL by default).",
        "将支持所需的内容(脱敏)写入 FOLDER(默认为 SIMVEIL 盘)。",
    ),
    "HLP-254": ("Print one masked screen to be photographed.", "打印一页脱敏画面供拍照。"),
    "HLP-255": ("The local secret of the serial console.", "串口控制台的本地口令。"),
    "HLP-256": (
        "Set the local secret, as root: whoever holds the box may.",
        "以 root 身份设置本地口令:持有设备者均可。",
    ),
    "HLP-257": ("Its first line is it.", "取其第一行。"),
    "HLP-258": (
        "The main job without hardware, watched from outside.",
        "无需硬件即可从外部观察的主要功能。",
    ),
    "HLP-259": (
        "A virtual bank, a box, two phones to play with.",
        "虚拟模块库、一台设备和两部电话,供试用。",
    ),
    "HLP-260": ("Run the box.", "运行设备。"),
    "HLP-261": ("Run the virtual bank alone.", "单独运行虚拟模块库。"),
    "HLP-262": ("Check a configuration.", "检查配置。"),
    "HLP-263": ("Check machine and configuration.", "检查机器和配置。"),
    "HLP-264": (
        "Field diagnostics on a serial console or over ssh.",
        "串口控制台或 ssh 上的现场诊断。",
    ),
    "HLP-265": ("How the running box is.", "运行中的设备的状况。"),
    "HLP-266": ("Applications: add, list, show, set.", "应用:添加、列出、显示、设置。"),
    "HLP-267": (
        ("Numbers: enrol, verify, list, set, cities, usage, transfer, release, replace-sim."),
        "号码:登记、验证、列出、设置、城市、用量、转移、注销、换卡。",
    ),
    "HLP-268": (
        "Batches over many numbers: transfer, release, sms, results, resubmit.",
        "批量处理多个号码:转移、注销、短信、结果、重试。",
    ),
    "HLP-269": ("Bindings: add, list, remove, history.", "绑定:添加、列出、解除、历史。"),
    "HLP-270": (
        "Voice files: add, list, show, get, approve, reject, remove.",
        "语音文件:添加、列出、显示、取回、通过、拒绝、删除。",
    ),
    "HLP-271": (
        "Move in the relations of the cloud's query answers.",
        "导入云端查询应答中的关系。",
    ),
    "HLP-272": (
        "How many SIMs and trunks recorded calls need.",
        "记录的通话需要多少 SIM 卡和中继。",
    ),
    "HLP-273": ("Pushes to applications: test, watch, sink.", "发往应用的推送:测试、监视、接收。"),
    "HLP-274": ("Requests that were refused: explain, list.", "被拒绝的请求:解释、列出。"),
    "HLP-275": (
        "Set up the lines: whose number each is, and its subscription.",
        "设置线路:各自的号码及其业务。",
    ),
    "HLP-276": (
        "Lines: list, show, at, ussd, reset, check, locate, balance, pool, by-hand.",
        "线路:列出、显示、AT、USSD、重启、检查、定位、余额、中继、手动记录。",
    ),
    "HLP-277": (
        "Saved USSD codes: save, list, remove, balances.",
        "已保存的 USSD 代码:保存、列出、删除、余额。",
    ),
    "HLP-278": ("Call records: list, show, export.", "通话记录:列出、显示、导出。"),
    "HLP-279": ("Texts: list, inbox, read.", "短信:列出、收件箱、已读。"),
    "HLP-280": ("Pushes: list, show, replay.", "推送:列出、显示、重发。"),
    "HLP-281": (
        "Set the box up from the file on its boot partition.",
        "用启动分区上的文件设置设备。",
    ),
    "HLP-282": (
        "Write an archive of the running box; --nightly.",
        "写入运行中的设备的归档;--nightly。",
    ),
    "HLP-283": ("Put an archive in the place of a box's data.", "用归档替换设备的数据。"),
    "HLP-284": ("What a restore left unknown.", "恢复之后状态未知的内容。"),
    "HLP-285": ("The phrase that opens backups: new, check.", "打开备份的短语:新建、检查。"),
    "HLP-286": ("Which restore of which box this is; --claim.", "哪台设备的第几次恢复;--claim。"),
    "HLP-287": ("Remove records that are older than they are kept.", "删除超过保留期的记录。"),
    "HLP-288": (
        "What support needs, masked, on a stick; --screen.",
        "支持所需的内容(脱敏)存盘;--screen。",
    ),
    "HLP-289": ("The local secret of the serial console: set.", "串口控制台的本地口令:设置。"),
    "HLP-290": ("Show this message and exit.", "显示本说明并退出。"),
}
