"""What can be wrong with what another node says: each has a name, and is kept and never believed.

What only failed to arrive is no lie and raises no alarm: it is tried again.
"""

from typing import ClassVar, Final

from registry.errors import RegistryError

ALARMS: Final[dict[str, tuple[str, str]]] = {
    "fork": (
        "该日志签署了两个互相矛盾的检查点",
        "the log has signed two checkpoints that contradict each other",
    ),
    "rollback": (
        "主节点出示的检查点小于其此前出示过的",
        "the home shows a smaller tree than it has shown before",
    ),
    "withheld-tree": (
        "主节点向本节点隐瞒了其已向他人出示的检查点",
        "the home keeps from this node a tree that it has shown to others",
    ),
    "backdated": (
        "主节点联署的时间早于其应有的时间",
        "the home's cosignature is of an earlier time than it can be",
    ),
    "postdated": ("主节点联署的时间晚于当前时间", "the home's cosignature is of a time to come"),
    "bad-signature": ("检查点的签名核验未通过", "a signature of the checkpoint does not verify"),
    "unknown-key": (
        "检查点没有章程所列密钥的签名",
        "the checkpoint is not signed by the keys that the charter names",
    ),
    "expired-key": (
        "签署检查点的密钥当时无效",
        "the key that signed the checkpoint was not valid then",
    ),
    "bodies-withheld": (
        "已签署的信用信息未提供，也没有有效的删除决定",
        "records that are signed are not given, and no order of erasure is there for them",
    ),
    "checkpoints-withheld": (
        "主节点未提供批次结束处的检查点",
        "the checkpoints at which batches ended are not given",
    ),
    "bodies-differ": (
        "所给信用信息与已签署的根哈希不一致",
        "the records given do not lead to the signed root",
    ),
    "tiles-differ": (
        "所给哈希分块与已签署的根哈希不一致",
        "the tiles given do not lead to the signed root",
    ),
    "attachment-differs": (
        "所给附件与信用信息所写的摘要不一致",
        "an attachment does not have the digest that its record states",
    ),
    "malformed": ("应答不符合格式", "an answer is not in its format"),
    "truncated": ("应答不完整", "an answer is cut off"),
    "oversized": ("应答超过上限", "an answer is longer than it may be"),
}
"""Kinds of alarm: code -> (Chinese, English)."""


class LieError(RegistryError):
    """An answer that contradicts what is signed, or is none at all; ``kind`` is of `ALARMS`."""

    code: ClassVar[str] = "peer-lies"

    def __init__(self, kind: str, detail: str, evidence: bytes = b"") -> None:
        """Take what is wrong, where, and what shows it: a signed note or an answer's digest.

        Never bodies: alarms stay, and what the law erases must not stay in them.
        """
        zh, en = ALARMS[kind]
        super().__init__(f"{kind}: {zh} / {en}: {detail}")
        self.kind = kind
        self.detail = detail
        self.evidence = evidence or detail.encode()


class PeerError(RegistryError):
    """No usable answer came; it is asked for again. ``reason`` is a code."""

    code: ClassVar[str] = "peer-unreachable"

    def __init__(self, reason: str, detail: str) -> None:
        """Take a code and what happened."""
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
