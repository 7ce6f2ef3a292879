"""A charter as people read it: a table of who is who, and what changes between two versions."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar

from rich.console import Console
from rich.table import Table
from rich.text import Text

from signing.encoding import utc_text
from signing.keys import VerifierKey
from signing.parties import Charter, KeyWindow, Node, Party

WIDTH: Final = 100
_NAME_WIDTH: Final = 20
_RANKS: Final = {"city": "市", "county": "县级", "region": "区域办公室"}
_STATES: Final = {
    "in-force": ("有效", "in force"),
    "ends-soon": ("即将到期", "ends soon"),
    "grace": ("宽限期", "in its days of grace"),
    "ended": ("已失效", "ended"),
}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference in both languages; ``loses``: something that verified verifies no more."""

    zh: str
    en: str
    loses: bool = False


def short(key: VerifierKey) -> str:
    """Name a key by its 8-digit ID; the whole vkey is in the JSON document and in the form."""
    return key.key_id.hex()


def folded(text: str, first: str, indent: str) -> str:
    """Return a text on lines of at most 100 columns, of which a Chinese character takes two."""
    console = Console(width=WIDTH, color_system=None, legacy_windows=False)
    lines = Text(text).wrap(console, WIDTH - len(indent) - 1)
    begins = [first, *[indent] * len(lines)]
    return "\n".join(
        f"{begin}{line.plain.rstrip()}" for begin, line in zip(begins, lines, strict=False)
    )


def _window_lines(window: KeyWindow) -> str:
    """Return the window of a key, and since when it is revoked, on lines of their own."""
    lines = [f"自 from {utc_text(window.start)}"]
    if window.until is not None:
        lines.append(f"至 until {utc_text(window.until)}")
    if window.revoked is not None:
        lines.append(f"撤销 revoked {utc_text(window.revoked)}")
    return "\n".join(lines)


# --- the table ---


def tables(charter: Charter, today: date) -> str:
    """Return the charter as tables of at most 100 columns; days are counted from ``today``."""
    console = Console(width=WIDTH, color_system=None, legacy_windows=False)
    with console.capture() as capture:
        for line in _head(charter, today):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        for table in (_parties(charter), _nodes(charter), _roots(charter)):
            console.print()
            console.print(table)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def _head(charter: Charter, today: date) -> Iterator[str]:
    standing = charter.standing(today)
    zh, en = _STATES[standing.state]
    yield f"{charter.region_name} 章程第 {charter.version} 版  charter version {charter.version}"
    yield f"摘要 digest sha256:{charter.digest.hex()}"
    yield f"有效至 in force until {standing.expires_on}，宽限至 grace until {standing.last_day}"
    days = f"已过 {standing.days} 天 days ago" if standing.state == "ended" else (
        f"还有 {standing.days} 天 days left"
    )  # fmt: skip
    yield f"状态 standing：{zh} {en}，{days}"
    yield (
        f"由 {len(charter.root_keys)} 个根密钥中的至少 {charter.threshold} 个签署；"
        f"联署法定数 {charter.quorum}/{len(charter.nodes)} 个节点"
    )
    yield (
        f"signed by at least {charter.threshold} of {len(charter.root_keys)} root keys; quorum of "
        f"{charter.quorum} of {len(charter.nodes)} nodes"
    )


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", show_edge=False, box=None)
    for at, column in enumerate(columns):
        table.add_column(column, overflow="fold", no_wrap=at == 0)
    return table


def _parties(charter: Charter) -> Table:
    table = _table(
        "成员与日志 Parties", "代码 code", "名称 name", "日志 log @ 节点 home", "密钥 keys"
    )
    for party in charter.parties:
        name = f"{party.name}\n{_RANKS[party.rank]}"
        keys = "\n".join(f"{short(one.key)}\n{_window_lines(one)}" for one in party.keys)
        table.add_row(party.code, name, f"{party.origin}\n@ {party.home}", keys)
    table.columns[1].max_width = _NAME_WIDTH
    return table


def _nodes(charter: Charter) -> Table:
    table = _table("节点 Nodes", "名称 name", "地址 address", "存证 mirror", "见证 witness")
    for node in charter.nodes:
        table.add_row(node.name, node.url, short(node.mirror), short(node.witness))
        for window in node.earlier:
            ends = "" if window.until is None else utc_text(window.until)
            at = 3 if window.key.name == node.witness.name else 2
            row = ["", f"曾用至 earlier, until {ends}", "", ""]
            row[at] = short(window.key)
            table.add_row(*row)
    return table


def _roots(charter: Charter) -> Table:
    table = _table("根密钥 Root keys", "编号 id", "名称 name")
    for key in charter.root_keys:
        table.add_row(short(key), key.name)
    return table


# --- the differences ---


def changes(old: Charter, new: Charter, now: int) -> tuple[Change, ...]:
    """Return what changes from one version to a later one, in words, in the order of a reading.

    What a window leaves out loses validity where that is before ``now``, in POSIX seconds.
    """
    found: list[Change] = [*_terms(old, new), *_root_changes(old, new)]
    for before, after in _paired(old.parties, new.parties, lambda party: party.code):
        found += _party_changes(before, after, now)
    for before_node, after_node in _paired(old.nodes, new.nodes, lambda node: node.name):
        found += _node_changes(before_node, after_node)
    return tuple(found)


def _paired(
    old: Iterable[T], new: Iterable[T], key: Callable[[T], str]
) -> Iterator[tuple[T | None, T | None]]:
    """Pair what has the same key, in the old order, then what is new."""
    before, after = {key(one): one for one in old}, {key(one): one for one in new}
    for name in (*before, *(name for name in after if name not in before)):
        yield before.get(name), after.get(name)


def _terms(old: Charter, new: Charter) -> Iterator[Change]:
    yield Change(
        f"第 {old.version} 版 → 第 {new.version} 版", f"version {old.version} to {new.version}"
    )
    values: tuple[tuple[str, str, object, object], ...] = (
        ("区域名称", "name of the region", old.region_name, new.region_name),
        ("有效期至", "expires on", old.expires_on, new.expires_on),
        ("宽限天数", "days of grace", old.grace_days, new.grace_days),
        ("根密钥签署的最少数量", "root keys that must sign", old.threshold, new.threshold),
        ("联署法定数量", "quorum of nodes", old.quorum, new.quorum),
    )
    yield from _valued("", "", values)


def _valued(
    whose_zh: str, whose_en: str, values: Sequence[tuple[str, str, object, object]]
) -> Iterator[Change]:
    for zh, en, before, after in values:
        if before != after:
            yield Change(
                f"{whose_zh}{zh}：{before} → {after}", f"{whose_en}{en}: {before} to {after}"
            )


def _root_changes(old: Charter, new: Charter) -> Iterator[Change]:
    for key in old.root_keys:
        if key not in new.root_keys:
            yield Change(f"根密钥退出：{key.name}（{short(key)}）", f"root key leaves: {key.name}")
    for key in new.root_keys:
        if key not in old.root_keys:
            yield Change(f"根密钥加入：{key.name}（{short(key)}）", f"root key joins: {key.name}")


def _party_changes(old: Party | None, new: Party | None, now: int) -> Iterator[Change]:
    if new is None:
        if old is not None:
            zh = f"{old.name}（{old.code}）退出：按新版不能再核验其日志 {old.origin}"
            en = f"{old.code} leaves: its log {old.origin} verifies no more by the new version"
            yield Change(zh, en, loses=True)
        return
    if old is None:
        yield Change(
            f"{new.name}（{new.code}）加入，日志 {new.origin}，主节点 {new.home}",
            f"{new.code} joins with the log {new.origin}, home {new.home}",
        )
        yield from _key_changes(new, (), new.keys, now)
        return
    yield from _valued(
        f"{new.name}（{new.code}）",
        f"{new.code}: ",
        (
            ("名称", "name", old.name, new.name),
            ("级别", "rank", old.rank, new.rank),
            ("适用地区", "territory", _listed(old.territory), _listed(new.territory)),
            ("权限", "competences", _listed(old.competences), _listed(new.competences)),
        ),
    )
    if old.home != new.home:
        yield Change(
            f"{new.name}（{new.code}）主节点迁移：{old.home} → {new.home}；"
            f"新节点补齐全部日志后才接收",
            f"{new.code}: its home moves from {old.home} to {new.home}, which admits once it holds "
            "the whole log",
        )
    if old.origin != new.origin:
        zh = (
            f"{new.name}（{new.code}）日志更换：{old.origin} → {new.origin}，按新版不能再核验原日志"
        )
        en = f"{new.code}: its log changes from {old.origin} to {new.origin}; the old one verifies "
        yield Change(zh, f"{en}no more by the new version", loses=True)
    yield from _key_changes(new, old.keys, new.keys, now)


def _listed(values: Sequence[str]) -> str:
    return ", ".join(values) or "-"


def _key_changes(
    party: Party, old: Sequence[KeyWindow], new: Sequence[KeyWindow], now: int
) -> Iterator[Change]:
    whose = f"{party.name}（{party.code}）"
    for before, after in _paired(old, new, lambda window: str(window.key)):
        if after is None and before is not None:
            name = short(before.key)
            zh = f"{whose}密钥 {name} 被删除：按新版不能再核验其签署的一切"
            en = f"{party.code}: key {name} is left out: nothing it signed verifies any more"
            yield Change(zh, f"{en} by the new version", loses=True)
        elif after is not None and before is None:
            zh = f"{whose}新增密钥 {short(after.key)}：{_bounds(after)}"
            yield Change(zh, f"{party.code}: new key {short(after.key)}, {_bounds(after)}")
        elif after is not None and before is not None:
            yield from _window_changes(party, before, after, now)


def _window_changes(
    party: Party, before: KeyWindow, after: KeyWindow, now: int
) -> Iterator[Change]:
    whose, name = f"{party.name}（{party.code}）密钥 {short(after.key)}", short(after.key)
    if before.revoked != after.revoked:
        if after.revoked is None:
            yield Change(f"{whose} 的撤销被取消", f"{party.code}: key {name} is no more revoked")
        else:
            since = utc_text(after.revoked)
            zh = f"{whose} 自 {since} 起撤销：此前未由法定数量节点联署的签名失效"
            en = f"{party.code}: key {name} is revoked as of {since}: what no quorum has cosigned "
            yield Change(zh, f"{en}before is valid no more", loses=True)
    if (before.start, before.until) != (after.start, after.until):
        # What lies ahead takes nothing away: a key that is to end is how a change of keys begins.
        ends = [now if one.until is None else min(one.until, now) for one in (before, after)]
        shorter = min(after.start, now) > before.start or ends[1] < ends[0]
        zh = f"{whose} 有效期：{_bounds(before)} → {_bounds(after)}"
        yield Change(
            zh, f"{party.code}: key {name}, window {_bounds(before)} to {_bounds(after)}", shorter
        )


def _bounds(window: KeyWindow) -> str:
    until = "…" if window.until is None else utc_text(window.until)
    return f"[{utc_text(window.start)}, {until})"


def _node_changes(old: Node | None, new: Node | None) -> Iterator[Change]:
    if new is None:
        if old is not None:
            zh = f"节点 {old.name} 退出：按新版不再承认其联署"
            en = f"node {old.name} leaves: its cosignatures count no more by the new version"
            yield Change(zh, en, loses=True)
        return
    if old is None:
        yield Change(f"节点 {new.name} 加入：{new.url}", f"node {new.name} joins: {new.url}")
        return
    if old.url != new.url:
        yield Change(
            f"节点 {new.name} 地址：{old.url} → {new.url}",
            f"node {new.name}: address {old.url} to {new.url}",
        )
    for use, zh_use, before, after in (
        ("mirror", "存证", old.mirror, new.mirror),
        ("witness", "见证", old.witness, new.witness),
    ):
        if before != after:
            yield _node_key_change(new, (use, zh_use), before, after)
    for window in old.earlier:
        if window.key not in (*new.mirrors, *new.witnesses):
            zh = f"节点 {new.name} 曾用密钥 {short(window.key)} 被删除：按新版不再承认其联署"
            en = f"node {new.name}: earlier key {short(window.key)} is left out: its cosignatures "
            yield Change(zh, f"{en}count no more by the new version", loses=True)


def _node_key_change(
    node: Node, use: tuple[str, str], before: VerifierKey, after: VerifierKey
) -> Change:
    kept = next((one for one in node.earlier if one.key == before), None)
    zh = f"节点 {node.name} {use[1]}密钥：{short(before)} → {short(after)}"
    en = f"node {node.name}: {use[0]} key {short(before)} to {short(after)}"
    if kept is None:
        zh += "；原密钥未列为曾用密钥，按新版不再承认其联署"
        return Change(zh, f"{en}; what the old one cosigned counts no more", loses=True)
    until = "" if kept.until is None else utc_text(kept.until)
    return Change(
        f"{zh}；原密钥在 {until} 前的联署仍有效",
        f"{en}; what the old one cosigned before {until} still counts",
    )
