"""How many nodes have seen a tree, as a page says it."""

from registry.ledger.quorum import Quorum
from registry.pages.frame import Frame
from registry.pages.words import joined


def quorum_words(frame: Frame, quorum: Quorum | None) -> dict[str, str]:
    """What is said of a quorum: nothing where one node is enough, a warning until it is met."""
    if quorum is None or quorum.needed == 1:
        return {"awaiting": "", "seen": ""}
    said: dict[str, object] = {"needed": quorum.needed, "have": len(quorum.nodes)}
    if quorum.met:
        return {"awaiting": "", "seen": frame.t("log.seen", **said)}
    missing = joined(frame.lang, list(quorum.missing))
    return {"awaiting": frame.t("log.awaiting-what", missing=missing, **said), "seen": ""}
