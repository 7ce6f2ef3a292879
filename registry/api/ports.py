"""What handlers need that the composition root binds for them, and the logs they answer for."""

from collections.abc import AsyncIterator
from typing import Protocol

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from registry.errors import NotFoundRefusal
from registry.ingest.check import CheckReport
from registry.ingest.unpack import Encoding
from signing.charter import Charter
from signing.errors import SigningError

CharterDep = NamedDependency[SkipValidation[Charter]]


class Checking(Protocol):
    """The dry run of a log, bounded in how many run at once."""

    async def __call__(
        self, origin: str, chunks: AsyncIterator[bytes], encoding: Encoding
    ) -> CheckReport:
        """Check a batch for a log as it arrives; raises Refusal."""
        ...


def known_log(charter: Charter, origin: str) -> str:
    """Return the name of a log of the charter; raises NotFoundRefusal ``unknown-log``."""
    try:
        return charter.party(origin).origin
    except SigningError as error:
        raise NotFoundRefusal(
            "章程中没有这本日志。", "The charter has no such log.", code="unknown-log"
        ) from error
