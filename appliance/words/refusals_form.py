"""What is said of a configuration or a request that breaks a rule."""

from __future__ import annotations

from typing import Final

REFUSED_BY_FORM: Final[dict[str, tuple[str, str]]] = {
    # Rules of the configuration
    "REF-500": (
        "is neither a folder nor https://HOST/FOLDER/ nor ssh://user@host/folder",
        "既不是目录,也不是 https://HOST/FOLDER/ 或 ssh://user@host/folder",
    ),
    "REF-501": ("is HTTP without TLS, which is for loopback only", "是无 TLS 的 HTTP,仅限本机"),
    "REF-502": (
        "has a folder that is not plain letters, digits and ._-/",
        "目录只能包含字母、数字和 ._-/",
    ),
    "REF-503": (
        "quiet_from and quiet_until belong together",
        "quiet_from 与 quiet_until 须同时设置",
    ),
    "REF-504": ("names a strategy twice", "同一接续方式出现两次"),
    "REF-505": ("there is no file {0}", "没有文件 {0}"),
    "REF-506": ("names no address", "没有给出地址"),
    "REF-507": (
        "is longer than the 100 octets that a socket's path may have",
        "超过套接字路径允许的 100 字节",
    ),
    "REF-508": (
        "its times have to ascend, they are counted from the first attempt",
        "时间须递增,从第一次尝试算起",
    ),
    "REF-509": (
        "there is no time zone {0}, name one as Asia/Shanghai",
        "没有时区 {0},请写成 Asia/Shanghai 这样",
    ),
    "REF-510": ("{0} is the port of two lines", "{0} 被两条线路使用"),
    "REF-511": ("api.plain: excludes api.tls", "api.plain:不能与 api.tls 同时使用"),
    "REF-512": (
        "api.plain: {0} is not loopback; use api.tls, or api.force_plain = true",
        "api.plain:{0} 不是本机地址;请使用 api.tls 或 api.force_plain = true",
    ),
    "REF-513": (
        "virtual: excludes bank: a box has real modems or a virtual bank",
        "virtual:不能与 bank 同时使用:设备要么用真实模块,要么用虚拟模块库",
    ),
    "REF-514": ("unknown key, did you mean {0}?", "未知的键,是否想写 {0}?"),
    "REF-515": ("unknown key", "未知的键"),
    "REF-516": ("is missing", "缺失"),
    "REF-517": ("an ICCID is a string of 19 or 20 digits", "ICCID 是 19 或 20 位数字的字符串"),
    "REF-518": (
        'a number is a string such as "+8617000000001"',
        '号码是 "+8617000000001" 这样的字符串',
    ),
    "REF-519": (
        'an address is a string such as "127.0.0.1:7700"',
        '地址是 "127.0.0.1:7700" 这样的字符串',
    ),
    "REF-520": (
        "{0} is not on the loopback: the control is for this machine only",
        "{0} 不是本机地址:控制接口仅供本机使用",
    ),
    "REF-521": ("{0} has no port between 0 and 65535", "{0} 没有 0 至 65535 之间的端口"),
    "REF-522": ("{0} does not begin with 89 as an ICCID does", "{0} 不像 ICCID 那样以 89 开头"),
    "REF-523": ("{0} has a wrong check digit; {1} would be right", "{0} 的校验位有误;应为 {1}"),
    "REF-524": (
        '{0} is not an address such as "127.0.0.1:7700"',
        '{0} 不是 "127.0.0.1:7700" 这样的地址',
    ),
    "REF-525": ("{0} can't be read: {1}", "无法读取 {0}:{1}"),
    "REF-526": ("{0} is not TOML: {1}", "{0} 不是 TOML:{1}"),
    "REF-527": ("{0} has no [virtual] table", "{0} 没有 [virtual] 表"),
    # What pydantic says of a value
    "REF-528": ("input should be a valid integer", "应为整数"),
    "REF-529": (
        "input should be a valid integer, unable to parse string as an integer",
        "应为整数",
    ),
    "REF-530": (
        "input should be a valid integer, got a number with a fractional part",
        "应为整数,不能有小数",
    ),
    "REF-531": ("input should be a valid number", "应为数字"),
    "REF-532": ("input should be a valid number, unable to parse string as a number", "应为数字"),
    "REF-533": ("input should be a valid boolean", "应为 true 或 false"),
    "REF-534": ("input should be a valid boolean, unable to interpret input", "应为 true 或 false"),
    "REF-535": ("input should be a valid string", "应为字符串"),
    "REF-536": ("input should be a valid list", "应为列表"),
    "REF-537": ("input should be a valid dictionary or instance of {0}", "应为表({0})"),
    "REF-538": ("input should be greater than or equal to {0}", "应不小于 {0}"),
    "REF-539": ("input should be greater than {0}", "应大于 {0}"),
    "REF-540": ("input should be less than or equal to {0}", "应不大于 {0}"),
    "REF-541": ("input should be less than {0}", "应小于 {0}"),
    "REF-542": ("input should be {0}", "应为 {0}"),
    "REF-543": ("string should match pattern {0}", "应符合格式 {0}"),
    "REF-544": ("string should have at least {0} character", "至少 {0} 个字符"),
    "REF-545": ("string should have at least {0} characters", "至少 {0} 个字符"),
    "REF-546": ("string should have at most {0} characters", "最多 {0} 个字符"),
    "REF-547": ("list should have at least {0} item after validation", "列表至少应有 {0} 项"),
    "REF-548": ("field required", "缺少该字段"),
    "REF-549": ("extra inputs are not permitted", "不允许该字段"),
    "REF-550": ("{0}, not {1}", "{0},而不是 {1}"),
}
