"""Why a call ended, every code of its record in words, English and Chinese.

The English of state codes, release points and Q.850 causes is the model's, which also goes to
applications; here stand the Chinese, and both for what only the box's own record has.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from appliance.model import causes
from appliance.words.catalogue import LANGUAGES, Language

STATES_ZH: Final[dict[int, str]] = {
    0: "用户挂机。",
    522: "平台没有空闲的语音端口。",
    7001: "开发者呼叫频率超限。",
    7002: "应用呼叫频率超限。",
    7003: "显示号码呼叫频率超限。",
    7004: "被叫在黑名单中。",
    7005: "主叫在黑名单中。",
    7100: "应用信息不存在。",
    7101: "应用没有号码。",
    7102: "内部错误。",
    7105: "业务类型不匹配。",
    7106: "应用没有隐私号码能力。",
    7107: "安全提示音无法播放。",
    7108: "账号被冻结。",
    7109: "租户没有空闲的语音端口。",
    7500: "号段受限。",
    7501: "振铃前主叫挂机。",
    7502: "振铃中主叫挂机。",
    7503: "被叫拒接。",
    7504: "被叫因业务或拦截软件拒绝来电。",
    7505: "主叫侧网络故障。",
    7506: "被叫侧网络故障。",
    7507: "放音文件不存在。",
    7508: "呼叫无法路由。",
    7516: "转接前主叫挂机。",
    8006: "放音文件不存在。",
    8007: "最后一分钟提示音无法播放。",
    8008: "收号失败。",
    8010: "达到最大通话时长。",
    8011: "内部错误。",
    8013: "没有设置临时被叫。",
    8014: "绑定关系不存在。",
    8015: "录音失败。",
    8016: "不允许该呼叫方向。",
    8018: "没有呼叫权限。",
    8019: "没有回呼记录。",
    8020: "内部错误。",
    8022: "分机号的绑定关系不存在。",
    8023: "固话不能作主叫。",
    8024: "不允许显示真实主叫号码。",
    8025: "隐私号码不存在。",
    8030: "绑定关系不存在。",
    8031: "无法分配 Y 号码。",
    8032: "机主拨打自己的隐私号码。",
    8033: "没有输入分机号。",
    8035: "接续超时。",
    8040: "内部错误。",
    8041: "录音失败。",
    8042: "国际呼入受限。",
    8043: "国际呼出受限。",
    8044: "通话时长异常。",
    8046: "接通率异常。",
    8047: "主叫呼叫频率超限。",
    8048: "被叫呼叫频率超限。",
    8049: "业务号码呼叫频率超限。",
    8050: "该时段不允许呼叫。",
    8051: "子企业被停用。",
    8055: "隐私号码不可用。",
    8056: "测试呼叫不允许该号码。",
    8057: "呼叫方向受控。",
    8100: "被叫号码不存在。",
    8101: "被叫无应答。",
    8102: "被叫忙。",
    8103: "被叫无法接通。",
    8104: "被叫关机。",
    8105: "被叫停机。",
    8139: "内部错误。",
}
"""``stateCode`` in Chinese."""

RELEASE_POINTS_ZH: Final[dict[int, str]] = STATES_ZH | {
    7103: "主叫信息不存在。",
    7104: "AX 绑定关系不存在。",
    8002: "对端返回失败提示音。",
    8003: "振铃超时。",
    8004: "振铃中释放。",
    8005: "文字无法转为语音。",
    8007: "放音失败。",
    8009: "应答前主叫挂机。",
    8012: "app_key 无效。",
    8017: "应用结束呼叫。",
    8058: "用户未实名。",
    8059: "运营商拦截。",
}
"""``ulFailReason`` in Chinese."""

Q850_ZH: Final[dict[int, str]] = {
    0: "不适用",
    1: "空号",
    2: "无到网络的路由",
    3: "无到目的地的路由",
    4: "特殊信息音",
    5: "长途前缀错误",
    6: "信道不可接受",
    7: "信道已建立",
    8: "被抢占",
    9: "被抢占,保留",
    16: "正常释放",
    17: "用户忙",
    18: "用户无响应",
    19: "用户无应答",
    20: "用户不在",
    21: "拒绝",
    22: "号码已改",
    23: "转向",
    25: "交换路由错误",
    26: "非所选用户",
    27: "目的地故障",
    28: "号码格式错误",
    29: "设施被拒绝",
    30: "状态查询",
    31: "正常",
    34: "无电路",
    38: "网络故障",
    39: "业务链路中断",
    40: "链路进行中",
    41: "临时故障",
    42: "拥塞",
    43: "信息被丢弃",
    44: "信道不可用",
    46: "呼叫受阻",
    47: "无资源",
    49: "服务质量不可用",
    50: "未签约设施",
    53: "闭合用户群呼出受限",
    55: "闭合用户群呼入受限",
    57: "未授权",
    58: "不可用",
    62: "类别不一致",
    63: "业务不可用",
    65: "承载未实现",
    66: "信道类型未实现",
    69: "设施未实现",
    70: "仅限受限承载",
    79: "业务未实现",
    81: "无效参考",
    82: "无此信道",
    83: "无此标识",
    84: "呼叫标识占用或不存在",
    85: "无等待的呼叫",
    86: "呼叫已清除",
    87: "非闭合用户群成员",
    88: "终端不兼容",
    90: "无此闭合用户群",
    91: "网络无效",
    95: "消息无效",
    96: "缺少必选信息单元",
    97: "消息类型未知",
    98: "消息未执行",
    99: "信息单元未知",
    100: "信息单元无效",
    101: "状态错误",
    102: "定时器超时",
    103: "参数未知",
    110: "参数无法识别",
    111: "协议错误",
    127: "互通",
}
"""``fwdUnaswRsn`` in Chinese."""

_SIP: Final[dict[int, tuple[str, str]]] = {
    0: ("nothing failed", "没有失败"),
    403: ("Forbidden", "禁止"),
    404: ("Not Found", "号码不存在"),
    408: ("Request Timeout", "请求超时"),
    410: ("Gone", "号码已失效"),
    480: ("Temporarily Unavailable", "暂时无法接通"),
    483: ("Too Many Hops", "跳数过多"),
    484: ("Address Incomplete", "号码不完整"),
    486: ("Busy Here", "忙"),
    487: ("Request Terminated", "请求被终止"),
    488: ("Not Acceptable Here", "不可接受"),
    500: ("Server Internal Error", "内部错误"),
    501: ("Not Implemented", "未实现"),
    502: ("Bad Gateway", "网关错误"),
    503: ("Service Unavailable", "服务不可用"),
    504: ("Server Time-out", "服务器超时"),
    603: ("Decline", "拒绝"),
}
"""SIP statuses that a record may hold: RFC 3261 §21."""
_ENDED_BY: Final[dict[str, tuple[str, str]]] = {
    "caller": ("the caller hung up", "主叫挂机"),
    "callee": ("the callee hung up", "被叫挂机"),
    "box": ("the box ended it", "设备结束通话"),
    "application": ("the application ended it", "应用结束通话"),
}
_STRATEGIES: Final[dict[str, tuple[str, str]]] = {
    "conference": ("both legs on X's modem, mixed by the network", "同一模块,由网络混音"),
    "bridge": ("two modems, joined by the box", "两个模块,由设备桥接"),
    "transfer": ("handed over to the network", "转交给网络"),
}


def state(code: int, language: Language = "en") -> str:
    """Return what a ``stateCode`` means."""
    return causes.state_text(code) if language == "en" else _known(STATES_ZH, code, language)


def release_point(code: int, language: Language = "en") -> str:
    """Return what an ``ulFailReason`` means; 0 is a call that ended after its answer."""
    if code == 0:
        return ("it ended after the answer", "应答后结束")[LANGUAGES.index(language)]
    tables = (causes.RELEASE_POINTS, RELEASE_POINTS_ZH)
    return _known(tables[LANGUAGES.index(language)], code, language)


def q850(code: int, language: Language = "en") -> str:
    """Return what a ``fwdUnaswRsn`` means."""
    return _known((causes.Q850, Q850_ZH)[LANGUAGES.index(language)], code, language)


def explained(call: Mapping[str, Any], language: Language = "en") -> dict[str, str]:
    """Return every code of a call's record in words, by the record's own key.

    Args:
        call: With ``state_code``, ``release_point``, ``q850``, ``sip_status``, ``ended_by`` and
            ``strategy``; what is None or absent is left out.
    """
    place = LANGUAGES.index(language)
    words: dict[str, str] = {}
    if call.get("state_code") is not None:
        words["state_code"] = state(call["state_code"], language)
    words["release_point"] = release_point(call.get("release_point") or 0, language)
    words["q850"] = q850(call.get("q850") or 0, language)
    status = call.get("sip_status") or 0
    words["sip_status"] = _SIP[status][place] if status in _SIP else f"SIP {status}"
    for name, table in (("ended_by", _ENDED_BY), ("strategy", _STRATEGIES)):
        value = call.get(name)
        if value in table:
            words[name] = table[value][place]
    return words


def _known(table: Mapping[int, str], code: int, language: Language) -> str:
    unknown = ("no table knows it", "未收录的代码")[LANGUAGES.index(language)]
    return table.get(code, unknown)
