"""As for the pages: nothing is counted behind a test's back."""

from tests.registry.quality_pages.conftest import _counted_when_asked

__all__ = ["_counted_when_asked"]
