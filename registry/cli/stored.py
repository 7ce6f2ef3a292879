"""What commands need of a node's store besides its tables."""

from registry.errors import NodeError
from registry.store.charters import CharterStore
from registry.store.engine import Database
from signing.charter import Charter, open_charter


async def charter_in_force(db: Database) -> Charter:
    """Return the latest charter that the node keeps; raises NodeError where there is none."""
    charter: Charter | None = None
    for note in await CharterStore(db).all():
        charter = open_charter(note, charter)
    if charter is None:
        raise NodeError("节点还没有章程 / the node has no charter yet")
    return charter
