"""One node for all tests of saved searches; each has an enterprise of its own."""

from tests.registry.access.conftest import begun, reading, standing

__all__ = ["begun", "reading", "standing"]
