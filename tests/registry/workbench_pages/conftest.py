"""A desk of its own for what is due, and one with records of an enterprise for a clerk's day."""

from tests.registry.objection_pages.conftest import counter
from tests.registry.workbench.conftest import office

__all__ = ["counter", "office"]
