"""The desk of the region's office pages: offices are named there."""

from tests.registry.office_pages.conftest import standing

__all__ = ["standing"]
