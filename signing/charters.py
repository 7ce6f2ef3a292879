"""The versions of a charter as a chain: each signed by the roots before it and by its own.

A chain begins with a version that is trusted for another reason (its digest was published, or it
was put there by hand) and misses none after it: every version may change the roots. Two charters
of one version are the gravest finding there is, since roots have signed both.
"""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from signing.charter import Charter, open_charter
from signing.errors import CharterError

Chain: TypeAlias = tuple[Charter, ...]
"""Versions without a gap, oldest first; each was verified by the one before."""


def open_chain(notes: Iterable[bytes], pinned: bytes = b"", known: Sequence[Charter] = ()) -> Chain:
    """Verify charters, given in any order and perhaps twice, as one chain.

    Args:
        notes: signed notes; those that `known` has already change nothing.
        pinned: SHA-256 of the text of the version that is trusted: the chain begins there, and
            what was before it proves nothing. Empty: the lowest version given is trusted as it is.
        known: a chain that was verified before, which the notes go on.

    Raises:
        CharterError: `charter-forked`, `charter-skipped`, `charter-version`, `charter-threshold`,
            `charter-pinned` or a code of the text; MalformedNoteError or SignatureError.
    """
    offered = sorted((open_charter(note) for note in notes), key=lambda one: one.version)
    chain = tuple(known)
    trusted = next((one for one in offered if one.digest == pinned), None)
    if trusted is not None and not chain:
        chain = (trusted,)
        offered = [one for one in offered if one.version >= trusted.version]
    for one in offered:
        chain = follow(chain, one)
    if pinned and chain and chain[0].digest != pinned:
        detail = f"{chain[0].digest.hex()}, {pinned.hex()}"
        raise CharterError(code="charter-pinned", detail=detail)
    return chain


def follow(chain: Chain, offered: Charter) -> Chain:
    """Return the chain with one more version; as it is where it has this one; raise CharterError.

    Raises:
        CharterError: `charter-forked` where it has another charter of that version,
            `charter-skipped` where one between is missing, `charter-version` where it is older than
            the first, or of another region, `charter-threshold` where the roots before it have not
            signed.
    """
    if not chain:
        return (offered,)
    at = offered.version - chain[0].version
    if 0 <= at < len(chain) and chain[at].digest == offered.digest:
        return chain
    before = chain[min(max(at, 0), len(chain) - 1)]
    return (*chain, open_charter(offered.note, before))
