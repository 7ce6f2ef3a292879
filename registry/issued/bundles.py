"""Records to take away: one signed file for a record that may be shown, none for any other.

A file cannot be called back, so what its holder must know stands in it: what it proves, that it
shows one moment, how to ask again (`signing.bundle`). What has ended is handed out to nobody, not
even to its subject or an auditor, who may still read it: a file is there to be passed on, and
nobody uses what has been repaired (Order 36 art. 3).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from registry.clock import Clock, unix
from registry.domain.disclosure import ENDED, Role
from registry.errors import GoneRefusal
from registry.query.record import GONE_EN, GONE_ZH
from registry.query.views import RecordDetail
from signing.bundle import Bundle, Cover, Statement, seal_bundle
from signing.charter import Charter
from signing.encoding import beijing_text, utc_text
from signing.keys import SigningKey
from signing.status import BLOCK

SUFFIX: Final = ".bundle"
OLD_ZH: Final = (
    "本证明仅表明该信息于{at}由{who}报送且未被改动，不代表其当前状态。"
    "请于使用前核验最新状态：{url}。信用修复后，任何单位不得继续使用。"
)
OLD_EN: Final = (
    "This proof only shows that the record was stated on {at} by {who} and not changed; it does "
    "not speak of its present state. Check the latest state before use: {url}. After credit repair "
    "nobody may go on using it."
)
"""What stands on every old proof and report."""
STATEMENT_ZH: Final = f"{OLD_ZH}{{node}}于{{issued}}出具本文件，仅反映该时刻。"
STATEMENT_EN: Final = (
    f"{OLD_EN} {{node}} issued this file at {{issued}}, and it shows that moment only."
)
_NOT_STANDING: Final = ENDED | {"quarantined", "not-competent-act"}


@dataclass(frozen=True, slots=True)
class Sealer:
    """Who signs what is taken away: the node by its name and address, its mirror key, the charter.

    ``public_url`` may end with a slash.
    """

    node: str
    public_url: str
    mirror: SigningKey
    charter: Charter

    def address(self, path: str) -> str:
        """Return the address of a path of this node."""
        return f"{self.public_url.rstrip('/')}/{path}"


@dataclass(frozen=True, slots=True)
class Bundles:
    """Seals the files, at the moment that its clock shows."""

    by: Sealer
    clock: Clock

    def seal(self, detail: RecordDetail, role: Role) -> bytes:
        """Return the file of a record that was just read by somebody in a role.

        Raises:
            GoneRefusal: it has ended, or its reader may not read all of it: word for word what is
                answered for a record that never existed.
        """
        if not may_be_taken(detail):
            raise GoneRefusal(GONE_ZH, GONE_EN)
        view = detail.view
        now, by = unix(self.clock), self.by
        url = by.address(f"record/{view.origin}/{view.idx}")
        cover = Cover(
            node=by.node,
            charter=by.charter.digest.hex(),
            charter_version=by.charter.version,
            issued=utc_text(now),
            role=(Role.PUBLIC if detail.public else role).value,
            marks=view.marks,
            url=url,
            status=by.address(f"log/{view.origin}/status/{view.idx // BLOCK}"),
            statement=self._statement(detail, url, now),
        )
        return seal_bundle(Bundle(cover, detail.line, detail.proof), by.mirror)

    def _statement(self, detail: RecordDetail, url: str, now: int) -> Statement:
        at = _second(detail.stated_at)
        said = {"who": detail.signed_by, "url": url, "node": self.by.node}
        return Statement(
            STATEMENT_ZH.format(at=beijing_text(at), issued=beijing_text(now), **said),
            STATEMENT_EN.format(at=utc_text(at), issued=utc_text(now), **said),
        )


def may_be_taken(detail: RecordDetail) -> bool:
    """Tell whether a record that may be shown may be taken away as well: whole, and standing."""
    return bool(detail.line) and not _NOT_STANDING.intersection(detail.view.flags)


def _second(moment: datetime) -> int:
    return int(moment.timestamp())
