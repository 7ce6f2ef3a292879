"""The clerk's file as an argument of commands, and what it leaves unsaid as options."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import click

from registry.domain.records.base import Publication
from registry.forms.files import ClerkFile, FormDefaults, open_file

_PUBLICATIONS: Final = ("public", "government", "authorised")


@dataclass(frozen=True, slots=True)
class Source:
    """A clerk's file; an empty ``division`` in the defaults is filled with that of the log."""

    path: Path
    defaults: FormDefaults

    def open(self, division: str) -> ClerkFile:
        """Look at the file; its rows are read as they are asked for.

        Raises:
            Refusal: it is neither a template nor JSON Lines, or not to be trusted.
            UsageError: a template without a division.
        """
        data = self.path.read_bytes()
        defaults = replace(self.defaults, division=self.defaults.division or division)
        opened = open_file(data, defaults)
        if not (opened.kind == "json" or defaults.division):
            message = "用 --division 指定行政区划代码。Name the member's code with --division."
            raise click.UsageError(message)
        return opened


def source_options(function: Callable[..., None], *, required: bool) -> Callable[..., None]:
    """Add the argument FILE and its options; passed on as ``source``, None where it is left out."""

    @click.argument(
        "file",
        required=required,
        metavar="FILE" if required else "[FILE]",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
    )
    @click.option(
        "--division", default="", metavar="CODE", help="行政区划代码，缺省取自章程。GB/T 2260 code."
    )
    @click.option("--authority", metavar="NAME", help="文件未载明的认定单位。Recording authority.")
    @click.option("--source-unit", metavar="NAME", help="文件未载明的数据来源单位。Source unit.")
    @click.option(
        "--publication",
        type=click.Choice(_PUBLICATIONS),
        default="public",
        show_default=True,
        help="文件未载明的公开范围。Range of publication.",
    )
    @functools.wraps(function)
    def wrapper(
        *args: object,
        file: Path | None,
        division: str,
        authority: str | None,
        source_unit: str | None,
        publication: Publication,
        **others: object,
    ) -> None:
        defaults = FormDefaults(division, publication, authority, None, source_unit)
        source = None if file is None else Source(file, defaults)
        function(*args, source=source, **others)

    return wrapper


a_file = functools.partial(source_options, required=True)
"""Decorator of commands that need a file."""

maybe_a_file = functools.partial(source_options, required=False)
"""Decorator of commands that can do without."""
