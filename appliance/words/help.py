"""Help of the command line: the box, applications, numbers, bindings, voice files, pushes."""

from __future__ import annotations

from typing import Final

HELP: Final[dict[str, tuple[str, str]]] = {
    "HLP-001": ("Privacy numbers behind a bank of modems.", "模块组背后的隐私号码。"),
    "HLP-002": ("Show the version and exit.", "显示版本并退出。"),
    "HLP-003": (
        "The box's configuration, /etc/simveil/simveil.toml by default.",
        "设备的配置文件,默认为 /etc/simveil/simveil.toml。",
    ),
    "HLP-004": ("Print one JSON value and nothing else.", "只打印一个 JSON 值。"),
    "HLP-005": ("Language of the output.", "输出的语言。"),
    "HLP-006": (
        "Show the main job: people call and text each other through private numbers.",
        "演示主要功能:人们通过隐私号码通话和收发短信。",
    ),
    "HLP-007": (
        "Start a virtual bank and a box, and print how to play with them.",
        "启动虚拟模块库和设备,并说明如何试用。",
    ),
    "HLP-008": ("Radio time scale.", "无线时间的倍速。"),
    "HLP-009": ("Run the box until SIGTERM.", "运行设备,直到收到 SIGTERM。"),
    "HLP-010": (
        "Run the virtual bank of a configuration until SIGTERM.",
        "运行配置中的虚拟模块库,直到收到 SIGTERM。",
    ),
    "HLP-011": (
        "Check FILE, or the configuration of --config: a line for each mistake, exit 2.",
        "检查 FILE 或 --config 的配置:每个错误一行,退出码为 2。",
    ),
    "HLP-012": (
        (
            "Check machine, configuration and the running box; exit 1 when anything is "
            "wrong.\n\nWhat is wrong is told with its cause and with what helps."
        ),
        ("检查机器、配置和运行中的设备;有问题时退出码为 1。\n\n每个问题都说明原因和处理办法。"),
    ),
    "HLP-013": ("Find LINE's fault by one exchange.", "通过一次交换找出线路 LINE 的故障。"),
    "HLP-014": ("The well line that it exchanges with.", "与之交换的正常线路。"),
    "HLP-015": ("Decode one SMS PDU.", "解码一条短信 PDU。"),
    "HLP-016": ("It is a SUBMIT, as sent by a phone.", "这是手机发出的 SUBMIT。"),
    "HLP-017": ("No address of a service centre stands in front.", "前面没有短信中心地址。"),
    "HLP-018": (
        "Field diagnostics on this terminal: 80 by 24, serial or ssh.",
        "本终端上的现场诊断:80×24,串口或 ssh。",
    ),
    "HLP-019": (
        "Print one masked screen for support and end.",
        "打印一页脱敏画面供支持使用,然后结束。",
    ),
    "HLP-020": ("Say how the running box is.", "显示运行中的设备的状况。"),
    "HLP-021": ("Applications.", "应用。"),
    "HLP-022": ("Make application NAME; prints its key pair.", "创建应用 NAME;打印其密钥对。"),
    "HLP-023": ("Fixed.", "固定不变。"),
    "HLP-024": (
        "Adopt this APP_Key, with --secret-file.",
        "沿用该 APP_Key,须与 --secret-file 一起使用。",
    ),
    "HLP-025": (
        "File that holds the APP_Secret of --key, so that no process list shows it.",
        "存放 --key 的 APP_Secret 的文件,以免出现在进程列表中。",
    ),
    "HLP-026": ("Recording is enabled.", "开通录音。"),
    "HLP-027": ("Texts are enabled.", "开通短信。"),
    "HLP-028": ("Pushes carry texts.", "推送中携带短信内容。"),
    "HLP-029": ("How pushes are signed.", "推送的签名方式。"),
    "HLP-030": ("Extension digits (AXE).", "分机号位数(AXE)。"),
    "HLP-031": ("Clients that may ask.", "允许请求的客户端。"),
    "HLP-032": (
        "What is said when; `default` is the box's own, an empty FILE removes it.",
        "何时播放什么;`default` 为设备自带,空 FILE 表示移除。",
    ),
    "HLP-033": ("Tries after a wrong one (AXE).", "输错后可重试的次数(AXE)。"),
    "HLP-034": ("When nobody can be called back (AXE).", "无人可回拨时播放(AXE)。"),
    "HLP-035": ("Number states go to the status URL too.", "号码状态也推送到状态地址。"),
    "HLP-036": (
        "Older clients fetch recordings with it; empty removes it.",
        "旧客户端用它下载录音;留空则移除。",
    ),
    "HLP-037": (
        "Of the box's own prompts; two are said in turn.",
        "设备自带提示音的语言;两种则依次播放。",
    ),
    "HLP-038": ("Any other setting.", "任何其他设置。"),
    "HLP-039": ("Where status pushes go; empty removes it.", "status 推送的地址;留空则移除。"),
    "HLP-040": ("Where cdr pushes go; empty removes it.", "cdr 推送的地址;留空则移除。"),
    "HLP-041": ("Where sms pushes go; empty removes it.", "sms 推送的地址;留空则移除。"),
    "HLP-042": (
        "Where sms-control pushes go; empty removes it.",
        "sms-control 推送的地址;留空则移除。",
    ),
    "HLP-043": ("Where number pushes go; empty removes it.", "number 推送的地址;留空则移除。"),
    "HLP-044": ("Where callin pushes go; empty removes it.", "callin 推送的地址;留空则移除。"),
    "HLP-045": ("List applications.", "列出应用。"),
    "HLP-046": (
        "A file instead of the screen: .csv, .xlsx or .json.",
        "写入文件而不是显示:.csv、.xlsx 或 .json。",
    ),
    "HLP-047": (
        "Change application NAME; what is not given stays.",
        "修改应用 NAME;未给出的保持不变。",
    ),
    "HLP-048": ("May call the interface.", "可以调用接口。"),
    "HLP-049": ("Suspended by the operator.", "被运营者暂停。"),
    "HLP-050": ("Show application NAME.", "显示应用 NAME。"),
    "HLP-051": ("With its secret.", "连同密钥。"),
    "HLP-052": ("Numbers: SIMs that the box knows.", "号码:设备所知的 SIM 卡。"),
    "HLP-053": (
        "List how many numbers each city has, and what room is left.",
        "列出每个城市的号码数和剩余容量。",
    ),
    "HLP-054": ("Of this application only.", "仅限该应用。"),
    "HLP-055": (
        "Enrol MSISDN for an application, or as a trunk.",
        "为应用登记 MSISDN,或登记为中继。",
    ),
    "HLP-056": ("The application that gets it.", "得到它的应用。"),
    "HLP-057": ("It only carries second legs.", "仅用于第二段通话。"),
    "HLP-058": (
        "Its SIM; found by itself for a line that says its number.",
        "它的 SIM 卡;线路自报号码时自动找到。",
    ),
    "HLP-059": ("City code such as 0755.", "城市区号,如 0755。"),
    "HLP-060": ("It relays texts.", "转发短信。"),
    "HLP-061": ("Prove by a text that the number is the SIM's.", "用短信验证该号码属于该 SIM 卡。"),
    "HLP-062": ("The line that the text is sent to.", "短信发往的线路。"),
    "HLP-063": ("A number by which requests may still name it.", "请求仍可使用的旧号码。"),
    "HLP-064": ("List numbers.", "列出号码。"),
    "HLP-065": ("In this state only.", "仅限该状态。"),
    "HLP-066": ("Of this city only.", "仅限该城市。"),
    "HLP-067": ("With room for a binding, or without.", "仅列有或没有绑定余量的。"),
    "HLP-068": ("Forget MSISDN and its bindings.", "注销 MSISDN 及其绑定。"),
    "HLP-069": (
        "Put MSISDN on another SIM; the old one is refused.",
        "将 MSISDN 换到另一张 SIM 卡;旧卡不再接受。",
    ),
    "HLP-070": ("The new SIM.", "新的 SIM 卡。"),
    "HLP-071": ("Change MSISDN; what is not given stays.", "修改 MSISDN;未给出的保持不变。"),
    "HLP-072": ("Its state; told when it changes.", "它的状态;变化时会通知。"),
    "HLP-073": ("Of unavailable: 2 is arrears.", "不可用的原因:2 为欠费。"),
    "HLP-074": ("Minutes that its plan holds a month.", "套餐每月包含的分钟数。"),
    "HLP-075": ("Parts of texts that its plan holds a month.", "套餐每月包含的短信条数。"),
    "HLP-076": ("What it may cost a month, in cents (fen).", "每月费用上限,单位分。"),
    "HLP-077": ("Of a minute that it calls, in cents (fen).", "每分钟主叫费用,单位分。"),
    "HLP-078": ("Of a part of a text that it sends, in cents (fen).", "每条短信费用,单位分。"),
    "HLP-079": ("Measure this no more.", "不再计量此项。"),
    "HLP-080": ("Warn when the balance is below, in cents (fen).", "余额低于该值时提醒,单位分。"),
    "HLP-081": ("Callees press 1 to be joined.", "被叫按 1 后才接通。"),
    "HLP-082": ("Dial before the caller is answered.", "在接听主叫之前拨号。"),
    "HLP-083": ("No call that would show another number.", "不接续会显示其他号码的通话。"),
    "HLP-084": ("Calls may be left to its network.", "通话可转交网络。"),
    "HLP-085": ("Have no rule of its own: the box's counts.", "不设单独规则:按设备的规则。"),
    "HLP-086": ("On which its month begins.", "每月从该日开始。"),
    "HLP-087": ("One more name.", "增加一个别名。"),
    "HLP-088": ("A name less.", "去掉一个别名。"),
    "HLP-089": (
        "Give MSISDN to another application; its bindings end.",
        "将 MSISDN 转给另一个应用;其绑定结束。",
    ),
    "HLP-090": (
        "List what each SIM has used of its allowance since its month began.",
        "列出每张 SIM 卡本月已用的额度。",
    ),
    "HLP-091": ("Only where 80 % or more are used.", "仅列已用 80% 以上的。"),
    "HLP-092": (
        "Prove by a text between two SIMs of the box that MSISDN is its SIM's own number.",
        "通过设备内两张 SIM 卡之间的短信,验证 MSISDN 是其 SIM 卡自己的号码。",
    ),
    "HLP-093": ("Seconds.", "秒数。"),
    "HLP-094": (
        ("Batches over many numbers: NUMBERS are MSISDNs, or .csv, .xlsx or .txt files of them."),
        "批量处理多个号码:NUMBERS 为 MSISDN,或其 .csv、.xlsx、.txt 文件。",
    ),
    "HLP-095": ("List tasks, the newest first.", "列出任务,最新的在前。"),
    "HLP-096": ("Rows at most, 100 by default.", "最多行数,默认 100。"),
    "HLP-097": ("Forget NUMBERS, each after a check.", "逐个检查后注销 NUMBERS。"),
    "HLP-098": ("Numbers with bindings go too.", "有绑定的号码也一并处理。"),
    "HLP-099": ("Refuse numbers of other applications.", "拒绝属于其他应用的号码。"),
    "HLP-100": ("Try again what failed of a task.", "重试任务中失败的项。"),
    "HLP-101": ("List what became of each number of a task.", "列出任务中每个号码的结果。"),
    "HLP-102": ("These only.", "仅限这些。"),
    "HLP-103": ("Show how far a task is.", "显示任务进度。"),
    "HLP-104": ("Switch texts of NUMBERS on or off.", "开启或关闭 NUMBERS 的短信。"),
    "HLP-105": ("Off also switches off their bindings.", "关闭时也关闭其绑定的短信。"),
    "HLP-106": (
        "Give NUMBERS to another application; their bindings end.",
        "将 NUMBERS 转给另一个应用;其绑定结束。",
    ),
    "HLP-107": ("The application that gets them.", "得到它们的应用。"),
    "HLP-108": ("Bindings.", "绑定。"),
    "HLP-109": (
        "Bind A on X: with B, behind an extension, or alone, as the mode is.",
        "在 X 上绑定 A:与 B、以分机号或单独绑定,视模式而定。",
    ),
    "HLP-110": ("Of mode AX, AXB or AXE.", "模式为 AX、AXB 或 AXE。"),
    "HLP-111": ("Whom X stands for.", "X 所代表的人。"),
    "HLP-112": ("The other of the two (AXB).", "两人中的另一人(AXB)。"),
    "HLP-113": (
        "A's behind X; chosen when absent (AXE).",
        "X 之后 A 的分机号;未给出时自动选择(AXE)。",
    ),
    "HLP-114": ("For A's calls back (AXE).", "用于 A 回拨(AXE)。"),
    "HLP-115": (
        "The number between them; chosen when absent.",
        "两人之间的号码;未给出时自动选择。",
    ),
    "HLP-116": ("City of the number to choose.", "要选号码的城市。"),
    "HLP-117": ("0 both, 1 only A, 2 only B may call.", "0 双向,1 仅 A,2 仅 B 可呼叫。"),
    "HLP-118": ("Its life; 0 is without end.", "有效期;0 表示无限期。"),
    "HLP-119": ("Limit of one call.", "单次通话的时长上限。"),
    "HLP-120": ("Calls are recorded.", "通话录音。"),
    "HLP-121": ("Comes back in every push.", "在每次推送中原样返回。"),
    "HLP-122": (
        "List when bindings were set and how they ended, the newest first.",
        "列出绑定的设立与结束,最新的在前。",
    ),
    "HLP-123": ("On this number only.", "仅限该号码。"),
    "HLP-124": ("Of this person only.", "仅限此人。"),
    "HLP-125": ("ISO 8601, UTC when it has no zone.", "ISO 8601;无时区时按 UTC。"),
    "HLP-126": ("Likewise.", "同上。"),
    "HLP-127": ("List bindings.", "列出绑定。"),
    "HLP-128": ("With this A only.", "仅限该 A。"),
    "HLP-129": ("With this B only.", "仅限该 B。"),
    "HLP-130": ("Rows to pass over.", "跳过的行数。"),
    "HLP-131": ("End a binding.", "结束一条绑定。"),
    "HLP-132": ("Voice files.", "语音文件。"),
    "HLP-133": (
        "Upload FILE, a sound file of any common kind; it can be used once approved.",
        "上传常见格式的声音文件 FILE;审核后可用。",
    ),
    "HLP-134": ("Whose.", "属于谁。"),
    "HLP-135": (
        "As bindings name it; the file's own, ending in .wav, by default.",
        "绑定中使用的名称;默认为文件自身的名称,以 .wav 结尾。",
    ),
    "HLP-136": ("For whoever reviews it.", "写给审核者。"),
    "HLP-137": ("Make NAME usable.", "使 NAME 可用。"),
    "HLP-138": ("Fetch NAME as it is stored: an A-law WAV.", "取回存储的 NAME:A-law WAV。"),
    "HLP-139": ("Where it goes.", "保存到哪里。"),
    "HLP-140": ("List an application's files.", "列出应用的文件。"),
    "HLP-141": ("Refuse NAME.", "拒绝 NAME。"),
    "HLP-142": ("What its uploader is told.", "告知上传者的理由。"),
    "HLP-143": ("Remove NAME.", "删除 NAME。"),
    "HLP-144": ("Show NAME with what was checked.", "显示 NAME 及检查结果。"),
    "HLP-145": (
        (
            "Move in the relations of FILE, the cloud's answers to queries: a dry run unless "
            "--apply."
        ),
        "从 FILE(云端查询的应答)导入关系:不加 --apply 时只试运行。",
    ),
    "HLP-146": (
        "The number of the box that takes the place of one of the cloud's.",
        "用设备的哪个号码替代云端的号码。",
    ),
    "HLP-147": ("Whose; found by itself where the answers tell.", "属于谁;应答中有时自动找到。"),
    "HLP-148": ("For good; without it nothing is written.", "正式执行;不加则不写入。"),
    "HLP-149": ("Hours of subscribeTime ahead of UTC.", "subscribeTime 比 UTC 早的小时数。"),
    "HLP-150": (
        "When relations were set whose answer does not tell.",
        "应答中没有时,关系的设立时间。",
    ),
    "HLP-151": (
        (
            "Say how many SIMs and trunks the calls of FILE need, for each way of "
            "connecting.\n\nFILE is a CSV or xlsx of call records: `simveil cdr export`, or "
            "the cloud's own. Needs no box."
        ),
        (
            "说明 FILE 中的通话按每种接续方式需要多少 SIM 卡和中继。\n\nFILE 是通话记录的 CSV"
            " 或 xlsx:`simveil cdr export` 或云端的记录。不需要设备。"
        ),
    ),
    "HLP-152": (
        "Per cent of calls that may be lost in the busy hour.",
        "忙时允许损失的呼叫百分比。",
    ),
    "HLP-153": ("Pushes to applications.", "发往应用的推送。"),
    "HLP-154": (
        "Listen for pushes, print each as a line of JSON, and answer it.",
        "监听推送,每条打印为一行 JSON,并应答。",
    ),
    "HLP-155": ("Port 0 takes a free one.", "端口 0 表示任选空闲端口。"),
    "HLP-156": (
        "APP_Key of the pushes, with --secret-file.",
        "推送的 APP_Key,须与 --secret-file 一起使用。",
    ),
    "HLP-157": ("Holds its APP_Secret.", "存放其 APP_Secret。"),
    "HLP-158": (
        "Instead of both: ask the box for this application's.",
        "代替以上两项:向设备询问该应用的密钥。",
    ),
    "HLP-159": ("HTTP status of answers.", "应答的 HTTP 状态。"),
    "HLP-160": ("Where calls go that the box asks about.", "设备询问的呼叫转到哪里。"),
    "HLP-161": ("To whom texts go that the box asks about.", "设备询问的短信发给谁。"),
    "HLP-162": ("End after so many.", "收到这么多条后结束。"),
    "HLP-163": (
        ("Send application NAME signed samples of every push; exit 1 when one was not taken."),
        "向应用 NAME 发送每种推送的签名样例;有未接收的则退出码为 1。",
    ),
    "HLP-164": ("Only callin, fee, sms and so on.", "仅 callin、fee、sms 等。"),
    "HLP-165": (
        (
            "Show each push live: body, what was signed, reply, time, next try. --json: one "
            "per line."
        ),
        "实时显示每条推送:内容、签名原文、应答、时间、下次尝试。--json 时每条一行。",
    ),
}
