"""Options that several commands share, and what they open."""

import functools
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

import click

from registry.cli.output import Output
from registry.clock import SystemClock, today, unix
from registry.exchange.client import HttpNode
from registry.exchange.errors import PublishError
from registry.exchange.flow import Work
from registry.exchange.home import Trust
from registry.exchange.publisher import Publisher
from registry.exchange.sealed import LogSigner, SealedLog
from registry.exchange.workdir import Workdir
from signing.charter import Charter

Function = TypeVar("Function", bound=Callable[..., object])

SALT_BYTES: Final = 16


def new_salt() -> str:
    """Return 32 random lowercase hexadecimal digits."""
    return secrets.token_hex(SALT_BYTES)


def json_option(function: Function) -> Function:
    """Add ``--json``."""

    def remember(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001 - the signature of click's callbacks
        ctx.ensure_object(Output).as_json = value

    return click.option(
        "--json",
        is_flag=True,
        expose_value=False,
        callback=remember,
        is_eager=True,
        help="输出 JSON。Print one JSON document.",
    )(function)


def workdir_option(function: Function, *, required: bool = True) -> Function:
    """Add ``--workdir``."""
    return click.option(
        "--workdir",
        required=required,
        envvar="REGISTRY_WORKDIR",
        metavar="DIR",
        type=click.Path(file_okay=False, path_type=Path),
        help="工作目录：密钥、封存的批次与回执。Folder of keys, sealed batches and receipts.",
    )(function)


def origin_option(function: Function) -> Function:
    """Add ``--origin``, which can be left out where the folder has one key."""
    return click.option(
        "--origin",
        default="",
        metavar="HOST/SEGMENT",
        help="日志名称；只有一个密钥时可省略。Name of the log; not needed with a single key.",
    )(function)


def node_option(function: Function) -> Function:
    """Add ``--node``."""
    return click.option(
        "--node",
        "node_url",
        default="",
        envvar="REGISTRY_NODE",
        metavar="URL",
        help="主节点地址。Address of the home node.",
    )(function)


def charter_option(function: Function) -> Function:
    """Add ``--charter``."""
    return click.option(
        "--charter",
        "charter_file",
        metavar="FILE",
        type=click.Path(dir_okay=False, path_type=Path),
        help="章程文件；缺省为工作目录中的章程。Charter; by default the one kept in the folder.",
    )(function)


def password_options(function: Function) -> Function:
    """Add ``--password`` and ``--password-file``; with neither, the terminal is asked."""
    function = click.option(
        "--password-file",
        envvar="REGISTRY_KEY_PASSWORD_FILE",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="密钥口令文件（首行）。File whose first line is the password of the key.",
    )(function)
    return click.option(
        "--password",
        envvar="REGISTRY_KEY_PASSWORD",
        metavar="TEXT",
        help="密钥口令；宜用环境变量 REGISTRY_KEY_PASSWORD。Better given in the environment.",
    )(function)


def password_bytes(password: str | None, file: Path | None, *, confirm: bool = False) -> bytes:
    """Return the password given, or ask for it."""
    if password is None and file is not None:
        password = file.read_text("utf-8").partition("\n")[0].rstrip("\r")
    if password is None:
        password = str(
            click.prompt(
                "密钥口令 Password of the key",
                hide_input=True,
                confirmation_prompt=confirm,
                err=True,
            )
        )
    return password.encode()


@dataclass(frozen=True, slots=True)
class Session:
    """What a publishing command works with, opened only as far as it is needed."""

    out: Output
    workdir: Workdir
    node: HttpNode | None
    charter_file: Path | None
    password: Callable[[], bytes]
    given_origin: str = ""
    new_log: bool = False
    _charters: list[Charter] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """The log named, or that of the only key here."""
        if self.given_origin:
            return self.given_origin
        names = sorted({key.name for key in self.workdir.vkeys()})
        if len(names) != 1:
            shown = ", ".join(names) or "-"
            message = f"请用 --origin 指定日志（本目录有：{shown}）。Name the log with --origin."
            raise click.UsageError(message)
        return names[0]

    @property
    def charter(self) -> Charter:
        """The charter in force, looked for once in a run."""
        if not self._charters:
            first = not self.workdir.has_charter
            self._charters.append(self.workdir.charter(self.node, self.charter_file))
            if first:
                digest = self._charters[0].digest.hex()
                self.out.say(f"首次采用章程，请与公布的摘要核对：sha256:{digest}")
                self.out.say("First charter taken here: compare its digest with the published one.")
            standing = self.charter.standing(today(SystemClock()))
            if standing.zh:
                self.out.say(f"注意：{standing.zh}。")
                self.out.say(f"  {standing.en}.")
        return self._charters[0]

    def trust(self, origin: str) -> Trust:
        """Return what counts as proof for a log, by the charter in force."""
        return Trust(self.charter, origin)

    def key(self, origin: str) -> LogSigner:
        """Return the key with which a log signs today, decrypted or at its service.

        Asks for the password at most once, and only for a key in a file.
        """
        return self.workdir.signer_for(self.trust(origin), unix(SystemClock()), self.password)

    def work(self, origin: str, log: SealedLog, *, send: bool = True) -> Work:
        """Return everything a run on one log works with; without ``send`` it only seals."""
        publisher = Publisher(log, self.trust(origin), SystemClock(), self.node)
        key = functools.cache(lambda: self.key(origin))
        node = self.node if send else None
        return Work(publisher, key, origin, node, new_log=self.new_log)

    def require_node(self) -> HttpNode:
        """Return the node, or say that one is needed.

        Raises:
            PublishError: ``no-node``.
        """
        if self.node is None:
            raise PublishError("no-node")
        return self.node


def connect(url: str) -> HttpNode | None:
    """Return the node at an address for the length of the command; None for no address."""
    if not url:
        return None
    node = HttpNode(url)
    click.get_current_context().call_on_close(node.close)
    return node


def session_options(function: Callable[..., None], *, required: bool = True) -> Callable[..., None]:
    """Add the options of a :class:`Session` that reads; it is passed on as ``session``.

    Not required, ``session`` is None when no working folder was named.
    """

    @json_option
    @functools.partial(workdir_option, required=required)
    @origin_option
    @node_option
    @charter_option
    @functools.wraps(function)
    def wrapper(  # noqa: PLR0913 - one parameter for each option
        *args: object,
        workdir: Path | None,
        origin: str,
        node_url: str,
        charter_file: Path | None,
        password: str | None = None,
        password_file: Path | None = None,
        new_log: bool = False,
        **others: object,
    ) -> None:
        session = workdir and Session(
            click.get_current_context().ensure_object(Output),
            Workdir(workdir),
            connect(node_url),
            charter_file,
            functools.cache(lambda: password_bytes(password, password_file)),
            origin,
            new_log,
        )
        function(*args, session=session, **others)

    return wrapper


def signing_session_options(
    function: Callable[..., None], *, required: bool = True
) -> Callable[..., None]:
    """Add the options of a :class:`Session` that may sign."""
    return click.option(
        "--new-log",
        is_flag=True,
        help="该日志从未报送过（密钥在别处生成时）。The log has never been published.",
    )(password_options(session_options(function, required=required)))


def optional_session_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options of a session that may sign, for a command that can do without one."""
    return signing_session_options(function, required=False)
