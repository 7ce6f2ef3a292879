"""What commands need of a node's store besides its tables."""

from registry.errors import NodeError
from registry.ledger.charters import Charters
from registry.store.engine import Database
from signing.charter import Charter


async def charter_in_force(db: Database) -> Charter:
    """Return the latest charter that the node keeps; raises NodeError where there is none."""
    chain = await Charters(db).chain()
    if not chain:
        raise NodeError("节点还没有章程 / the node has no charter yet")
    return chain[-1]
