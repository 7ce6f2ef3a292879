"""The form in which a charter is written by hand: TOML or YAML with the fields of its text.

Moments are texts like ``2027-01-01T00:00:00Z`` and dates like ``2027-06-30``; unquoted ones are
taken as these, so a moment without a zone is refused. Errors name the field, in YAML with its line.
"""

import io
import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML

from registry.exchange.errors import PublishError
from registry.rules.reader import Source, line_of, read
from signing.charter import encode_charter
from signing.errors import CharterError
from signing.note import MAX_NOTE

YAML_SUFFIXES: Final = frozenset({".yaml", ".yml"})
_ORDER: Final = (
    *("version", "region", "code", "name", "expires_on", "grace_days", "roots", "threshold"),
    *("quorum", "nodes", "url", "mirror", "witness", "earlier", "parties", "rank", "origin"),
    *("home", "territory", "competences", "keys", "vkey", "from", "until", "revoked"),
)
_HEAD: Final = """\
# 章程草案。改好后：registry charter draft 本文件 --after 现行章程 --out charter.txt
# A draft of the charter. When it is right:
#   registry charter draft THIS --after CURRENT --out charter.txt
# 时刻为 UTC：'2027-01-01T00:00:00Z'。旧密钥请保留并写明 until；撤销写 revoked。
# Moments are UTC. Keep old keys and give them `until`, or `revoked` where others may have them;
# a node's old keys go under `earlier` with `from` and `until`.
"""
_AT: Final = re.compile(r" at `?\$?([^`]*)`?$")
_STEP: Final = re.compile(r"[.\[/]([^.\[\]/]+)\]?")


def read_form(path: Path) -> tuple[dict[str, object], Source | None]:
    """Return the fields of a form, and where they stand if it is YAML.

    Raises:
        PublishError: ``charter-form``: it is neither, or not to be read.
    """
    if path.stat().st_size > MAX_NOTE:
        raise _bad(path, f"大于 {MAX_NOTE} 字节", f"larger than {MAX_NOTE} bytes")
    data = path.read_bytes()
    source: Source | None = None
    if path.suffix.lower() in YAML_SUFFIXES:
        source, defects = read(path.name, data)
        if defects:
            told = [f"{one.file}:{one.line} {one.path}" for one in defects]
            zh = "；".join(f"{at} {one.zh}" for at, one in zip(told, defects, strict=True))
            en = "; ".join(f"{at} {one.en}" for at, one in zip(told, defects, strict=True))
            raise _bad(path, zh, en)
        form: object = source.data if source is not None else None
    else:
        try:
            form = tomllib.loads(data.decode())
        except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
            raise _bad(path, f"不是 TOML（{error}）", f"not TOML: {error}") from error
    if not isinstance(form, dict):
        raise _bad(path, "不是字段的列表", "not a table of fields")
    return {key: _plain(value, key, path) for key, value in form.items()}, source


def text_of(fields: Mapping[str, object], path: Path | None, source: Source | None) -> str:
    """Return the text of a charter, checked in full.

    Raises:
        PublishError: ``charter-form``, naming the field and, if it is known, the line.
        CharterError: the same of fields that come from no form.
    """
    try:
        return encode_charter(fields)
    except CharterError as error:
        if path is None:
            raise
        where = _where(error, source)
        raise _bad(path, f"{where}{error.zh}", f"{where}{error}") from error


def write_form(fields: Mapping[str, object]) -> bytes:
    """Return the fields as a YAML form with a head that says how to go on."""
    yaml = YAML()
    yaml.width = 4096  # a key stays on its line
    yaml.allow_unicode = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO()
    yaml.dump(_ordered(fields), text)
    return f"{_HEAD}{text.getvalue()}".encode()


def _bad(path: Path, zh: str, en: str) -> PublishError:
    return PublishError("charter-form", path=path, reason=zh, reason_en=en)


def _where(error: CharterError, source: Source | None) -> str:
    """Return ``file:line `` of the field that an error names, as far as it can be known."""
    found = _AT.search(error.detail)
    if source is None or found is None:
        return ""
    steps = _STEP.findall(found[1])
    path = tuple(int(step) if step.isdigit() else step for step in steps)
    return f"{source.file}:{line_of(source.lines, path)} "


def _plain(value: object, field: str, path: Path) -> object:
    """Return a value of TOML as JSON has it; dates and moments become texts."""
    match value:
        case dict():
            return {key: _plain(one, f"{field}.{key}", path) for key, one in value.items()}
        case list():
            return [_plain(one, f"{field}[{at}]", path) for at, one in enumerate(value)]
        case datetime():
            if value.tzinfo is None:
                zh, en = (
                    f"{field}：时刻须写明时区，如 Z",
                    f"{field}: a moment needs a zone, such as Z",
                )
                raise _bad(path, zh, en)
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case date():
            return value.isoformat()
        case _:
            return value


def _ordered(value: object) -> object:
    """Return the same with members in the order in which people think of them."""
    if isinstance(value, Mapping):
        keys = sorted(value, key=lambda key: _ORDER.index(key) if key in _ORDER else len(_ORDER))
        return {key: _ordered(value[key]) for key in keys}
    if isinstance(value, list):
        return [_ordered(one) for one in value]
    return value
