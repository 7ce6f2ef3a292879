"""A desk of its own for the walks through its pages."""

from tests.registry.workbench.conftest import office

__all__ = ["office"]
