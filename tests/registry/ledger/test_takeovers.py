"""Which logs have moved to a node, by the versions of the charter; what hands one over."""

import pytest

from registry.ledger.takeovers import takeovers
from signing.batch import parse_batch
from signing.charter import fields_of
from signing.cosign import cosign
from signing.keys import SigningKey
from signing.note import append_signatures, parse_note
from signing.receipt import make_receipt
from tests.registry.world import (
    NODE,
    WUHU,
    Publisher,
    charter,
    line,
    node_key,
)

OTHER = "node2.example"
AT = 1_790_000_000


def version(number: int, home: str | None):
    """A version in which the log WUHU is at home somewhere; None: its member has not joined yet."""
    parties = fields_of(charter())["parties"]
    for party in parties:
        if party["origin"] == WUHU and home is not None:
            party["home"] = home
    parties = [one for one in parties if home is not None or one["origin"] != WUHU]
    return charter(number, parties=parties)


def chain(*homes: str | None):
    return tuple(version(number, home) for number, home in enumerate(homes, 1))


@pytest.mark.parametrize(
    ("homes", "since"),
    [
        ([NODE], None),
        ([NODE, NODE], None),
        ([OTHER], None),
        ([NODE, OTHER], None),
        ([None, NODE], None),  # a new member begins here
        ([OTHER, NODE], 2),
        ([OTHER, NODE, NODE], 2),
        ([OTHER, OTHER, NODE], 3),
        ([NODE, OTHER, NODE], 3),
        ([OTHER, None, NODE], None),  # it had left, and begins anew
    ],
)
def test_a_log_has_moved_here_since_the_version_that_says_so(homes, since):
    found = takeovers(chain(*homes), NODE)
    assert set(found) == ({WUHU} if since else set())
    if since:
        assert (found[WUHU].since, found[WUHU].home) == (since, OTHER)
        assert found[WUHU].before.version == since - 1


MOVED = takeovers(chain(OTHER, NODE), NODE)[WUHU]


def signed() -> bytes:
    batch = Publisher(WUHU).seal([line(0)])
    return parse_batch([batch])[0].checkpoint or b""


def lines(note: bytes | None) -> set[str]:
    return {line.line() for line in parse_note(note or b"").signatures}


def test_only_a_receipt_of_the_home_before_hands_over():
    note = signed()
    good = make_receipt(note, node_key("mirror", OTHER), AT).note
    assert lines(MOVED.handed_over(good, WUHU)) == lines(good)
    for bad in (
        note,
        make_receipt(note, node_key("mirror", NODE), AT).note,  # that is the new home
        append_signatures(note, [cosign(node_key("witness", OTHER), parse_note(note).text, AT)]),
        good.replace(b"\n1\n", b"\n2\n"),
        b"junk",
    ):
        assert MOVED.handed_over(bad, WUHU) is None
    by_nobody = append_signatures(good, parse_note(
        make_receipt(note, node_key("mirror", NODE), AT).note).signatures[1:])  # fmt: skip
    assert lines(MOVED.handed_over(by_nobody, WUHU)) == lines(good)  # others are left out


def test_a_mirror_key_that_was_laid_down_hands_nothing_over_later():
    earlier = [
        {
            "vkey": str(node_key("mirror", OTHER).vkey),
            "from": "2026-01-01T00:00:00Z",
            "until": "2026-02-01T00:00:00Z",
        }
    ]
    new = str(SigningKey.from_seed(f"{OTHER}/mirror", bytes(32), 4).vkey)
    parties = fields_of(version(1, OTHER))["parties"]
    rotated = charter(nodes={OTHER: {"mirror": new, "earlier": earlier}}, parties=parties)
    moved = takeovers((rotated, version(2, NODE)), NODE)[WUHU]
    assert (
        moved.handed_over(make_receipt(signed(), node_key("mirror", OTHER), AT).note, WUHU) is None
    )
