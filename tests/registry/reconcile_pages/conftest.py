"""A desk of its own for the walk through the pages of the reconcile."""

from tests.registry.workbench.conftest import office

__all__ = ["office"]
