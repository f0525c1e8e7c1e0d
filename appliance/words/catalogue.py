"""The catalogue: a searchable code, the sentence in English, the sentence in Chinese."""

from __future__ import annotations

import functools
import re
import string
from collections.abc import Mapping
from typing import Final, Literal

from appliance.words.care import CARE
from appliance.words.commission import COMMISSION
from appliance.words.console import CONSOLE
from appliance.words.help import HELP
from appliance.words.help_lines import HELP_LINES
from appliance.words.line_states import LINE_STATES
from appliance.words.provision import PROVISION
from appliance.words.refusals import REFUSALS
from appliance.words.refusals_form import REFUSED_BY_FORM
from appliance.words.refusals_rules import REFUSED_BY_RULE
from appliance.words.sandbox import SANDBOX
from appliance.words.setup import SETUP
from appliance.words.sticks import STICKS
from appliance.words.swap import SWAP

Language = Literal["en", "zh-CN"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh-CN")

SENTENCES: Final[dict[str, tuple[str, str]]] = {
    # What the command line says
    "CLI-001": ("No box answers on {socket}: {reason}.", "{socket} 上没有设备应答:{reason}。"),
    "CLI-002": ("Nothing to show.", "没有可显示的内容。"),
    "CLI-003": ("The configuration has no mistakes.", "配置没有错误。"),
    "CLI-004": ("Done ({count}).", "已完成({count})。"),
    "CLI-005": (
        "Wrote {path}: {files} files, {octets} octets.",
        "已写入 {path}:{files} 个文件,{octets} 字节。",
    ),
    "CLI-006": ("Restored {path}: {files} files.", "已恢复 {path}:{files} 个文件。"),
    "CLI-007": (
        "Keep the secret: it is shown on request only.",
        "请妥善保存密钥:只在要求时才再次显示。",
    ),
    "CLI-008": ("The file {path} cannot be read: {reason}.", "无法读取文件 {path}:{reason}。"),
    "CLI-009": (
        "The box did not answer within {seconds} seconds.",
        "设备在 {seconds} 秒内没有应答。",
    ),
    "CLI-010": (
        "{path} ends neither in .csv nor in .xlsx nor in .json.",
        "{path} 的后缀不是 .csv、.xlsx 或 .json。",
    ),
    "CLI-011": ("The file {path} cannot be written: {reason}.", "无法写入文件 {path}:{reason}。"),
    "CLI-012": ("Wrote {path}: {count} rows.", "已写入 {path}:{count} 行。"),
    "CLI-013": ("No request was refused.", "没有被拒绝的请求。"),
    "CLI-014": (
        "{accepted} relations moved into {app}, {refused} were refused.",
        "{accepted} 条绑定已导入 {app},{refused} 条被拒绝。",
    ),
    "CLI-015": (
        "Dry run: {accepted} would move into {app}, {refused} would not; repeat with --apply.",
        "试运行:{accepted} 条绑定可导入 {app},{refused} 条会被拒绝;加 --apply 正式执行。",
    ),
    "CLI-016": ("{count} rows had no times of a call.", "{count} 行没有通话时间。"),
    "CLI-017": ("Watching; Ctrl-C ends it.", "正在监视;按 Ctrl-C 结束。"),
    "CLI-018": ("Listening on {address}; Ctrl-C ends it.", "正在监听 {address};按 Ctrl-C 结束。"),
    "CLI-019": ("Name a FILE, or give --nightly.", "请指定文件或使用 --nightly。"),
    "CLI-020": ("There is no configuration {path}.", "没有配置文件 {path}。"),
    "CLI-021": ("The box answered {status} and no JSON.", "设备返回 {status},且不是 JSON。"),
    "CLI-022": ("The box answered {status}.", "设备返回 {status}。"),
    "CLI-023": ("it is not ASCII", "不是 ASCII"),
    "CLI-024": ("it is not UTF-8", "不是 UTF-8"),
    "CLI-025": (
        "Name the texts that were read by their ids, or --all.",
        "请给出已读短信的编号,或使用 --all。",
    ),
    "CLI-026": ("Name the LINE that has to blink.", "请指定要闪灯的线路 LINE。"),
    "CLI-027": ("There is no line {line}.", "没有线路 {line}。"),
    "CLI-028": (
        "The answers in {path} cannot be read: {reason}.",
        "无法读取 {path} 中的答案:{reason}。",
    ),
    "CLI-029": ("The answers in {path} are no JSON object.", "{path} 中的答案不是 JSON 对象。"),
    # Checks of the doctor
    "DOC-001": ("Python {version}", "Python {version}"),
    "DOC-002": (
        "SQLite {version}; at least {least} is needed",
        "SQLite {version};至少需要 {least}",
    ),
    "DOC-003": ("Configuration {path}", "配置 {path}"),
    "DOC-004": ("Data folder {path} can be written", "数据目录 {path} 可写"),
    "DOC-005": (
        "{free} MB free; at least {least} MB are needed",
        "剩余 {free} MB;至少需要 {least} MB",
    ),
    "DOC-006": ("openssl, to make a certificate", "openssl,用于生成证书"),
    "DOC-007": ("Box on {path}", "{path} 上的设备"),
    "DOC-008": ("Serial ports may be opened by this user", "当前用户可以打开串口"),
    "DOC-009": ("Voice runs in real time", "语音进程以实时优先级运行"),
    "DOC-010": ("Configuration {path}: {reason}", "配置 {path}:{reason}"),
    # What helps where a check failed: its code and 50
    "DOC-051": ("Install Python 3.11 or newer.", "请安装 Python 3.11 或更高版本。"),
    "DOC-052": ("Install a newer SQLite.", "请安装更高版本的 SQLite。"),
    "DOC-053": ("Name it with --config.", "请用 --config 指定。"),
    "DOC-054": (
        "Check that the data partition is mounted and belongs to the user simveil.",
        "请检查数据分区是否已挂载且属于用户 simveil。",
    ),
    "DOC-055": (
        "Export records and recordings, then: simveil retention.",
        "请导出记录与录音,然后执行 simveil retention。",
    ),
    "DOC-056": ("Install openssl, or set api.tls.", "请安装 openssl 或设置 api.tls。"),
    "DOC-057": (
        "Look why: journalctl -u simveil; start it: systemctl start simveil.",
        "查看原因:journalctl -u simveil;启动:systemctl start simveil。",
    ),
    "DOC-058": (
        "Plug in a modem, or add this user to the group dialout.",
        "请插入模块,或将当前用户加入 dialout 组。",
    ),
    "DOC-059": (
        "Set LimitRTPRIO=20 in the unit of the service; until then voice may have gaps.",
        "请在服务单元中设置 LimitRTPRIO=20;在此之前通话声音可能出现断续。",
    ),
    "DOC-060": (
        "Put that line right; simveil check-config FILE names every mistake.",
        "请改正该行;simveil check-config 文件 会列出所有错误。",
    ),
    # Column headings
    "COL-app": ("Application", "应用"),
    "COL-name": ("Name", "名称"),
    "COL-key": ("Key", "密钥号"),
    "COL-secret": ("Secret", "密钥"),
    "COL-mode": ("Mode", "模式"),
    "COL-active": ("Active", "启用"),
    "COL-sign": ("Signature", "签名"),
    "COL-record": ("Records", "录音"),
    "COL-sms": ("Texts", "短信"),
    "COL-msisdn": ("Number", "号码"),
    "COL-iccid": ("SIM", "SIM 卡"),
    "COL-imei": ("Modem", "模块"),
    "COL-family": ("Family", "型号"),
    "COL-role": ("Role", "用途"),
    "COL-city": ("City", "城市"),
    "COL-status": ("Status", "状态"),
    "COL-state": ("State", "状态"),
    "COL-explanation": ("Explanation", "说明"),
    "COL-operator": ("Operator", "运营商"),
    "COL-signal": ("Signal dBm", "信号 dBm"),
    "COL-queue": ("Waiting", "排队"),
    "COL-bindings": ("Bindings", "绑定数"),
    "COL-id": ("Id", "编号"),
    "COL-x": ("X", "X"),
    "COL-a": ("A", "A"),
    "COL-b": ("B", "B"),
    "COL-expires": ("Until", "到期"),
    "COL-at": ("At", "时间"),
    "COL-caller": ("Caller", "主叫"),
    "COL-callee": ("Callee", "被叫"),
    "COL-seconds": ("Seconds", "秒"),
    "COL-sender": ("From", "发送方"),
    "COL-recipient": ("To", "接收方"),
    "COL-parts": ("Parts", "条数"),
    "COL-body": ("Words", "内容"),
    "COL-kind": ("Kind", "类型"),
    "COL-line": ("Line", "线路"),
    "COL-url": ("Target", "推送目标"),
    "COL-attempts": ("Attempts", "次数"),
    "COL-error": ("Error", "错误"),
    "COL-changed": ("Changed", "更新时间"),
    "COL-check": ("Check", "检查"),
    "COL-ok": ("Good", "正常"),
    "COL-address": ("From", "来源"),
    "COL-path": ("Path", "路径"),
    "COL-code": ("Code", "结果码"),
    "COL-why": ("Why", "原因"),
    "COL-place": ("Where", "位置"),
    "COL-old": ("Old X", "原 X"),
    "COL-strategy": ("Way", "接续方式"),
    "COL-calls": ("Calls", "通话数"),
    "COL-busy": ("Busy hour", "忙时"),
    "COL-erlang": ("Erlang", "话务量"),
    "COL-erlangs": ("Erlang of trunks", "中继话务量"),
    "COL-trunks": ("Trunks", "中继数"),
    "COL-sims": ("SIMs", "SIM 卡数"),
    "COL-expected": ("Lost % by formula", "公式呼损 %"),
    "COL-replayed": ("Lost % in the busy hour, replayed", "重放忙时呼损 %"),
    "COL-overall": ("Lost % of all, replayed", "重放总呼损 %"),
    "COL-verdict": ("Verdict", "结论"),
    "COL-http": ("HTTP", "HTTP"),
    "COL-checks": ("Checks", "检查结果"),
    "COL-extension": ("Extension", "分机号"),
    "COL-remaining": ("Room", "剩余绑定"),
    "COL-names": ("Cities", "城市名"),
    "COL-numbers": ("Numbers", "号码数"),
    "COL-free": ("Free", "可绑定"),
    "COL-minutes": ("Minutes", "分钟"),
    "COL-of": ("Of", "额度"),
    "COL-percent": ("%", "%"),
    "COL-warning": ("Warning", "警告"),
    "COL-event": ("Event", "事件"),
    "COL-total": ("All", "总数"),
    "COL-done": ("Done", "成功"),
    "COL-failed": ("Failed", "失败"),
    "COL-reason": ("Reason", "原因"),
    "COL-note": ("Note", "说明"),
    "COL-subject": ("About", "对象"),
    "COL-since": ("Since", "起始时间"),
    "COL-cure": ("What helps", "处理办法"),
    # Values
    "VAL-true": ("yes", "是"),
    "VAL-false": ("no", "否"),
    **CARE,
    **COMMISSION,
    **CONSOLE,
    **LINE_STATES,
    **SWAP,
    **PROVISION,
    **HELP,
    **HELP_LINES,
    **REFUSALS,
    **REFUSED_BY_RULE,
    **REFUSED_BY_FORM,
    **SANDBOX,
    **SETUP,
    **STICKS,
}


def language_of(locale: str) -> Language:
    """Return the language of a locale such as ``zh_CN.UTF-8``; English for all but Chinese."""
    return "zh-CN" if locale.lower().startswith("zh") else "en"


def say(code: str, language: Language = "en", **facts: object) -> str:
    """Return a sentence with its facts filled in. Raises KeyError for an unknown code.

    A fact may be a sentence of its own: a mapping with its ``code`` and its ``facts``.
    """
    filled = {
        name: say(fact["code"], language, **fact["facts"]) if isinstance(fact, Mapping) else fact
        for name, fact in facts.items()
    }
    return SENTENCES[code][LANGUAGES.index(language)].format(**filled)


def said_again(sentence: str, language: Language) -> str:
    """Return a sentence that the box raised in English, in a language.

    What the catalogue does not have stays as it is: words of an operating system or a library.
    """
    if language == "en":
        return sentence
    for code, pattern in _patterns():
        if (found := pattern.fullmatch(sentence)) is not None:
            inner = [said_again(fact, language) for fact in found.groups()]
            return SENTENCES[code][LANGUAGES.index(language)].format(*inner)
    return sentence


def help_in(text: str, language: Language) -> str | None:
    """Return a text of the command line's help in a language, None when it is not known."""
    code = _helps().get(text)
    return None if code is None else SENTENCES[code][LANGUAGES.index(language)]


@functools.cache
def _helps() -> dict[str, str]:
    return {english: code for code, (english, _) in SENTENCES.items() if code.startswith("HLP-")}


@functools.cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Return how refusals are recognised, those with the most words of their own first."""
    found = []
    for code, (english, _) in SENTENCES.items():
        if code.startswith("REF-"):
            parts = list(string.Formatter().parse(english))
            pattern = "".join(
                re.escape(text) + ("" if fact is None else "(.+?)") for text, fact, *_ in parts
            )
            found.append((sum(len(text) for text, *_ in parts), code, pattern))
    found.sort(key=lambda one: -one[0])
    return [(code, re.compile(pattern, re.DOTALL)) for _, code, pattern in found]


def cure(code: str, language: Language = "en") -> str:
    """Return what helps against a finding: the sentence 50 codes on, or to look at the line."""
    family, _, number = code.partition("-")
    helps = f"{family}-{int(number) + 50:03}"
    return say(helps if helps in SENTENCES else "CON-158", language)
