"""What can stop the publisher's tool, in one catalogue (``stops.toml``), read once.

Every stop says what happened and what would be right, Chinese first. Codes never change their
meaning.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

import msgspec

from registry.errors import RegistryError


@dataclass(frozen=True, slots=True)
class Stop:
    """Texts of one code; ``{name}`` parts are filled in from the facts of the case."""

    zh: str
    en: str
    right_zh: str
    right_en: str


STOPS: Final = msgspec.toml.decode(
    Path(__file__).with_name("stops.toml").read_bytes(), type=dict[str, Stop]
)


class PublishError(RegistryError):
    """The publisher's tool stops; ``detail_code`` is a key of :data:`STOPS`."""

    code: ClassVar[str] = "publish-error"

    def __init__(self, code: str, **facts: object) -> None:
        """Fill the texts of ``code`` with the facts of the case."""
        stop = STOPS[code]
        self.detail_code = code
        self.facts = facts
        self.zh = stop.zh.format(**facts)
        self.en = stop.en.format(**facts)
        self.right_zh = stop.right_zh.format(**facts)
        self.right_en = stop.right_en.format(**facts)
        super().__init__(f"{code}: {self.zh} / {self.en}")


class NodeRefusedError(RegistryError):
    """The node refused a request; carries its problem (RFC 9457) as far as it is understood."""

    code: ClassVar[str] = "node-refused"

    def __init__(
        self, status: int, code: str, texts: tuple[str, str], size: int | None = None
    ) -> None:
        """``texts`` are Chinese, English; ``size`` is the stored size where the node names it."""
        self.status = status
        self.detail_code = code
        self.zh, self.en = texts
        self.size = size
        super().__init__(f"{status} {code}: {self.zh} / {self.en}")
