"""Whole runs of the publisher's tool: check a file, seal what passed, send it, resume.

Each function does its numbered steps of ``publisher`` under a lock that the caller holds.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from registry.exchange.errors import NodeRefusedError
from registry.exchange.home import Delivered, Node
from registry.exchange.publisher import Publisher
from registry.exchange.rows import Row, RowChecker, batches_of, check_at_node
from registry.exchange.sealed import LogSigner
from registry.forms.files import FormRow
from signing.batch import MAX_RECORDS
from signing.errors import ExpiredKeyError, RevokedKeyError

_PLACES: Final = 5
_TOLD_EVERY: Final = 200
"""Rows between two words of progress."""

Keys = Callable[[], LogSigner]
"""Gives the signing key when one is needed: it may have to ask for a password."""

Progress = Callable[[int], None]
"""Is told how many rows of the file are done."""


@dataclass(slots=True)
class Outcome:
    """What became of the rows of one file; every row is in exactly one of the four counts."""

    rows: int = 0
    passed: int = 0
    repeated: int = 0
    to_fix: list[Row] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)
    warned_at: dict[str, list[str]] = field(default_factory=dict)
    """Of each kind of warning, where the first stand."""
    sealed: list[tuple[int, int]] = field(default_factory=list)
    delivered: list[Delivered] = field(default_factory=list)
    placed: list[int] = field(default_factory=list)
    """Numbers of the rows that passed, in the order in which they were sealed."""
    again: dict[int, str] = field(default_factory=dict)
    """Of each row that was sealed before, by its number, the id of the record."""

    def count(self, group: Iterable[Row]) -> None:
        """Add the rows of one group."""
        for row in group:
            self.rows += 1
            if row.repeats:
                self.repeated += 1
                self.again[row.form.row] = row.repeats
            elif row.line is None:
                self.to_fix.append(row)
            else:
                self.passed += 1
                self.placed.append(row.form.row)
                for code, found in {found.code: found for found in row.findings}.items():
                    self.warnings[code] += 1
                    places = self.warned_at.setdefault(code, [])
                    if len(places) < _PLACES:
                        places.append(row.form.place(found.pointer))


@dataclass(slots=True)
class Work:
    """What a run works with; ``most`` bounds the records of a batch, see ``Publisher.open``."""

    publisher: Publisher
    key: Keys
    origin: str
    node: Node | None = None
    progress: Progress = lambda _rows: None
    most: int = MAX_RECORDS
    new_log: bool = False


def resume(work: Work) -> list[Delivered]:
    """(2, 5-8) Open the log and finish what earlier runs began.

    Raises:
        RegistryError: see ``Publisher``.
    """
    publisher = work.publisher
    publisher.open(new_log=work.new_log)
    if publisher.unfinished:
        publisher.finish_sealing(work.key())
    return _deliver(work) if work.node is not None else []


def resign(work: Work) -> list[Delivered]:
    """(2, 5-8) Finish what earlier runs began, then sign the same tree with the key of today.

    Raises:
        RegistryError: see ``Publisher``.
    """
    return [*resume(work), work.publisher.resign(work.key())]


def publish(work: Work, forms: Iterable[FormRow], checker: RowChecker) -> Outcome:
    """(3-8) Check, seal and, with a node, send the rows, one batch after another.

    Call :func:`resume` first: it leaves the log open and nothing behind.

    Raises:
        RegistryError: see ``Publisher``; what is sealed stays sealed and goes with the next run.
    """
    outcome = Outcome()
    for group in _checked(work, forms, checker):
        outcome.count(group)
        lines = [line for row in group if (line := row.line) is not None]
        if lines:
            batch = work.publisher.seal(lines, work.key())
            outcome.sealed.append((batch.start, batch.end))
        if lines and work.node is not None:
            outcome.delivered.extend(_deliver(work))
        work.progress(outcome.rows)
        lines.clear()
        group.clear()  # half a large file: gone before the next half is read
    return outcome


def _deliver(work: Work) -> list[Delivered]:
    """(6-8) Send what is sealed; if its key may not sign any more, sign it with the present one."""
    try:
        return list(work.publisher.deliver())
    except NodeRefusedError as error:
        if error.detail_code not in {ExpiredKeyError.code, RevokedKeyError.code}:
            raise
    work.publisher.sign_again(work.key())
    return list(work.publisher.deliver())


def check(
    forms: Iterable[FormRow],
    checker: RowChecker,
    node: Node | None = None,
    origin: str = "",
    progress: Progress = lambda _rows: None,
) -> Outcome:
    """(3) Check the rows without keeping anything; with a node, by its tables too.

    Raises:
        RegistryError: the node gave no usable answer.
    """
    outcome = Outcome()
    rows = map(checker.check, _counted(forms, progress))
    if node is None:
        outcome.count(rows)
        return outcome
    for group in batches_of(rows):
        outcome.count(check_at_node(node, origin, 0, group))
        group.clear()
    return outcome


def _checked(work: Work, forms: Iterable[FormRow], checker: RowChecker) -> Iterator[list[Row]]:
    rows = map(checker.check, _counted(forms, work.progress))
    for group in batches_of(rows, work.most):
        if work.node is None:
            yield group
        else:
            yield check_at_node(work.node, work.origin, work.publisher.head.size, group)
            group.clear()


def _counted(forms: Iterable[FormRow], progress: Progress) -> Iterator[FormRow]:
    for number, form in enumerate(forms):
        if number % _TOLD_EVERY == 0:
            progress(number)
        yield form
