"""``registry import enterprises``: real registrations, one log for each city."""

import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

import click

from registry.cli.options import Session, connect, new_salt, optional_session_options
from registry.cli.output import Output
from registry.cli.progress import counting
from registry.cli.report import outcome_document, tell_delivered, tell_rows, write_to_fix
from registry.clock import SystemClock
from registry.demo.trial import FOLDER, Trial, prepare, running
from registry.exchange import flow
from registry.exchange.flow import Outcome
from registry.exchange.rows import Known, RowChecker
from registry.exchange.workdir import Workdir
from registry.forms.enterprises import read_enterprises
from registry.forms.files import FormRow
from registry.telemetry import configure_logging
from signing.charter import Charter


@click.group(name="import")
def importing() -> None:
    """导入已有数据。Import existing data."""


@importing.command()
@click.argument(
    "file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@optional_session_options
@click.pass_context
def enterprises(ctx: click.Context, session: Session | None, file: Path) -> None:
    """按城市导入企业登记。Import registrations, one log for each city.

    The rows of each city in the CSV go to the log of the member of that name, whose key has to be
    in the working folder. Without --workdir and --node a trial region with a node of its own is
    made in .cache/trial and filled. Safe to run again.
    """
    if session is not None:
        ctx.exit(_all(session, file))
    configure_logging()
    out = ctx.ensure_object(Output)
    trial = prepare(FOLDER, SystemClock())
    with running(trial):
        node = connect(trial.url)
        password = trial.password
        code = _all(Session(out, Workdir(trial.workdir), node, None, lambda: password), file)
    for line in ways_on(trial, _first_name(file)):
        out.say(line)
    ctx.exit(code)


def ways_on(trial: Trial, name: str) -> list[str]:
    """Return what to do with a filled trial region; ``name`` is an enterprise in it, or empty."""
    example = f"/search?q={quote(name)}" if name else ""
    return [
        "",
        f"查看 / look    : registry serve --settings {trial.settings_file}",
        f"  然后打开 / then open {trial.url}{example}{f'  （{name}）' if name else ''}",
        f"核对 / audit   : registry audit --settings {trial.settings_file}",
    ]


def _first_name(file: Path) -> str:
    """Return a name to search for: that of the first registration, as it was published."""
    for _, row in read_enterprises(file.read_bytes()):
        subject = (row.main or {}).get("subject")
        return str(subject.get("name", "")) if isinstance(subject, dict) else ""
    return ""


def _all(session: Session, file: Path) -> int:
    """Import every city's rows; return the exit code."""
    session.require_node()
    done: dict[str, object] = {}
    to_fix = 0
    with session.workdir.locked():
        cities, without = _by_log(read_enterprises(file.read_bytes()), session.charter)
        for origin, rows in cities.items():
            outcome = _import(session, origin, rows)
            to_fix += len(outcome.to_fix)
            done[origin] = outcome_document(outcome)
    for city, count in without.items():
        session.out.say(f"“{city}”的 {count} 行没有对应的日志，未导入", "no log for this city")
    good = not without and not to_fix
    session.out.result({"ok": good, "logs": done, "without_log": without})
    return 0 if good else 1


def _import(session: Session, origin: str, rows: list[FormRow]) -> Outcome:
    log = session.workdir.log(origin)
    work = session.work(origin, log)
    tell_delivered(session.out, flow.resume(work))
    with counting(session.out, len(rows), origin) as work.progress:
        territory = session.charter.party(origin).territory
        outcome = flow.publish(work, rows, RowChecker(new_salt, Known(log), territory))
    session.out.say(f"—— {origin}")
    tell_rows(session.out, outcome)
    tell_delivered(session.out, outcome.delivered)
    if to_fix := write_to_fix(log, outcome, "csv"):
        session.out.say(f"待修正的行：{to_fix}", "rows to fix")
    return outcome


def _by_log(
    rows: Iterable[tuple[str, FormRow]], charter: Charter
) -> tuple[Mapping[str, list[FormRow]], dict[str, int]]:
    """Sort rows by the log of their city; count those of cities without one."""

    @functools.cache
    def origin_of(city: str) -> str:
        names = {city, f"{city}市"}
        return next((party.origin for party in charter.parties if party.name in names), "")

    found: dict[str, list[FormRow]] = defaultdict(list)
    without: dict[str, int] = defaultdict(int)
    for city, row in rows:
        if origin := origin_of(city):
            found[origin].append(row)
        else:
            without[city] += 1
    return found, dict(without)
