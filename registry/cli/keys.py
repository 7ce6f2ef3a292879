"""``registry keys``: make the key of a log, show the public half for the charter."""

from pathlib import Path

import click

from registry.cli.options import json_option, password_bytes, password_options, workdir_option
from registry.cli.output import Output
from registry.exchange.workdir import Workdir


@click.group()
def keys() -> None:
    """日志密钥：生成、显示公钥。The keys of logs."""


@keys.command()
@json_option
@password_options
@click.option(
    "--origin",
    required=True,
    metavar="HOST/SEGMENT",
    help="日志名称，如 xinyong.wuhu.gov.cn/credit。Name of the log.",
)
@click.option(
    "--out",
    "--workdir",
    "workdir",
    required=True,
    envvar="REGISTRY_WORKDIR",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="工作目录。Working folder.",
)
@click.option(
    "--next",
    "further",
    is_flag=True,
    help="轮换：再生成一个，自章程所定时刻起使用。One more, to be used when the charter says.",
)
@click.pass_obj
def new(
    out: Output,
    *,
    workdir: Path,
    origin: str,
    further: bool,
    password: str | None,
    password_file: Path | None,
) -> None:
    """生成日志密钥，加密保存。Make the key of a log; prints its vkey for the charter.

    With --next one more beside it. Once a later charter names it and its window has begun, the
    tool signs with it by itself; `registry publish --resign` has it sign the log as it stands.
    """
    secret = password_bytes(password, password_file, confirm=True)
    folder = Workdir(workdir)
    with folder.locked():
        vkey = folder.new_key(origin, secret, further=further)
        path = folder.path_of(vkey)
    out.say(f"密钥已加密保存：{path}", "(encrypted key)")
    out.say("请备份密钥文件与口令；丢失后无法恢复。", "Back up both: a lost key is lost.")
    out.say("写入章程的公钥：", "vkey for the charter:")
    out.say(str(vkey))
    out.result({"ok": True, "origin": origin, "key": str(path), "vkey": str(vkey)})


@keys.command()
@json_option
@workdir_option
@click.pass_obj
def show(out: Output, workdir: Path) -> None:
    """显示工作目录中的公钥。Print the vkey texts of the working folder."""
    vkeys = [str(key) for key in Workdir(workdir).vkeys()]
    for vkey in vkeys:
        out.say(vkey)
    out.result({"ok": True, "vkeys": vkeys})
