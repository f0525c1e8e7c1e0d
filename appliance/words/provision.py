"""Sentences of setting a box up from the file on its boot partition."""

from __future__ import annotations

from typing import Final

PROVISION: Final[dict[str, tuple[str, str]]] = {
    # What is wrong with the file
    "PRV-000": ("Line {line}: {what}", "第 {line} 行:{what}"),
    "PRV-001": ("The file is larger than 64 kB.", "文件超过 64 kB。"),
    "PRV-002": (
        "This is a document of a word processor; save it as plain text.",
        "这是文字处理软件的文档;请另存为纯文本。",
    ),
    "PRV-003": ("This is not text in UTF-8.", "这不是 UTF-8 文本。"),
    "PRV-004": ("{key} is already on line {first}.", "{key} 在第 {first} 行已出现。"),
    "PRV-005": (
        "{character} was put in by the editor; use the plain sign of the keyboard.",
        "{character} 是编辑器自动替换的字符;请使用键盘上的普通符号。",
    ),
    "PRV-006": ("There is no = on it.", "该行没有等号(=)。"),
    "PRV-007": ("{key} is not a setting.", "没有名为 {key} 的设置。"),
    "PRV-008": (
        "{key} is not a setting; did you mean {near}?",
        "没有名为 {key} 的设置;是否想写 {near}?",
    ),
    "PRV-009": ("A quotation mark is opened and not closed.", "引号没有成对。"),
    "PRV-010": ("There is a control character in the value.", "值中含有控制字符。"),
    "PRV-011": (
        "There is a character in the value that is none of ASCII.",
        "值中含有非 ASCII 字符。",
    ),
    "PRV-012": ("{key} is of no use without {other}.", "只有 {key} 而没有 {other} 不起作用。"),
    "PRV-013": ("A gateway goes with a fixed address only.", "只有使用固定地址时才能填写网关。"),
    "PRV-014": (
        "The certificate's file is not beside this one.",
        "证书文件不在本文件所在的目录。",
    ),
    "PRV-015": ("The key's file is not beside this one.", "私钥文件不在本文件所在的目录。"),
    "PRV-016": (
        "Certificate and key are not a pair of PEM files without a password.",
        "证书与私钥不是一对没有密码的 PEM 文件。",
    ),
    "PRV-020": (
        "A name has 1 to 32 letters, digits and hyphens, no hyphen first or last.",
        "名称为 1 到 32 个字母、数字和连字符,首尾不能是连字符。",
    ),
    "PRV-021": ("This is none of: {known}.", "只能是:{known}。"),
    "PRV-022": (
        "This is not a time zone such as Asia/Shanghai.",
        "这不是时区名,例如 Asia/Shanghai。",
    ),
    "PRV-023": (
        "This is not a country's code of two letters such as CN.",
        "这不是两个字母的国家代码,例如 CN。",
    ),
    "PRV-024": (
        "This is not an address with its prefix such as 192.168.1.50/24.",
        "这不是带前缀长度的地址,例如 192.168.1.50/24。",
    ),
    "PRV-025": (
        "This is not a list of networks such as 10.0.0.0/24.",
        "这不是网段列表,例如 10.0.0.0/24。",
    ),
    "PRV-026": (
        "This is not an IP address such as 192.168.1.1.",
        "这不是 IP 地址,例如 192.168.1.1。",
    ),
    "PRV-027": (
        "This is neither a host name nor an IP address.",
        "这既不是主机名也不是 IP 地址。",
    ),
    "PRV-028": (
        "This is not a host with its port such as vpn.example.com:51820.",
        "这不是带端口的主机,例如 vpn.example.com:51820。",
    ),
    "PRV-029": (
        "This is not a WireGuard key: 44 characters, the last one =.",
        "这不是 WireGuard 密钥:应为 44 个字符,最后一个是 =。",
    ),
    "PRV-030": ("This is not a number of seconds up to 65535.", "这不是 65535 以内的秒数。"),
    "PRV-031": (
        "This is not the name of a file on this partition.",
        "这不是本分区上的文件名。",
    ),
    "PRV-032": (
        "This is not an address that begins with http:// or https://.",
        "这不是以 http:// 或 https:// 开头的地址。",
    ),
    "PRV-033": ("A name has at most 64 characters.", "名称最多 64 个字符。"),
    "PRV-034": (
        "This is not a public key of SSH such as ssh-ed25519 AAAA...",
        "这不是 SSH 公钥,例如 ssh-ed25519 AAAA…。",
    ),
    # What came of it
    "PRV-101": ("Box", "设备"),
    "PRV-102": ("Written", "写入时间"),
    "PRV-103": ("Interface", "接口地址"),
    "PRV-104": ("Certificate (SHA-256)", "证书指纹(SHA-256)"),
    "PRV-105": ("Lines ready", "就绪线路"),
    "PRV-106": ("WireGuard public key of this box", "本设备的 WireGuard 公钥"),
    "PRV-107": ("First application (key)", "首个应用(密钥号)"),
    "PRV-110": (
        "Nothing of simveil.txt was used, what was in force still is:",
        "simveil.txt 未被采用,原有设置继续生效:",
    ),
    "PRV-111": ("Missing:", "尚缺:"),
    "PRV-112": ("Nothing is missing.", "一切就绪。"),
    "PRV-120": ("simveil.txt: there is none.", "没有 simveil.txt。"),
    "PRV-121": ("A network: no address yet.", "网络:尚无地址。"),
    "PRV-122": (
        "The time: no source has told it yet; records are marked until then.",
        "时间:尚无可靠来源;在此之前的记录会带有标记。",
    ),
    "PRV-123": (
        "The service: it does not answer. See the console on the serial port.",
        "服务:没有应答。请查看串口控制台。",
    ),
    "PRV-124": ("A modem: none was found.", "模块:未发现任何模块。"),
    "PRV-125": ("Line ..{line}: {state}.", "线路 …{line}:{state}。"),
    "PRV-126": ("A number: no SIM is enrolled.", "号码:没有登记任何 SIM 卡。"),
    "PRV-127": ("An application.", "应用。"),
    # What the command says
    "PRV-130": ("{path} has no mistakes.", "{path} 没有错误。"),
    "PRV-131": ("In force.", "已生效。"),
    "PRV-132": ("In force already.", "原已生效。"),
    "PRV-133": ("There is no file {path}.", "没有文件 {path}。"),
    "PRV-134": ("The time is known ({source}).", "时间已知({source})。"),
    "PRV-135": (
        "The time is unknown: neither the network nor two modems that agree tell it.",
        "时间未知:网络和两个一致的模块都没有给出时间。",
    ),
}
