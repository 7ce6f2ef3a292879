"""``registry keys``: make the key of a log, show its public half, keep it in a process apart."""

import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path

import click

from registry.cli.options import json_option, password_bytes, password_options, workdir_option
from registry.cli.output import Output
from registry.exchange import durable
from registry.exchange.errors import PublishError
from registry.exchange.signer_service import serve as serve_signer
from registry.exchange.workdir import Workdir
from signing.algorithms import BY_NAME, LOG_TYPES
from signing.errors import SigningError
from signing.keys import SigningKey

socket_option = click.option(
    "--socket",
    "service",
    required=True,
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="签名服务的本地套接字。Local socket of the signing service.",
)
out_option = click.option(
    "--out",
    "--workdir",
    "workdir",
    required=True,
    envvar="REGISTRY_WORKDIR",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="工作目录。Working folder.",
)


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
@out_option
@click.option(
    "--next",
    "further",
    is_flag=True,
    help="再生成一个，自章程所定时刻起使用。One more, to be used when the charter says.",
)
@click.option(
    "--algorithm",
    default="ed25519",
    type=click.Choice([name for name, number in BY_NAME.items() if number in LOG_TYPES]),
    help="签名算法；非 Ed25519 者须与 --next 并用。Others than Ed25519 go beside it, with --next.",
)
@click.pass_obj
def new(  # noqa: PLR0913 - one for each option
    out: Output,
    *,
    workdir: Path,
    origin: str,
    further: bool,
    algorithm: str,
    password: str | None,
    password_file: Path | None,
) -> None:
    """生成日志密钥，加密保存。Make the key of a log; prints its vkey for the charter.

    With --next one more. Once a later charter names it and its window has begun, the tool signs
    with it by itself: in the place of the one before, or as well where its algorithm is another.
    `registry publish --resign` has it sign the log as it stands.
    """
    secret = password_bytes(password, password_file, confirm=True)
    folder = Workdir(workdir)
    with folder.locked():
        vkey = folder.new_key(origin, secret, BY_NAME[algorithm], further=further)
        path = folder.path_of(vkey)
    out.say(f"密钥已加密保存：{path}", "(encrypted key)")
    out.say("请备份密钥文件与口令；丢失后无法恢复。", "Back up both: a lost key is lost.")
    out.say("写入章程的公钥：", "vkey for the charter:")
    out.say(str(vkey))
    out.result({"ok": True, "origin": origin, "key": str(path), "vkey": str(vkey)})


@keys.command()
@json_option
@password_options
@click.option(
    "--name",
    required=True,
    metavar="NAME",
    help="密钥名称：日志名称，或节点名加 /mirror、/witness。Key name: a log's, or a cosigner's.",
)
@click.option(
    "--algorithm",
    required=True,
    type=click.Choice(list(BY_NAME)),
    help="签名算法；sm2 需要组件 gm。Algorithm; sm2 needs the extra gm.",
)
@click.option(
    "--out",
    "file",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="加密的密钥文件；已有文件不覆盖。The encrypted key file; never overwritten.",
)
@click.pass_obj
def make(
    out: Output,
    name: str,
    algorithm: str,
    file: Path,
    password: str | None,
    password_file: Path | None,
) -> None:
    """生成任一算法的密钥文件，如节点见证密钥。Make a key file of any algorithm, for a node."""
    key = SigningKey.generate(name, BY_NAME[algorithm])
    pem = key.to_pem(password_bytes(password, password_file, confirm=True))
    durable.write_new(file, pem)
    out.say(f"密钥已加密保存：{file}", "(encrypted key)")
    out.say(str(key.vkey))
    out.result({"ok": True, "key": str(file), "vkey": str(key.vkey)})


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


@keys.command()
@json_option
@password_options
@click.option(
    "--key",
    "file",
    required=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="加密的密钥文件。The encrypted key file.",
)
@socket_option
@click.pass_obj
def serve(
    out: Output, file: Path, service: Path, password: str | None, password_file: Path | None
) -> None:
    """以本地套接字提供签名，只签检查点，Ctrl-C 结束。Sign checkpoints at a local socket."""
    try:
        key = SigningKey.from_pem(file.read_bytes(), password_bytes(password, password_file))
    except SigningError as error:
        raise PublishError("key-file", path=file, reason=f"{error.zh} / {error}") from error

    def ready() -> None:
        out.say(f"签名服务已就绪：{service}", f"signs for {key.name}")
        out.result({"ok": True, "socket": str(service), "vkey": str(key.vkey)})

    with _told_to_stop() as told:
        serve_signer(key, service, stopping=lambda: bool(told), ready=ready)


@contextlib.contextmanager
def _told_to_stop() -> Iterator[list[int]]:
    """Note Ctrl-C and SIGTERM instead of being ended by them, so that the socket is removed."""
    told: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda got, _frame: told.append(got)) for number in numbers]
    try:
        yield told
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


@keys.command()
@json_option
@socket_option
@out_option
@click.pass_obj
def attach(out: Output, workdir: Path, service: Path) -> None:
    """改由签名服务签署，工作目录不存密钥。Use the key of a signing service instead of a file."""
    folder = Workdir(workdir)
    with folder.locked():
        vkey = folder.attach(service)
    out.say("以后由签名服务签署；写入章程的公钥：", "signed there from now on; vkey:")
    out.say(str(vkey))
    out.result({"ok": True, "origin": vkey.name, "socket": str(service), "vkey": str(vkey)})
