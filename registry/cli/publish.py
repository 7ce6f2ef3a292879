"""``registry check``, ``seal``, ``publish``, ``template``: a clerk's file on its way to the log."""

from pathlib import Path
from typing import Final

import click

from registry.cli.files import Source, a_file, maybe_a_file
from registry.cli.options import (
    Session,
    connect,
    json_option,
    new_salt,
    node_option,
    origin_option,
    signing_session_options,
)
from registry.cli.output import Output
from registry.cli.progress import counting
from registry.cli.report import (
    delivered_document,
    left_out_document,
    outcome_document,
    tell_delivered,
    tell_left_out,
    tell_rows,
    to_fix_file,
    write_to_fix,
)
from registry.domain.records import KINDS
from registry.exchange import flow
from registry.exchange.durable import write_new
from registry.exchange.flow import Outcome, Work
from registry.exchange.rows import Known, RowChecker
from registry.exchange.sealed import SealedLog
from registry.forms.column import Form
from registry.forms.columns import FORMS
from registry.forms.files import ClerkFile, write_template
from registry.forms.generated import wanting
from registry.forms.sheets_write import workbook_template
from signing.charter import open_charter


@click.command()
@json_option
@node_option
@origin_option
@click.option("--offline", is_flag=True, help="只用本机的校验规则。Use the checks of this machine.")
@click.option(
    "--to-fix",
    "to_fix",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="把待修正的行连同原因写入该文件。Write the rows to fix, with the reasons, to FILE.",
)
@a_file
@click.pass_context
def check(
    ctx: click.Context,
    source: Source,
    node_url: str,
    origin: str,
    to_fix: Path | None,
    *,
    offline: bool,
) -> None:
    """校验文件，不签名、不发送。Check FILE; nothing is signed or sent."""
    out = ctx.ensure_object(Output)
    node = connect("" if offline else node_url)
    if node is not None and not origin:
        raise click.UsageError("用 --origin 指定日志，或加 --offline。Name the log, or --offline.")
    party = None if node is None else open_charter(node.charter()).party(origin)
    opened = source.open("" if party is None else party.code)
    checker = RowChecker(new_salt, Known(None), () if party is None else party.territory)
    with counting(out, opened.total, "校验 checking") as done:
        outcome = flow.check(opened.rows, checker, node, origin, done)
    tell_left_out(out, opened)
    tell_rows(out, outcome)
    if to_fix is not None and outcome.to_fix:
        write_new(to_fix, to_fix_file(outcome, opened.kind)[1])
        out.say(f"待修正的行：{to_fix}", "rows to fix, with the reasons beside them")
    left_out = left_out_document(opened)
    out.result({"ok": not outcome.to_fix, **outcome_document(outcome), **left_out})
    ctx.exit(1 if outcome.to_fix else 0)


@click.command()
@a_file
@signing_session_options
@click.pass_context
def seal(ctx: click.Context, session: Session, source: Source) -> None:
    """签名并封存通过校验的行。Sign what passed, send nothing.

    The rest goes to a to-fix file (exit code 1). The first time in a folder --node is needed, to
    learn how far the log has come.
    """
    ctx.exit(_run(session, source, send=False))


@click.command()
@maybe_a_file
@click.option(
    "--resign",
    is_flag=True,
    help="轮换密钥后：用新密钥重签现有日志，不加记录。After a rotation: sign the log as it stands.",
)
@click.option(
    "--hand-over",
    is_flag=True,
    help="迁移后：向新主节点提交最后的回执。After a move: give the new home the last receipt.",
)
@signing_session_options
@click.pass_context
def publish(
    ctx: click.Context,
    session: Session,
    source: Source | None,
    *,
    resign: bool,
    hand_over: bool,
) -> None:
    """校验、签名、报送，可续传。Check, sign and send FILE; or resume.

    Whatever is sealed and unsent goes first; without FILE nothing else is done. Rows that did not
    pass go to a to-fix file (exit code 1). Safe to run again at any time.
    """
    session.require_node()
    if (resign or hand_over) and source is not None:
        raise click.UsageError("--resign、--hand-over 不与文件同用。They take no FILE.")
    if hand_over:
        _hand_over(session)
    ctx.exit(_resign(session) if resign else 0 if hand_over else _run(session, source, send=True))


def _hand_over(session: Session) -> None:
    """Give the log's new home the last receipt of the one before."""
    out, origin = session.out, session.origin
    with session.workdir.locked():
        work = session.work(origin, session.workdir.log(origin))
        done = work.publisher.hand_over()
    out.say(f"日志 {origin} 的 {done.end} 条已由新主节点接管", "the new home holds them all")
    out.result({"ok": True, "origin": origin, "size": done.end})


def _resign(session: Session) -> int:
    """Sign the log as it stands with the key of today; return the exit code."""
    out, origin = session.out, session.origin
    with session.workdir.locked():
        work = session.work(origin, session.workdir.log(origin))
        delivered = flow.resign(work)
        vkey = work.key().vkey
    tell_delivered(out, delivered[:-1])
    out.say(
        f"日志 {origin} 的 {delivered[-1].end} 条已由密钥 {vkey.key_id.hex()} 重签", "signed anew"
    )
    out.result(
        {
            "ok": True,
            "origin": origin,
            "size": delivered[-1].end,
            "vkey": str(vkey),
            "resumed": delivered_document(delivered[:-1]),
        }
    )
    return 0


_OF_TYPES: Final = "\b\n信息类别 Record types:\n" + "\n".join(
    f"  {name}  {kind.zh}{'' if name in FORMS else '（JSON Lines）'}"
    for name, kind in KINDS.items()
)


@click.command(epilog=_OF_TYPES)
@json_option
@click.argument("form", metavar="TYPE", type=click.Choice(list(KINDS)))
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def template(out: Output, form: Form, file: Path) -> None:
    """写出某类信息的空白模板（.xlsx 或 .csv）。Write an empty template.

    The name decides: .xlsx is a workbook with drop-downs, notes and an example, .csv the headers.
    Types whose files or lists fit in no row have none: their records come as JSON Lines alone.
    """
    if form not in FORMS:
        raise click.UsageError(_json_only(form))
    as_csv = file.suffix.lower() == ".csv"
    if not as_csv and file.suffix.lower() != ".xlsx":
        raise click.UsageError("文件名以 .xlsx 或 .csv 结尾。The name ends in .xlsx or .csv.")
    write_new(file, write_template(form) if as_csv else workbook_template(form))
    out.say(f"模板：{file}", "template")
    out.result({"ok": True, "path": str(file)})


def _json_only(form: Form) -> str:
    """Say why a type has no template, and how its records are given."""
    kind, members = KINDS[form], "、".join(wanting(form))
    zh = f"“{kind.zh}”没有表格模板：必填的“{members}”表格的一行写不下，只能以 JSON Lines 报送。"
    en = f"{kind.en}: its files or lists fit in no row, so it is given as JSON Lines alone."
    return f"{zh}{en} JSON Schema: /api/v1/types/{form}"


def _run(session: Session, source: Source | None, *, send: bool) -> int:
    """Run the numbered steps of ``exchange.publisher`` on one log; return the exit code."""
    out, origin = session.out, session.origin
    with session.workdir.locked():
        log = session.workdir.log(origin)
        work = session.work(origin, log, send=send)
        resumed = flow.resume(work)
        tell_delivered(out, resumed)
        outcome, to_fix, left_out = Outcome(), None, left_out_document(None)
        if source is not None:
            opened = source.open(session.trust(origin).party.code)
            outcome, to_fix = _publish(session, opened, work, log)
            tell_left_out(out, opened)
            left_out = left_out_document(opened)
    tell_rows(out, outcome)
    for start, end in outcome.sealed:
        out.say(f"已封存 {start}–{end}", "sealed")
    tell_delivered(out, outcome.delivered)
    if to_fix is not None:
        out.say(f"待修正的行：{to_fix}", "rows to fix, with the reasons beside them")
    out.result(
        {
            "ok": to_fix is None,
            "origin": origin,
            "resumed": delivered_document(resumed),
            **outcome_document(outcome),
            **left_out,
            "to_fix_file": None if to_fix is None else str(to_fix),
        }
    )
    return 0 if to_fix is None else 1


def _publish(
    session: Session, opened: ClerkFile, work: Work, log: SealedLog
) -> tuple[Outcome, Path | None]:
    with counting(session.out, opened.total) as done:
        work.progress = done
        territory = session.charter.party(log.origin).territory
        outcome = flow.publish(work, opened.rows, RowChecker(new_salt, Known(log), territory))
    return outcome, write_to_fix(log, outcome, opened.kind)
