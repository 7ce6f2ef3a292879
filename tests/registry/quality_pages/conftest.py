"""Nothing is counted behind a test's back: each says when."""

import pytest

from registry import parts


@pytest.fixture(autouse=True)
def _counted_when_asked(monkeypatch):
    monkeypatch.setattr(parts, "LATER", 3600.0)
