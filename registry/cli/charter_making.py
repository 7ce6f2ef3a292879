"""``registry charter draft``, ``root-key``, ``sign``, ``combine``: how a new charter comes about.

A text is drafted once; each holder of a root key signs that same text on a machine of his own,
without any network; the signatures are combined into one note, which is then published.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import click

from registry.cli.charter_form import YAML_SUFFIXES, read_form, text_of, write_form
from registry.cli.charter_words import Change, changes, folded
from registry.cli.options import json_option, password_bytes, password_options
from registry.cli.output import Output
from registry.clock import SystemClock, unix
from registry.exchange.durable import write_new
from registry.exchange.errors import PublishError
from signing.charter import (
    Charter,
    check_next,
    fields_of,
    open_charter,
    read_charter,
)
from signing.errors import SigningError
from signing.keys import SigningKey, VerifierKey
from signing.note import Note, Signature, open_note, parse_note, sign_note

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW: Final = click.Path(dir_okay=False, path_type=Path)
_after = click.option(
    "--after",
    "after_file",
    metavar="FILE",
    type=_FILE,
    help="现行章程（上一版）。The charter in force, which the new one follows.",
)
_out_file = click.option(
    "--out", "out_file", required=True, metavar="FILE", type=_NEW, help="写入此文件。Write here."
)


@click.command()
@json_option
@_after
@_out_file
@click.argument("form", required=False, metavar="[FORM]", type=_FILE)
@click.pass_obj
def draft(out: Output, form: Path | None, after_file: Path | None, out_file: Path) -> None:
    """起草：由表单（TOML、YAML）或现行章程写出待签文本。Make the text to be signed.

    FORM has the fields of a charter; those it leaves out are taken from --after, and the number of
    the version is one more. With --out NAME.yaml a form is written instead, to be edited.
    """
    if form is None and after_file is None:
        raise click.UsageError("给出表单，或 --after 现行章程。Give a FORM, or --after.")
    after = _opened(after_file)
    fields: dict[str, object] = {} if after is None else fields_of(after)
    fields["version"] = 1 if after is None else after.version + 1
    source = None
    if form is not None:
        stated, source = read_form(form)
        fields |= stated
    text = text_of(fields, form, source)
    made = read_charter(text)
    if after is not None:
        check_next(made, after)
    as_form = out_file.suffix.lower() in YAML_SUFFIXES
    write_new(out_file, write_form(fields) if as_form else text.encode())
    _tell(out, made, after)
    out.say(f"已写入 {out_file}", "a form, to be edited" if as_form else "to be signed")
    out.result({"ok": True, "path": str(out_file), **_made(made)})


@click.command(name="root-key")
@json_option
@password_options
@_out_file
@click.argument("name", metavar="NAME")
@click.pass_obj
def root_key(
    out: Output, name: str, out_file: Path, password: str | None, password_file: Path | None
) -> None:
    """生成根密钥，加密保存。Make a root key, encrypted; prints its vkey for the form.

    NAME says whose it is, as in xinyong.example/root-1.
    """
    key = SigningKey.generate(name)
    write_new(out_file, key.to_pem(password_bytes(password, password_file, confirm=True)))
    out.say(f"根密钥已加密保存：{out_file}", "Keep it offline, and a copy of it elsewhere.")
    out.say("写入章程的公钥：", "vkey for the charter:")
    out.say(str(key.vkey))
    out.result({"ok": True, "path": str(out_file), "vkey": str(key.vkey)})


@click.command()
@json_option
@password_options
@_after
@_out_file
@click.option(
    "--key", "key_file", required=True, metavar="FILE", type=_FILE, help="根密钥。A root key."
)
@click.argument("text_file", metavar="TEXT", type=_FILE)
@click.pass_obj
def sign(  # noqa: PLR0913 - one parameter for each option
    out: Output,
    *,
    text_file: Path,
    key_file: Path,
    after_file: Path | None,
    out_file: Path,
    password: str | None,
    password_file: Path | None,
) -> None:
    """用一个根密钥签署（离线）。Sign with one root key, offline.

    TEXT is what `draft` wrote, or what others have signed already. A root of the version before
    that is not one of the new version signs, too: then give --after.
    """
    text, others = _read(text_file)
    made, after = read_charter(text), _opened(after_file)
    if after is not None:
        check_next(made, after)
    key = SigningKey.from_pem(key_file.read_bytes(), password_bytes(password, password_file))
    if key.vkey not in _roots(made, after):
        raise PublishError("not-a-root", key=key.name, version=made.version)
    mine = parse_note(sign_note(text, [key])).signatures
    rest = [line for line in others if not line.is_by(key.vkey)]
    write_new(out_file, Note(text, (*rest, *mine)).encode())
    _tell(out, made, after)
    out.say(f"{key.name} 已签署：{out_file}", "signed")
    out.say("签署前后请与其他签署人核对摘要。", "Compare the digest with the other signers.")
    out.result({"ok": True, "path": str(out_file), "signed_by": key.name, **_made(made)})


@click.command()
@json_option
@_after
@_out_file
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=_FILE)
@click.pass_context
def combine(
    ctx: click.Context, files: tuple[Path, ...], after_file: Path | None, out_file: Path
) -> None:
    """把各方对同一文本的签名合为一份。Put the signatures of one text into one note.

    Says whose are missing; writes nothing, with exit code 1, before there are enough: of the new
    roots, and with --after of those of the version before.
    """
    out = ctx.ensure_object(Output)
    text, after = _read(files[0])[0], _opened(after_file)
    made = read_charter(text)
    if after is not None:
        check_next(made, after)
    signed = _collected(files, text, _roots(made, after))
    groups = [("新版根密钥", "roots of the new version", made)]
    groups += [("上一版根密钥", "roots of the version before", after)] if after is not None else []
    enough = True
    for zh, en, of in groups:
        have = [key for key in of.root_keys if key in signed]
        missing = [key.name for key in of.root_keys if key not in signed]
        enough = enough and len(have) >= of.threshold
        out.say(f"{zh}：已有 {len(have)} 个签名，需要 {of.threshold} 个", f"{en}: have, need")
        if missing:
            out.say(f"  未签署 not signed by：{', '.join(missing)}")
    if after is None and made.version > 1:
        out.say("未核对上一版根密钥的签名：请加 --after。", "Without --after only half is checked.")
    if enough:
        note = Note(text, tuple(signed.values())).encode()
        open_charter(note, after)
        write_new(out_file, note)
        _tell(out, made, after)
        out.say(f"章程已合并：{out_file}", "complete")
    else:
        out.say("签名不足，未写出文件。", "Not enough signatures: nothing was written.")
    out.result(
        {
            "ok": enough,
            "path": str(out_file) if enough else None,
            "signed_by": sorted(key.name for key in signed),
            "missing": sorted({k.name for _, _, of in groups for k in of.root_keys} - {
                key.name for key in signed}),
            **_made(made),
        }
    )  # fmt: skip
    ctx.exit(0 if enough else 1)


def tell_changes(out: Output, found: Sequence[Change]) -> None:
    """Say what changes, and again at the end that something loses validity by it."""
    for one in found:
        out.say(folded(one.zh, "！" if one.loses else "· ", "  "))
        out.say(folded(one.en, "    ", "    "))
    losing = sum(one.loses for one in found)
    if losing:
        out.say(f"其中 {losing} 项（标“！”）使已有的签名、联署或日志失效，请逐项确认。")
        out.say(f"    {losing} of these take validity from what was signed: confirm each.")


def _opened(file: Path | None) -> Charter | None:
    return None if file is None else open_charter(file.read_bytes())


def _read(file: Path) -> tuple[str, Sequence[Signature]]:
    """Return the text of a draft or a note, and the lines under it, of which nothing is verified.

    Raises:
        PublishError: ``charter-file``.
    """
    data = file.read_bytes()
    try:
        if b"\n\n" in data:
            note = parse_note(data)
            return note.text, note.signatures
        text = data.decode()
        read_charter(text)
    except (SigningError, UnicodeDecodeError) as error:
        zh = error.zh if isinstance(error, SigningError) else "不是 UTF-8"
        raise PublishError("charter-file", path=file, reason=zh, reason_en=error) from error
    return text, ()


def _collected(
    files: Iterable[Path], text: str, roots: Iterable[VerifierKey]
) -> dict[VerifierKey, Signature]:
    """Return the verified signatures by root keys; lines of nobody known are left out.

    Raises:
        PublishError: ``not-one-text``, or ``charter-file`` for a line that does not verify.
    """
    known = tuple(roots)
    found: dict[VerifierKey, Signature] = {}
    for file in files:
        other, lines = _read(file)
        if other != text:
            digests = [encode_digest(one) for one in (text, other)]
            raise PublishError("not-one-text", path=file, first=digests[0], other=digests[1])
        try:
            opened = open_note(Note(text, tuple(lines)).encode(), known) if lines else None
        except SigningError as error:
            facts = {"path": file, "reason": error.zh, "reason_en": error}
            raise PublishError("charter-file", **facts) from error
        if opened is not None:
            found |= dict(opened.verified)
    return {key: found[key] for key in known if key in found}


def encode_digest(text: str) -> str:
    """Return the digest under which a text of a charter is known, in hexadecimal."""
    return read_charter(text).digest.hex()


def _roots(made: Charter, after: Charter | None) -> tuple[VerifierKey, ...]:
    before = () if after is None else after.root_keys
    return tuple(dict.fromkeys((*made.root_keys, *before)))


def _tell(out: Output, made: Charter, after: Charter | None) -> None:
    """Say which text it is, and what it changes: nobody should sign what he has not read."""
    if after is not None:
        tell_changes(out, changes(after, made, unix(SystemClock())))
    out.say(f"{made.region_name} 章程第 {made.version} 版", f"charter version {made.version}")
    out.say(f"摘要 digest sha256:{made.digest.hex()}")


def _made(made: Charter) -> dict[str, object]:
    return {"version": made.version, "digest": made.digest.hex()}
