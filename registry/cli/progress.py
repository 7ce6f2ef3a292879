"""Progress of long work, on the error stream of a terminal only."""

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from registry.cli.output import Output


@contextlib.contextmanager
def counting(out: Output, total: int, label: str = "") -> Iterator[Callable[[int], None]]:
    """Show a bar of ``total`` rows; yields the function that is told how many are done."""
    console = Console(stderr=True, quiet=out.as_json)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(label or "报送 publishing", total=total)
        yield lambda done: progress.update(task, completed=done)


@contextlib.contextmanager
def working(out: Output, label: str) -> Iterator[None]:
    """Show that something of unknown length goes on, and for how long it has."""
    console = Console(stderr=True, quiet=out.as_json)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        progress.add_task(label, total=None)
        yield
