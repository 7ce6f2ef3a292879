"""The desk's office, for exports of what it has sealed."""

from tests.registry.workbench.conftest import office

__all__ = ["office"]
