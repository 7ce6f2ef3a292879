"""The ``registry`` command.

Each family of commands is a module that is imported only when one of its commands is called: a
city's publishing tool neither loads nor needs the parts of a node. Exit codes: 0 done, 1 refused or
failed, 2 wrong usage. An expected failure never shows a traceback.
"""

import importlib.metadata
import sys
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn

import click

from registry.cli.lazy import Lazy, LazyGroup
from registry.cli.output import Output
from registry.errors import RegistryError
from signing.errors import SigningError

COMMANDS: Final[Mapping[str, Lazy]] = {
    "keys": Lazy("keys", "keys", "日志密钥：生成、显示公钥。The keys of logs."),
    "check": Lazy(
        "publish", "check", "校验文件，不签名、不发送。Check FILE; nothing is signed or sent."
    ),
    "seal": Lazy("publish", "seal", "签名并封存通过校验的行。Sign what passed, send nothing."),
    "publish": Lazy(
        "publish", "publish", "校验、签名、报送，可续传。Check, sign and send FILE; or resume."
    ),
    "status": Lazy(
        "status", "status", "各日志：已确认、待发送、待修正。What is confirmed, unsent and to fix."
    ),
    "set-aside": Lazy(
        "status",
        "set_aside",
        "移开与节点冲突、不得发送的批次。Move away sealed batches that must not be sent.",
    ),
    "template": Lazy(
        "publish",
        "template",
        "写出某类信息的空白模板（.xlsx 或 .csv）。Write an empty template.",
    ),
    "import": Lazy("importing", "importing", "导入已有数据。Import existing data."),
    "charter": Lazy(
        "charter",
        "charter",
        "章程：起草、签署、合并、比较、采用。The charter: draft, sign, combine, compare, adopt.",
    ),
    "verify": Lazy(
        "verify",
        "verify",
        "离线核验批次、回执、证明、章程、凭证。Verify signed files offline.",
    ),
    "replay": Lazy(
        "replay",
        "replay",
        "重演已保存的决定，逐字节一致方为通过。Make a saved decision again, byte for byte.",
    ),
    "serve": Lazy("node", "serve", "运行节点，Ctrl-C 结束。Run a node until Ctrl-C."),
    "audit": Lazy(
        "node",
        "audit",
        "重新计算全部摘要、根、回执、派生数据并核对。"
        "Recompute digests, roots, receipts, rows, index.",
    ),
    "refill": Lazy(
        "node", "refill", "用封存的批次补齐由旧备份恢复的节点。Refill a node from sealed batches."
    ),
    "doctor": Lazy(
        "doctor",
        "doctor",
        "自检：数据库、密钥、章程、字体、检索、其他节点。Check a node and its connections.",
    ),
    "reconcile": Lazy(
        "reconcile",
        "reconcile",
        "国家平台对账、信用修复通知。The national status, and repair notices.",
    ),
    "search-quality": Lazy(
        "quality",
        "search_quality",
        "检索质量：用本节点自己的名称测算。Measure how well this node finds its own names.",
    ),
    "follow": Lazy(
        "follow",
        "follow",
        "其他节点的日志：同步情况与警报。How the logs of other nodes are followed, and alarms.",
    ),
    "alarms": Lazy(
        "alarms",
        "alarms",
        "警报：列出、查看证据、确认。Alarms: list them, show evidence, take note.",
    ),
    "link": Lazy(
        "links",
        "link",
        "两个主体是否同一：判断、撤销、列出。Judge two subjects the same or different.",
    ),
    "rules": Lazy(
        "rulebooks",
        "rules",
        "规则汇编：校验、清单、对全体的适用、草案的影响。Rulebooks: gate, lists, population.",
    ),
    "standards": Lazy(
        "standards",
        "standards",
        "标准：标准号、目录、能否用于某地。Numbers, catalogues; may a standard serve there.",
    ),
    "screen": Lazy(
        "screen",
        "screen",
        "名单筛查：逐行查明是谁、有哪些措施适用提示。Screen a list of names or codes.",
    ),
    "export": Lazy(
        "exports",
        "export",
        "数据导出：供省级平台、信用中国等使用。Exports to other doors.",
    ),
    "entry": Lazy(
        "entry",
        "entry",
        "市场准入：某行业是否在负面清单上。Is an activity on a negative list.",
    ),
    "key": Lazy(
        "access", "key", "接口密钥：签发、列出、撤销、更换。Issue, list, revoke, rotate API keys."
    ),
    "access": Lazy("access", "access", "访问日志：谁查询过什么。Who read what."),
    "feeds": Lazy(
        "feeds",
        "feeds",
        "数据推送：批准、列出、暂停、未确认的停止通知、死信。Feeds of approved consumers.",
    ),
    "db": Lazy("node", "db", "数据库：迁移、检查。The node's database."),
    "demo": Lazy(
        "demo",
        "demo",
        "运行演示区域（虚构企业）。Run the demonstration region of fictional enterprises.",
    ),
}
"""Command name -> command, in the order of the help."""

FAILED: Final = 1


class Commands(LazyGroup):
    """All commands."""

    lazy = COMMANDS


def _version() -> str:
    try:
        return importlib.metadata.version("credit-registry")
    except importlib.metadata.PackageNotFoundError:
        return "0 (run from a folder that is not installed)"


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(_version(), prog_name="registry", help="显示版本。Show the version.")
def cli() -> None:
    """区域公共信用信息登记。Signed public credit records of a region's cities."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    out = Output()
    try:
        code = cli.main(arguments, prog_name="registry", standalone_mode=False, obj=out)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        click.echo("已中止 / aborted", err=True)
        return FAILED
    except (RegistryError, SigningError, OSError) as error:
        out.failed(error)
        return FAILED
    except Exception as error:  # noqa: BLE001 - the last net: nobody should meet a traceback
        out.unforeseen(error)
        return FAILED
    return code if isinstance(code, int) else 0


def main() -> NoReturn:
    """Run the command line of this process."""
    sys.exit(run())
