"""Every way in which bytes can fail to be trusted: one exception tree with stable codes.

Each error carries an English message (``str(error)``), a Chinese one (``.zh``) and a ``.code`` in
kebab-case that never changes once published, because clients and pages branch on it.
"""

from typing import Final

RECORD_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "line-too-long": ("the record line is longer than 256 KiB", "记录行超过 256 KiB"),
    "invalid-utf8": ("the record line is not valid UTF-8", "记录行不是有效的 UTF-8 编码"),
    "not-canonical": (
        "the JSON text is not its own RFC 8785 form (spaces, key order or escapes)",
        "JSON 文本不是 RFC 8785 规范形式（空格、键顺序或转义）",
    ),
    "too-many-members": (
        "an object has more than 256 members",
        "一个对象的成员超过 256 个",
    ),
    "duplicate-key": ("an object has the same key twice", "同一对象中有重复的键"),
    "number-not-finite": (
        "NaN and Infinity are not JSON; leave out what has no value",
        "NaN、Infinity 不是 JSON；没有值的字段请省略",
    ),
    "malformed-json": ("the text is not valid JSON", "不是有效的 JSON 文本"),
    "float-not-allowed": (
        "numbers with a fraction or an exponent are not allowed; write a decimal string",
        "不允许使用小数或指数形式的数字，请改用字符串表示",
    ),
    "integer-too-large": (
        "integers must lie between -(2^53-1) and 2^53-1; write a string",
        "整数必须在 -(2^53-1) 与 2^53-1 之间，请改用字符串表示",
    ),
    "null-character": ("the character U+0000 is not allowed", "不允许出现字符 U+0000"),
    "nesting-too-deep": (
        "objects and arrays nest deeper than 32 levels",
        "对象或数组嵌套超过 32 层",
    ),
    "not-an-object": (
        "each part of a record must be a JSON object",
        "记录的每一部分都必须是 JSON 对象",
    ),
    "carriage-return": ("lines end with LF alone; remove the CR", "行尾只能是 LF，请去掉 CR"),
    "missing-salt": ("the part has no salt", "缺少 salt 字段"),
    "bad-salt": ("a salt is 32 lowercase hexadecimal digits", "salt 必须是 32 位小写十六进制数字"),
    "salt-reused": (
        "the main and the restricted part use the same salt",
        "主体部分与受限部分使用了相同的 salt",
    ),
}

BATCH_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "header-malformed": ("the batch header is not valid", "批次首行无效"),
    "header-too-long": ("the batch header is longer than 64 KiB", "批次首行超过 64 KiB"),
    "wrong-range": (
        "`from` and `to` must be integers with 0 <= from <= to",
        "from 与 to 必须是整数，且 0 ≤ from ≤ to",
    ),
    "too-many-records": ("a batch holds at most 50,000 records", "每个批次最多 50,000 条记录"),
    "batch-too-large": ("a batch is at most 64 MiB unpacked", "批次解压后最大 64 MiB"),
    "line-too-long": ("the record line is longer than 256 KiB", "记录行超过 256 KiB"),
    "carriage-return": ("lines end with LF alone; remove the CR", "行尾只能是 LF，请去掉 CR"),
    "empty-line": ("empty lines are not allowed", "不允许空行"),
    "missing-last-newline": ("the last line does not end with LF", "最后一行缺少换行符 LF"),
    "truncated": (
        "the number of record lines differs from what the header announces",
        "记录行数与首行声明的数量不一致",
    ),
}

CHARTER_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "charter-malformed": ("the charter is malformed", "章程格式无效"),
    "charter-duplicate": (
        "a key, code, origin or name is used twice in the charter",
        "章程中的密钥、代码、日志名称或节点名称重复",
    ),
    "charter-threshold": (
        "the charter is not signed by enough of the root keys",
        "章程的根密钥签名数量不足",
    ),
    "charter-version": (
        "a new charter must be of the same region and have a higher version",
        "新章程必须属于同一区域且版本号更高",
    ),
    "charter-forked": (
        "there are two charters of one version, which must not be: ask the region office",
        "同一版本号出现两份不同的章程，请立即与区域办公室核对",
    ),
    "charter-skipped": (
        "a version of the charter is missing: give the versions between, in order",
        "章程版本不连续，请先提供中间的各版",
    ),
    "charter-pinned": (
        "the chain of charters does not begin with the one that is trusted",
        "章程链的起点不是所信任的章程",
    ),
    "charter-expired": (
        "the charter has expired, its days of grace included: adopt the next version",
        "章程已过期且宽限期已届满，请采用下一版章程",
    ),
    "not-competent": (
        "the charter does not name the party as competent",
        "章程未授权该成员行使此项权限",
    ),
}

VOUCHER_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "voucher-malformed": ("the voucher is malformed", "查询凭证格式无效"),
    "voucher-time": (
        "the moment that the voucher states is not the one at which it was signed",
        "查询凭证载明的出具时刻与签名时刻不一致",
    ),
    "voucher-missing": (
        "the PDF carries no voucher or report; give the JSON file of it",
        "PDF 文件中没有查询凭证或报告数据，请提供其 JSON 文件",
    ),
    "report-malformed": ("the report is malformed", "查询报告格式无效"),
    "report-time": (
        "the moment that the report states is not the one at which it was signed",
        "查询报告载明的出具时刻与签名时刻不一致",
    ),
    "report-record": (
        "a record or proof in the report is not the one that it lists",
        "查询报告所附的信用信息或证明与所列的不一致",
    ),
}

BUNDLE_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "bundle-malformed": ("the record bundle is malformed", "记录证明包格式无效"),
    "bundle-time": (
        "the moment that the record bundle states is not the one at which it was signed",
        "记录证明包载明的出具时刻与签名时刻不一致",
    ),
    "status-malformed": ("the status list is malformed", "状态清单格式无效"),
    "status-time": (
        "the moment that the status list states is not the one at which it was signed",
        "状态清单载明的时刻与签名时刻不一致",
    ),
    "ask-again": (
        "the status list no longer confirms the record: ask again before any use",
        "状态清单不再确认该信息：使用前请重新查询",
    ),
}

HTTPSIG_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "request-unsigned": ("the request bears no signature", "请求没有签名"),
    "request-malformed": (
        "the signature fields are not of the one form that is taken here",
        "签名字段不符合本系统的格式",
    ),
    "request-component": (
        "the signature must cover method, authority, path, query, and the digest of a body",
        "签名未覆盖应覆盖的部分：方法、主机、路径、查询串，以及正文摘要",
    ),
    "request-digest": (
        "the body does not have the digest that is stated",
        "正文与所写的摘要不一致",
    ),
    "request-lifetime": (
        "a signature is good for 1 to 120 seconds",
        "签名的有效时间应为 1 至 120 秒",
    ),
    "request-future": (
        "the signature is of a later moment than this: compare the clocks",
        "签名时间晚于当前时间，请核对时钟",
    ),
    "request-expired": ("the signature has expired", "签名已过期"),
}

_VERIFY_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "unknown-format": ("the content is none of the known formats", "无法识别的文件内容"),
    "compressed": (
        "the file is compressed with zstd; unpack it first (zstd -d)",
        "文件为 zstd 压缩格式，请先解压（zstd -d）",
    ),
    "unsigned-batch": (
        "the batch carries no checkpoint, so nobody has signed it",
        "批次不含检查点，尚未签名",
    ),
    "earlier-batches-needed": (
        "the batch does not start at 0; give the earlier batches of this log, too",
        "批次不是从 0 开始，请同时提供该日志之前的批次",
    ),
    "root-mismatch": (
        "the records do not lead to the signed root",
        "记录内容与已签名的根哈希不一致",
    ),
    "fork": (
        "the log signed two different roots for the same size",
        "同一日志对相同条数签署了两个不同的根哈希（分叉）",
    ),
    "record-missing": (
        "the proof needs its record: give FILE.record beside FILE.tlog-proof",
        "缺少与证明对应的记录文件（同名 .record 文件）",
    ),
    "proof-missing": (
        "a record alone proves nothing; give its .tlog-proof, too",
        "单独的记录无法核验，请同时提供 .tlog-proof 文件",
    ),
}


class SigningError(Exception):
    """Root of all errors of this package: `code`, English text as `str()`, Chinese text as `zh`."""

    code: str = "signing-error"

    def __init__(self, *, en: str, zh: str) -> None:
        """Keep both texts; `en` becomes the message of the exception."""
        super().__init__(en)
        self.zh = zh


class MalformedError(SigningError):
    """Bytes that are not in the format they claim to be."""

    code = "malformed"


class MalformedBase64Error(MalformedError):
    """Not base64 in its one canonical spelling (RFC 4648 sections 3.5 and 4).

    Takes the place of the error of the note, checkpoint or proof that the text stands in.
    """

    code = "malformed-base64"


class MalformedKeyError(MalformedError):
    """A key name, vkey or private key file that is not exactly as specified."""

    code = "malformed-key"


class MalformedNoteError(MalformedError):
    """Not a C2SP signed-note."""

    code = "malformed-note"


class MalformedCheckpointError(MalformedError):
    """Not a C2SP tlog-checkpoint of the form our logs have."""

    code = "malformed-checkpoint"


class MalformedTileError(MalformedError):
    """Not a C2SP tlog-tiles path, tile or entry bundle."""

    code = "malformed-tile"


class MalformedProofError(MalformedError):
    """Not a C2SP tlog-proof file."""

    code = "malformed-proof"


class SignatureError(SigningError):
    """A signature that claims to be by a known key and is not."""

    code = "bad-signature"


class UnknownKeyError(SigningError):
    """No signature is by a key that the verifier knows."""

    code = "unknown-key"


class AmbiguousKeyError(UnknownKeyError):
    """Two known keys share name and key ID, so the line does not say which one signed."""

    code = "ambiguous-key"


class ExpiredKeyError(SigningError):
    """The key is known, but was not valid at the time in question."""

    code = "expired-key"


class RevokedKeyError(ExpiredKeyError):
    """The key is known, but the charter has revoked it as of a moment, since others may have it."""

    code = "revoked-key"


class ProofError(SigningError):
    """A Merkle proof that does not lead to the root."""

    code = "proof-mismatch"


class MissingExtraError(SigningError):
    """An algorithm whose optional library is not installed here."""

    code = "missing-extra"


class MalformedPolicyError(MalformedError):
    """Not a C2SP tlog-policy; `line` counts from 1, 0 stands for the whole."""

    code = "malformed-policy"

    line: int = 0


class PolicyError(SigningError):
    """A checkpoint that has not been cosigned by whom a policy demands."""

    code = "policy-not-met"


class _CodedError(SigningError):
    """An error whose code is chosen per instance from a closed table of texts."""

    texts: dict[str, tuple[str, str]]

    def __init__(self, *, code: str, detail: str = "") -> None:
        en, zh = self.texts[code]
        super().__init__(
            en=f"{en}: {detail}" if detail else en, zh=f"{zh}：{detail}" if detail else zh
        )
        self.code = code
        self.detail = detail


class RecordError(_CodedError):
    """A record line that is refused; `pointer` is the JSON Pointer (RFC 6901) of the fault."""

    code = "record-error"
    texts = RECORD_TEXTS

    def __init__(self, *, code: str, pointer: str = "", detail: str = "") -> None:
        """`code` is one of `RECORD_TEXTS`; pointers into the restricted part get `/restricted`."""
        super().__init__(code=code, detail=detail)
        self.pointer = pointer


class BatchError(_CodedError):
    """A batch that is refused; `line` counts from 1, and the header is line 1."""

    code = "batch-error"
    texts = BATCH_TEXTS

    def __init__(self, *, code: str, line: int | None = None, detail: str = "") -> None:
        """`code` is one of `BATCH_TEXTS`."""
        super().__init__(code=code, detail=detail)
        self.line = line


class CharterError(_CodedError):
    """A charter that is refused, or that does not allow what was asked of it."""

    code = "charter-error"
    texts = CHARTER_TEXTS


class VoucherError(_CodedError):
    """A voucher or report that is not in its format, or contradicts itself or its signature."""

    code = "voucher-error"
    texts = VOUCHER_TEXTS


class BundleError(_CodedError):
    """A bundle or status list that is not in its format, contradicts itself, or no longer holds."""

    code = "bundle-error"
    texts = BUNDLE_TEXTS


class HttpSignatureError(_CodedError):
    """A request whose signature fields are refused before, or beside, the signature itself."""

    code = "request-signature"
    texts = HTTPSIG_TEXTS


class VerifyError(_CodedError):
    """What the offline verifier says about a file it cannot vouch for."""

    code = "verify-error"
    texts = _VERIFY_TEXTS
