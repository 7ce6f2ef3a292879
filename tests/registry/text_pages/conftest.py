"""A whole node with keys for every role, and its pages in a browser."""

from tests.registry.access.conftest import begun, clock, desk, issuer
from tests.registry.access.test_in_browser import base, changed

__all__ = ["base", "begun", "changed", "clock", "desk", "issuer"]
