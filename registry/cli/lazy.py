"""Commands whose modules are imported when they are called, and not for the help."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import click


@dataclass(frozen=True, slots=True)
class Lazy:
    """Where a command is, and its line in the help, which must not need an import."""

    module: str
    name: str
    help: str


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is asked for.

    ``lazy`` are such commands by name, in the order of the help; they come after those that were
    added as they are.
    """

    lazy: ClassVar[Mapping[str, Lazy]] = MappingProxyType({})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of a clerk's work."""
        return [*super().list_commands(ctx), *self.lazy]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command, or None."""
        if cmd_name not in self.lazy:
            return super().get_command(ctx, cmd_name)
        lazy = self.lazy[cmd_name]
        module = importlib.import_module(f"registry.cli.{lazy.module}")
        command: click.Command = getattr(module, lazy.name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any of them."""
        del ctx
        added = [(name, one.get_short_help_str(120)) for name, one in sorted(self.commands.items())]
        with formatter.section("Commands"):
            formatter.write_dl([*added, *((name, lazy.help) for name, lazy in self.lazy.items())])
