"""``registry verify``: the offline verifier of ``python -m signing verify``, under one roof."""

from pathlib import Path

import click

from registry.cli.options import json_option
from registry.cli.output import Output
from signing.__main__ import main as signing_main


@click.command()
@json_option
@click.option(
    "--charter",
    "charter_file",
    required=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="所信任的章程。The charter you trust.",
)
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.pass_context
def verify(ctx: click.Context, files: tuple[Path, ...], charter_file: Path) -> None:
    """离线核验批次、回执、证明、章程、凭证。Verify signed files offline."""
    arguments = ["verify", *map(str, files), "--charter", str(charter_file)]
    if ctx.ensure_object(Output).as_json:
        arguments.append("--json")
    ctx.exit(signing_main(arguments))
