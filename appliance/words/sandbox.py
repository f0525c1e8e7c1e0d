"""Sentences of the sandbox."""

from __future__ import annotations

from typing import Final

SANDBOX: Final[dict[str, tuple[str, str]]] = {
    "SBX-001": ("starting a virtual bank and a box ...", "正在启动虚拟模块库和设备……"),
    "SBX-002": ("push {path}, signature {valid}: {body}", "推送 {path},签名{valid}:{body}"),
    "SBX-003": ("valid", "有效"),
    "SBX-004": ("INVALID", "无效"),
    "SBX-005": (
        """
interface   {base}   (AXB; sign as the documents say)
APP_Key     {key}
APP_Secret  {secret}
bank        {control}   (lines {x}, {second}; trunk {trunk})
binding     {a} - {x} - {b}   subscriptionId {bound}
config      {config}   (for: simveil line list --config FILE)

This makes {b}'s phone ring:

{command}

Then, for instance: POST .../phones/%2B{b_digits}/answer, GET .../phones/%2B{b_digits}.
Ctrl-C ends everything. Pushes appear below.
""",
        """
接口        {base}   (AXB;按文档签名)
APP_Key     {key}
APP_Secret  {secret}
模块库      {control}   (线路 {x}、{second};中继 {trunk})
绑定        {a} - {x} - {b}   subscriptionId {bound}
配置        {config}   (用于:simveil line list --config 文件)

以下命令使 {b} 的电话响铃:

{command}

之后例如:POST …/phones/%2B{b_digits}/answer,GET …/phones/%2B{b_digits}。
按 Ctrl-C 全部结束。推送显示在下方。
""",
    ),
}
