"""The node of the reports' own tests."""

from tests.registry.reports.conftest import stand

__all__ = ["stand"]
