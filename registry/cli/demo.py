"""``registry demo``: the demonstration region, once or with pages to look at."""

import asyncio
import contextlib
import signal
from collections.abc import Iterator

import click

from registry.cli.options import json_option
from registry.cli.output import Output
from registry.demo import together
from registry.demo.meilisearch import program
from registry.demo.report import Report
from registry.demo.run import serve, smoke
from registry.telemetry import configure_logging

NODES_MAX = 5


@click.command()
@json_option
@click.option("--once", is_flag=True, help="完成一遍主要流程即结束。Do the main job once and end.")
@click.option("--port", default=8000, show_default=True, help="页面端口。Port of the pages.")
@click.option(
    "--nodes",
    type=click.IntRange(1, NODES_MAX),
    default=1,
    show_default=True,
    help="节点数；多于一个时互相跟随。Nodes, at this port and the next ones, following each other.",
)
@click.pass_obj
def demo(out: Output, *, once: bool, port: int, nodes: int) -> None:
    """运行演示区域（虚构企业）。Run the demonstration region of fictional enterprises."""
    configure_logging()
    report = Report(say=out.say)
    with contextlib.suppress(KeyboardInterrupt), _ended_like_ctrl_c():
        if nodes > 1:
            together.smoke(report, nodes) if once else together.serve(port, report, nodes)
        else:
            engine = program()
            asyncio.run(
                smoke(report, engine=engine) if once else serve(port, report, engine=engine)
            )
    steps = [{"step": name, "result": words} for name, words in report.steps]
    out.result({"ok": True, "steps": steps})


@contextlib.contextmanager
def _ended_like_ctrl_c() -> Iterator[None]:
    """Let whoever ends the process by SIGTERM end the servers that it has started, too."""

    def end(*_: object) -> None:
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # so scripts start what they leave
            raise KeyboardInterrupt
        signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
