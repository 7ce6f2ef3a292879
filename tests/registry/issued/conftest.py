"""The scene of these tests is that of the read side."""

from tests.registry.query.conftest import scene

__all__ = ["scene"]
