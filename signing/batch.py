"""Batches: a JSON header line, then record lines, as an HTTP body or a ``*.batch`` file.

Header: ``{"checkpoint":"<signed
note>","format":"registry-batch@v1","from":1200,"origin":"…","to":1700}``. Beside the checkpoint its
fields are hints for early refusal; what counts is what was signed. Without a checkpoint the batch
is an unsigned one, for checking. The lines are entries ``from`` up to, not including, ``to`` of the
log.

`BatchReader` takes the text in chunks of any size and enforces every limit as it goes, so that it
never holds more than one unfinished line beside what it hands out. Decompression is the caller's,
and is bounded by the same limits because it is fed here as it unpacks. Whether a line is a good
*record* is for `signing.record` to say.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from signing.encoding import MAX_INT63
from signing.errors import BatchError
from signing.record import MAX_LINE

MAX_RECORDS: Final = 50_000
MAX_UNPACKED: Final = 64 * 1024 * 1024
MAX_HEADER: Final = 64 * 1024
FORMAT: Final = "registry-batch@v1"

_Json: TypeAlias = dict[str, object] | list[object] | str | float | None
_REQUIRED: Final = frozenset({"format", "origin", "from", "to"})
_ALLOWED: Final = _REQUIRED | {"checkpoint"}


@dataclass(frozen=True, slots=True)
class BatchHeader:
    """What the first line of a batch claims: entries [start, end) of the log `origin`.

    `checkpoint` is the signed note at size `end`, or None in an unsigned batch.
    """

    origin: str
    start: int
    end: int
    checkpoint: bytes | None = None

    def __post_init__(self) -> None:
        """Refuse an impossible range (BatchError `wrong-range`, `too-many-records`)."""
        if not 0 <= self.start <= self.end <= MAX_INT63:
            raise BatchError(code="wrong-range", line=1)
        if self.end - self.start > MAX_RECORDS:
            raise BatchError(code="too-many-records", line=1)

    @property
    def count(self) -> int:
        """The number of record lines announced."""
        return self.end - self.start


def parse_header(line: bytes) -> BatchHeader:
    """Parse the header line (without LF).

    Key order and spacing are free; unknown or double keys are refused.
    Raises BatchError `header-malformed`, `header-too-long`, `wrong-range` or `too-many-records`.
    """
    if len(line) > MAX_HEADER:
        raise BatchError(code="header-too-long", line=1)
    try:
        fields: _Json = json.loads(line.decode(), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise _malformed(detail=str(error)) from None
    if (
        not isinstance(fields, dict)
        or not fields.keys() >= _REQUIRED
        or not fields.keys() <= _ALLOWED
    ):
        raise _malformed(detail="the keys are format, origin, from, to and, if signed, checkpoint")
    start, end = fields["from"], fields["to"]
    if type(start) is not int or type(end) is not int:
        raise BatchError(code="wrong-range", line=1)
    if fields["format"] != FORMAT:
        raise _malformed(detail=f"the format is not {FORMAT}")
    origin = _text(fields["origin"], "origin")
    checkpoint = (
        _text(fields["checkpoint"], "checkpoint").encode() if "checkpoint" in fields else None
    )
    return BatchHeader(origin, start, end, checkpoint)


def encode_header(header: BatchHeader) -> bytes:
    """Return the header line without LF; the inverse of `parse_header`, which it must pass."""
    fields: dict[str, str | int] = {
        "format": FORMAT,
        "from": header.start,
        "origin": header.origin,
        "to": header.end,
    }
    if header.checkpoint is not None:
        fields["checkpoint"] = header.checkpoint.decode()
    line = json.dumps(fields, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    parse_header(line)
    return line


def encode_batch(header: BatchHeader, lines: Sequence[bytes]) -> bytes:
    """Return the batch text of these record lines (each without LF).

    Raises what `BatchReader` would raise on it.
    """
    text = b"\n".join((encode_header(header), *lines, b""))
    reader = BatchReader()
    reader.feed(text)
    reader.finish()
    return text


def parse_batch(chunks: Iterable[bytes]) -> tuple[BatchHeader, list[bytes]]:
    """Read a whole batch; return its header and lines, or raise BatchError."""
    reader = BatchReader()
    for chunk in chunks:
        reader.feed(chunk)
    return reader.finish(), reader.lines


class BatchReader:
    """A push parser: `feed` it chunks, see `header` once it is there, `take` lines, then `finish`.

    After an error the reader must not be used again.
    """

    def __init__(self, *, strict: bool = True) -> None:
        """Start before the first byte.

        Not strict, lines that are empty or end with CR pass: they are content, and a log that has
        signed such a line must still be readable; `signing.record` refuses them one by one.
        """
        self._strict = strict
        self.header: BatchHeader | None = None
        """None until the first LF has come in."""
        self.lines: list[bytes] = []
        """The complete record lines so far (without LF) that `take` has not handed out."""
        self._rest = b""
        self._fed = 0
        self._count = 0

    @property
    def count(self) -> int:
        """The number of complete record lines so far, handed out or not."""
        return self._count

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes; raise BatchError as soon as nothing that follows could help."""
        self._fed += len(chunk)
        if self._fed > MAX_UNPACKED:
            raise BatchError(code="batch-too-large")
        parts = (self._rest + chunk).split(b"\n")
        self._rest = parts.pop()
        if self.header is None:
            if not parts:
                if len(self._rest) > MAX_HEADER:
                    raise BatchError(code="header-too-long", line=1)
                return
            self.header = parse_header(parts.pop(0))
        self._check_lines(parts, self.header)
        self.lines += parts

    def take(self) -> list[bytes]:
        """Hand out the complete lines so far and forget them, so that memory stays bounded."""
        taken, self.lines = self.lines, []
        return taken

    def finish(self) -> BatchHeader:
        """Say that no byte follows; return the header or raise BatchError."""
        if self._rest:
            raise BatchError(
                code="missing-last-newline", line=self._count + (1 if self.header is None else 2)
            )
        if self.header is None:
            raise BatchError(code="truncated", line=1, detail="no header")
        if self._count != self.header.count:
            detail = f"{self._count} of {self.header.count}"
            raise BatchError(code="truncated", line=self._count + 1, detail=detail)
        return self.header

    def _check_lines(self, lines: list[bytes], header: BatchHeader) -> None:
        first = self._count + 2  # lines of the text count from 1 and the header is the first
        for number, line in enumerate(lines, first):
            if self._strict and not line:
                raise BatchError(code="empty-line", line=number)
            if self._strict and line[-1] == _CR:
                raise BatchError(code="carriage-return", line=number)
            if len(line) > MAX_LINE:
                raise BatchError(code="line-too-long", line=number)
        self._count += len(lines)
        if len(self._rest) > MAX_LINE:
            raise BatchError(code="line-too-long", line=self._count + 2)
        if self._count > header.count:
            detail = f"more than {header.count}"
            raise BatchError(code="truncated", line=header.count + 2, detail=detail)


_CR: Final = 0x0D


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise _malformed(detail="a key occurs twice")
    return fields


def _text(value: object, key: str) -> str:
    try:
        if isinstance(value, str) and value and value.encode():
            return value
    except UnicodeEncodeError:
        pass
    raise _malformed(detail=f"{key} is not a text")


def _malformed(*, detail: str) -> BatchError:
    return BatchError(code="header-malformed", line=1, detail=detail)
