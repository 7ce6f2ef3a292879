"""C2SP tlog-policy: which logs count, and which witnesses must have cosigned a checkpoint.

A text of lines, in any order as long as a name is defined before it is used::

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> all|any|<k> <member>...
    quorum <name>|none

Names are opaque octets and have no meaning outside. Bytes that are no UTF-8 are kept as surrogates
(PEP 383), so equal names are equal octets. Two things are stricter than the specification asks: a
public key stands once in all, so that no log is its own witness; and a checkpoint needs an Ed25519
signature of its log, as everywhere here.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NoReturn

from signing.algorithms import COSIGNER_TYPES, LOG_TYPES
from signing.encoding import decode_decimal
from signing.errors import MalformedError, MalformedPolicyError
from signing.keys import VerifierKey, parse_vkey

MAX_POLICY: Final = 1024 * 1024
MAX_EACH: Final = 256
NONE: Final = "none"

_FORBIDDEN: Final = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_GAP: Final = re.compile(r"[ \t]+")


@dataclass(frozen=True, slots=True)
class Log:
    """A log whose checkpoints count; the name of the key is the log's origin."""

    key: VerifierKey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Witness:
    """A cosigner under the name that the policy gives it."""

    name: str
    key: VerifierKey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Witnesses once at least `threshold` of its members, witnesses or groups, have."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy; one that was not parsed is checked when it is written down."""

    logs: tuple[Log, ...]
    witnesses: tuple[Witness, ...]
    groups: tuple[Group, ...]
    """In an order in which members stand before the groups that name them."""
    quorum: str
    """Name of a witness or group, or `NONE`."""

    def encode(self) -> bytes:
        """Return the text; the inverse of `parse_policy`, which it must pass."""
        data = "".join(f"{line}\n" for line in self._lines()).encode("utf-8", "surrogateescape")
        parse_policy(data)
        return data

    def _lines(self) -> Iterator[str]:
        for log in self.logs:
            yield _line("log", str(log.key), log.url)
        for witness in self.witnesses:
            yield _line("witness", witness.name, str(witness.key), witness.url)
        for group in self.groups:
            words = {1: "any", len(group.members): "all"}
            threshold = words.get(group.threshold, str(group.threshold))
            yield _line("group", group.name, threshold, *group.members)
        yield _line("quorum", self.quorum)

    @property
    def quorum_witnesses(self) -> frozenset[str]:
        """Names of the witnesses that can contribute to the quorum."""
        wanted = {self.quorum}
        for group in reversed(self.groups):
            if group.name in wanted:
                wanted.update(group.members)
        return frozenset(one.name for one in self.witnesses if one.name in wanted)

    def met_by(self, names: Iterable[str]) -> bool:
        """Tell whether these witnesses together are the quorum. They must have been verified."""
        done = {NONE, *names}
        for group in self.groups:
            if sum(member in done for member in group.members) >= group.threshold:
                done.add(group.name)
        return self.quorum in done


def parse_policy(data: bytes) -> Policy:
    """Parse a policy strictly; raise MalformedPolicyError."""
    if len(data) > MAX_POLICY:
        raise _malformed(0, en="longer than 1 MiB", zh="长度超过 1 MiB")
    if _FORBIDDEN.search(data) is not None:
        raise _malformed(0, en="it contains a control character", zh="含有控制字符")
    *lines, rest = data.decode("utf-8", "surrogateescape").split("\n")
    if rest:
        raise _malformed(len(lines) + 1, en="it does not end with LF", zh="末行缺少换行符")
    parser = _Parser()
    for line in lines:
        parser.read(line)
    return parser.policy()


def _malformed(line: int, *, en: str, zh: str) -> MalformedPolicyError:
    where, where_zh = (f"line {line}", f"第 {line} 行") if line else ("the whole", "整体")
    error = MalformedPolicyError(
        en=f"malformed policy, {where}: {en}", zh=f"策略格式无效，{where_zh}：{zh}"
    )
    error.line = line
    return error


def _line(*items: str | None) -> str:
    return " ".join(item for item in items if item is not None)


class _Parser:
    """Reads line by line; knows what has been defined, and what is a member already."""

    def __init__(self) -> None:
        self._number = 0
        self._logs: list[Log] = []
        self._witnesses: list[Witness] = []
        self._groups: list[Group] = []
        self._quorum: str | None = None
        self._names: set[str] = set()
        self._members: set[str] = set()
        self._publics: set[bytes] = set()

    def read(self, line: str) -> None:
        self._number += 1
        items = [item for item in _GAP.split(line) if item]
        if not items or items[0].startswith("#"):
            return
        readers = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._set_quorum,
        }
        reader = readers.get(items[0])
        if reader is None:
            self._bad(en=f"unknown line {items[0][:40]!a}", zh=f"未知的行 {items[0][:40]!a}")
        reader(items[1:])

    def policy(self) -> Policy:
        if self._quorum is None:
            raise _malformed(0, en="no quorum line", zh="缺少 quorum 行")
        return Policy(tuple(self._logs), tuple(self._witnesses), tuple(self._groups), self._quorum)

    def _log(self, items: list[str]) -> None:
        self._check_count(items, (1, 2), len(self._logs))
        self._logs.append(Log(self._key(items[0], LOG_TYPES), *items[1:]))

    def _witness(self, items: list[str]) -> None:
        self._check_count(items, (2, 3), len(self._witnesses))
        self._define(items[0])
        key = self._key(items[1], COSIGNER_TYPES)
        self._witnesses.append(Witness(items[0], key, *items[2:]))

    def _group(self, items: list[str]) -> None:
        self._check_count(items, (3, 2 + 2 * MAX_EACH), len(self._groups))
        name, count, *members = items
        for member in members:
            if member not in self._names:
                self._bad(en=f"{member!a} is not defined above", zh=f"{member!a} 在此前没有定义")
            if member in self._members:
                self._bad(en=f"{member!a} is a member twice", zh=f"{member!a} 重复列为成员")
            self._members.add(member)
        self._define(name)
        self._groups.append(Group(name, self._threshold(count, len(members)), tuple(members)))

    def _threshold(self, text: str, of: int) -> int:
        words = {"any": 1, "all": of}
        try:
            threshold = words[text] if text in words else decode_decimal(text)
        except MalformedError as error:
            self._bad(en=str(error), zh=error.zh)
        if not 1 <= threshold <= of:
            self._bad(en=f"{threshold} of {of} members", zh=f"{of} 个成员中的 {threshold} 个")
        return threshold

    def _set_quorum(self, items: list[str]) -> None:
        self._check_count(items, (1, 1), 0)
        if self._quorum is not None:
            self._bad(en="a second quorum line", zh="quorum 行重复")
        if items[0] != NONE and items[0] not in self._names:
            self._bad(en=f"{items[0]!a} is not defined above", zh=f"{items[0]!a} 在此前没有定义")
        self._quorum = items[0]

    def _define(self, name: str) -> None:
        if name in self._names or name == NONE:
            self._bad(en=f"{name!a} is defined already", zh=f"名称 {name!a} 已被使用")
        self._names.add(name)

    def _key(self, text: str, types: frozenset[int]) -> VerifierKey:
        try:
            key = parse_vkey(text)
        except MalformedError as error:
            self._bad(en=str(error), zh=error.zh)
        if key.type_byte not in types:
            self._bad(en="the key's algorithm does not suit the line", zh="密钥算法不适用于该行")
        if key.public in self._publics:
            self._bad(en="the public key stands above already", zh="公钥重复")
        self._publics.add(key.public)
        return key

    def _check_count(self, items: list[str], bounds: tuple[int, int], have: int) -> None:
        if not bounds[0] <= len(items) <= bounds[1]:
            self._bad(en="too few or too many items", zh="该行项目过少或过多")
        if have >= MAX_EACH:
            self._bad(en=f"more than {MAX_EACH} of a kind", zh=f"同类行超过 {MAX_EACH} 行")

    def _bad(self, *, en: str, zh: str) -> NoReturn:
        raise _malformed(self._number, en=en, zh=zh)
