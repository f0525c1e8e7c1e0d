"""What the box answers when it says no: backups, lists, lines, the interface.

They are raised in English, where they arise; here they are found again and said in Chinese.
"""

from __future__ import annotations

from typing import Final

REFUSALS: Final[dict[str, tuple[str, str]]] = {
    # Backup, restore, generation
    "REF-100": ("there is no database {0}", "没有数据库 {0}"),
    "REF-101": ("{0} exists already", "{0} 已存在"),
    "REF-102": ("there is no folder {0}", "没有目录 {0}"),
    "REF-103": (
        "there is no key for backups yet: simveil recovery new makes one",
        "尚无备份密钥:执行 simveil recovery new 生成",
    ),
    "REF-104": ("there is no archive {0}", "没有归档文件 {0}"),
    "REF-105": (
        "the archive is encrypted: the recovery phrase is needed",
        "归档已加密:需要恢复短语",
    ),
    "REF-106": ("the archive is incomplete: it has no manifest", "归档不完整:缺少清单"),
    "REF-107": (
        "the archive is damaged: its files are not those of its manifest",
        "归档已损坏:文件与清单不符",
    ),
    "REF-108": ("no backup was made: {0}", "未生成备份:{0}"),
    "REF-109": ("a box is running on {0}; stop it first", "有设备正在使用 {0};请先停止"),
    "REF-110": ("{0} holds data already: {1}", "{0} 中已有数据:{1}"),
    "REF-111": ("the restore failed: {0}", "恢复失败:{0}"),
    "REF-112": ("the archive is damaged: {0}", "归档已损坏:{0}"),
    "REF-113": (
        "the archive holds {0}, which is no part of a backup",
        "归档中的 {0} 不属于备份内容",
    ),
    "REF-114": (
        (
            "generation {0} of this box serves elsewhere, these are the data of generation {1}:"
            " restore its latest backup here, or, if that box is gone for good, run: simveil"
            " generation --claim"
        ),
        (
            "本设备第 {0} 代正在别处服务,此处为第 {1} 代数据:请在此恢复其最新备份;"
            "若那台设备已不复存在,请执行 simveil generation --claim"
        ),
    ),
    "REF-115": (
        (
            "generation {0} of this box backs up to the same place: these are the data of"
            " generation {1}, which is over"
        ),
        "本设备第 {0} 代正备份到同一位置:此处为第 {1} 代数据,已失效",
    ),
    "REF-116": (
        "{0} is of older software: start the box once",
        "{0} 来自旧版软件:请先启动一次设备",
    ),
    "REF-117": (
        "these are not the words of a recovery phrase in their order",
        "这些单词不是按顺序的恢复短语",
    ),
    "REF-118": (
        "the archive cannot be decrypted: another phrase, or damaged ({0})",
        "无法解密归档:短语不符或文件损坏({0})",
    ),
    "REF-119": ("[backup] names no target", "[backup] 未设置 target"),
    "REF-120": ("{0} answered {1} to the PUT of {2}", "{0} 对上传 {2} 返回 {1}"),
    "REF-121": ("{0} answered {1} to the GET of {2}", "{0} 对下载 {2} 返回 {1}"),
    "REF-122": ("{0} to {1} failed: {2}", "{0} 到 {1} 失败:{2}"),
    "REF-123": (
        "there is no folder {0}: is the stick plugged in?",
        "没有目录 {0}:存储盘是否已插入?",
    ),
    "REF-124": ("{0} cannot be written: {1}", "无法写入 {0}:{1}"),
    "REF-125": ("{0} cannot be read: {1}", "无法读取 {0}:{1}"),
    "REF-126": ("{0} cannot be reached: {1}", "无法连接 {0}:{1}"),
    "REF-127": (
        "there is a recovery phrase already; replace makes another",
        "已有恢复短语;可用 replace 重新生成",
    ),
    # Batches and moving in
    "REF-128": ("{0} is not enrolled", "{0} 未登记"),
    "REF-129": ("it is a trunk and belongs to no application", "它是中继,不属于任何应用"),
    "REF-130": ("it belongs to another application than was said", "它属于另一个应用"),
    "REF-131": ("it carries a call; try again when it has ended", "它正在通话;请在通话结束后重试"),
    "REF-132": ("it belongs to that application already", "它已属于该应用"),
    "REF-133": (
        "{0} bindings stand on it; remove them first, or say that they may end",
        "其上有 {0} 条绑定;请先解除,或说明允许结束",
    ),
    "REF-134": ("this is not a telephone number", "这不是电话号码"),
    "REF-135": (
        "it has no subscriptionId of 1 to 64 characters",
        "没有 1 至 64 个字符的 subscriptionId",
    ),
    "REF-136": ("its life ended {0} UTC", "已于 UTC {0} 到期"),
    "REF-137": ("extendNum is missing", "缺少 extendNum"),
    "REF-138": ("{0} is missing", "缺少 {0}"),
    "REF-139": ("{0} is no whole number", "{0} 不是整数"),
    "REF-140": ("{0} is neither true nor false", "{0} 既不是 true 也不是 false"),
    "REF-141": ("{0} is no text", "{0} 不是文本"),
    "REF-142": ("{0} is no telephone number", "{0} 不是电话号码"),
    "REF-143": (
        "subscribeTime is no time such as 2026-03-01 08:00:00",
        "subscribeTime 不是 2026-03-01 08:00:00 这样的时间",
    ),
    "REF-144": ("not JSON at character {0}", "第 {0} 个字符处不是 JSON"),
    "REF-145": ("it is a relation of {0}, application {1} is {2}", "这是 {0} 关系,应用 {1} 为 {2}"),
    "REF-146": (
        "no number takes the place of {0}; say which by --map",
        "没有号码替代 {0};请用 --map 指定",
    ),
    "REF-147": ("the application has no approved voice file {0}", "该应用没有已审核的语音文件 {0}"),
    "REF-148": ("A is on this number already", "A 已绑定在该号码上"),
    "REF-149": ("A or B is bound on this number", "A 或 B 已绑定在该号码上"),
    "REF-150": ("the number holds 5000 pairs", "该号码已有 5000 对绑定"),
    "REF-151": (
        "a relation of this subscriptionId is there already",
        "该 subscriptionId 的关系已存在",
    ),
    "REF-152": ("A has this Y already", "A 已使用该 Y"),
    "REF-153": ("B has a Y in this relation already", "B 在该关系中已有 Y"),
    "REF-154": ("say which application the relations are of", "请说明这些关系属于哪个应用"),
    # Lists, records, voice files
    "REF-155": ("{0}: no row has {1} and {2} of a call", "{0}:没有任何行包含通话的 {1} 和 {2}"),
    "REF-156": ("{0}: not CSV in UTF-8", "{0}:不是 UTF-8 编码的 CSV"),
    "REF-157": ("{0}: the file is empty", "{0}:文件为空"),
    "REF-158": ("{0}: the file holds no number", "{0}:文件中没有号码"),
    "REF-159": ("{0}: {1} octets, at most {2} are read", "{0}:{1} 字节,最多读取 {2} 字节"),
    "REF-160": (
        "{0}: the workbook unpacks to more than {1} octets",
        "{0}:工作簿解压后超过 {1} 字节",
    ),
    "REF-161": ("{0}: not CSV: {1}", "{0}:不是 CSV:{1}"),
    "REF-162": ("{0}: not a workbook that can be read", "{0}:不是可读取的工作簿"),
    "REF-163": ("{0}: neither UTF-8 nor GB 18030", "{0}:既不是 UTF-8 也不是 GB 18030"),
    "REF-164": ("{0}: no sound file that can be read ({1})", "{0}:不是可读取的声音文件({1})"),
    "REF-165": ("{0}: decoding it takes longer than {1} s", "{0}:解码超过 {1} 秒"),
    "REF-166": ("there is no voice file {0}", "没有语音文件 {0}"),
    "REF-167": ("no voice file {0} waits for approval", "没有等待审核的语音文件 {0}"),
    "REF-168": ("{0}: {1} octets, at most {2} allowed", "{0}:{1} 字节,最多允许 {2} 字节"),
    "REF-169": ("{0}: {1} seconds, at most 262 allowed", "{0}:{1} 秒,最多允许 262 秒"),
    "REF-170": (
        "{0} is no voice file's name: digits, letters, - _ . @, ending in .wav",
        "{0} 不是语音文件名:数字、字母、- _ . @,以 .wav 结尾",
    ),
    "REF-171": ("the content is not Base64", "内容不是 Base64"),
    "REF-172": (
        "{0}: a file name inside the prompts folder expected",
        "{0}:应为提示音目录内的文件名",
    ),
    "REF-173": ("{0}: no such prompt ({1})", "{0}:没有该提示音({1})"),
    "REF-174": (
        "{0}: a file name inside the recordings folder expected",
        "{0}:应为录音目录内的文件名",
    ),
    "REF-175": (
        "{0}: a tone's name, HERTZ/SECONDS or silence:SECONDS expected",
        "{0}:应为音名、赫兹/秒 或 silence:秒",
    ),
    "REF-176": ("{0}: holds no samples", "{0}:没有声音数据"),
    "REF-177": ("{0}: not a WAV file (begins with {1})", "{0}:不是 WAV 文件(开头为 {1})"),
    "REF-178": (
        "{0}: format of {1} octets, at least 16 expected",
        "{0}:格式块为 {1} 字节,至少应为 16",
    ),
    "REF-179": (
        "{0}: A-law or PCM of 8 or 16 bits expected, format {1}/{2} found",
        "{0}:应为 A-law 或 8/16 位 PCM,实际为 {1}/{2}",
    ),
    "REF-180": ("{0}: {1} channels at {2} Hz are out of range", "{0}:{1} 声道、{2} Hz 超出范围"),
    "REF-181": ("{0}: cannot be read ({1})", "{0}:无法读取({1})"),
    "REF-182": ("{0}: its samples come before their format", "{0}:数据出现在格式之前"),
    # Lines
    "REF-183": ("line {0} has no SIM that can be read", "线路 {0} 没有可读取的 SIM 卡"),
    "REF-184": ("line {0} is in use", "线路 {0} 正在使用"),
    "REF-185": ("line {0} did not answer in time", "线路 {0} 未及时应答"),
    "REF-186": ("line {0} has no modem any more", "线路 {0} 已没有模块"),
    "REF-187": ("line {0} is in use or not ready", "线路 {0} 正在使用或未就绪"),
    "REF-188": ("line {0} was lost: {1}", "线路 {0} 已掉线:{1}"),
    "REF-189": ("line {0} did not answer in {1} s", "线路 {0} 在 {1} 秒内没有应答"),
    "REF-190": ("line {0} does not answer", "线路 {0} 没有应答"),
    "REF-191": ("another line is being commissioned", "另一条线路正在开通测试"),
    "REF-192": ("another line is being tried", "另一条线路正在测试"),
    "REF-193": ("the number of line {0} is not known", "线路 {0} 的号码未知"),
    "REF-194": ("the SIM of line {0} is not enrolled", "线路 {0} 的 SIM 卡未登记"),
    "REF-195": ("no other line is free to take the calls", "没有其他空闲线路可接测试呼叫"),
    "REF-196": ("no balance code is saved for operator {0}", "没有为运营商 {0} 保存余额查询代码"),
    "REF-197": ("there is no line {0}", "没有线路 {0}"),
    "REF-198": ("line {0} did not answer within {1} s", "线路 {0} 在 {1} 秒内没有应答"),
    "REF-199": (
        "{0} is no line; a test number is the only partner",
        "{0} 不是线路;测试号码只能单独使用",
    ),
    "REF-200": ("no code {0} is saved for {1}", "没有为 {1} 保存代码 {0}"),
    "REF-201": ("the SIM of this line is not known", "该线路的 SIM 卡未知"),
    "REF-202": ("no line has the SIM {0}", "没有线路使用 SIM 卡 {0}"),
    "REF-203": (
        "no other line is enrolled and ready: a number is proven between two SIMs",
        "没有其他已登记且就绪的线路:验证号码需要两张 SIM 卡",
    ),
    "REF-204": (
        "the text did not arrive at {0} within {1} s: {2} is not proven",
        "短信未在 {1} 秒内到达 {0}:{2} 未通过验证",
    ),
    "REF-205": ("the SIM {0} is {1}, not {2}", "SIM 卡 {0} 是 {1},不是 {2}"),
    "REF-206": (
        "{0} is no other line that is enrolled and ready",
        "{0} 不是另一条已登记且就绪的线路",
    ),
    "REF-207": ("the line of SIM {0} is not ready", "SIM 卡 {0} 的线路未就绪"),
    "REF-208": (
        "an AT command begins with AT and is one line of ASCII",
        "AT 指令以 AT 开头,且为一行 ASCII",
    ),
    "REF-209": ("dialling and sending are not done by hand", "不允许手动拨号或发送"),
    "REF-210": ("a quotation mark of this AT command has no partner", "该 AT 指令的引号不成对"),
    "REF-211": ("no AT command begins with {0}", "没有以 {0} 开头的 AT 指令"),
    "REF-212": (
        "a USSD code begins with * or # and has 2 to 40 of 0-9, * and #",
        "USSD 代码以 * 或 # 开头,由 2 至 40 个 0-9、* 和 # 组成",
    ),
    "REF-213": (
        "a pattern has {{amount}} in it once, such as: Balance {{amount}} CNY",
        "模板中须出现一次 {{amount}},例如:余额 {{amount}} 元",
    ),
    # The box and its interface
    "REF-214": ("the body is too long", "请求体过长"),
    "REF-215": ("the body is not a JSON object", "请求体不是 JSON 对象"),
    "REF-216": ("the body is not JSON", "请求体不是 JSON"),
    "REF-217": ("two others are watching already", "已有两个监视者"),
    "REF-218": (
        "openssl made no certificate: {0}; set api.tls",
        "openssl 未能生成证书:{0};请设置 api.tls",
    ),
    "REF-219": (
        "no certificate could be made: {0}; set api.tls",
        "无法生成证书:{0};请设置 api.tls",
    ),
    "REF-220": ("another box is listening on {0}", "另一台设备正在监听 {0}"),
    "REF-221": (
        "{0} is not an address such as 127.0.0.1:8443",
        "{0} 不是 127.0.0.1:8443 这样的地址",
    ),
    "REF-222": ("cannot use {0} with {1}: {2}", "无法将 {0} 与 {1} 一起使用:{2}"),
    "REF-223": ("cannot listen on {0}: {1}", "无法监听 {0}:{1}"),
    "REF-224": ("there is no configuration {0}", "没有配置文件 {0}"),
    "REF-225": ("cannot read {0}: {1}", "无法读取 {0}:{1}"),
    "REF-226": ("cannot use {0}: {1}", "无法使用 {0}:{1}"),
    "REF-227": ("not TOML: {0}", "不是 TOML:{0}"),
    "REF-228": ("could not start: {0}", "无法启动:{0}"),
    "REF-229": ("something that is no virtual bank answers at {0}", "{0} 上应答的不是虚拟模块库"),
    "REF-230": ("the virtual bank did not start; see {0}", "虚拟模块库未能启动;见 {0}"),
    "REF-231": ("{0} has no [virtual] section", "{0} 没有 [virtual] 部分"),
    "REF-232": ("{0} is not SLOT=FILE", "{0} 不是 位置=文件 的形式"),
    "REF-233": ("{0} is not NAME=JSON", "{0} 不是 名称=JSON 的形式"),
    "REF-234": ("{0} is not HOST:PORT", "{0} 不是 主机:端口 的形式"),
    "REF-235": ("{0} is not OLDX=NEWX", "{0} 不是 旧X=新X 的形式"),
}
