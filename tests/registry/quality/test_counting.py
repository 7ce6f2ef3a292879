"""What one record adds, case by case; and when an entry first had a receipt."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from registry.clock import SHANGHAI
from registry.domain.records import decode_main
from registry.quality.counting import accepted
from registry.quality.follower import Times
from signing.checkpoint import Checkpoint, sign_checkpoint
from signing.cosign import cosign
from signing.keys import SigningKey
from signing.merkle import CompactRange, leaf_hash
from signing.note import Signature, append_signatures, parse_note
from signing.record import encode_record
from tests.registry.ingest.samples import SAMPLES
from tests.registry.world import NODE, WUHU, charter, log_key, node_key

CASES = YAML(typ="safe").load(Path(__file__).with_name("counted.yaml").read_text(encoding="utf-8"))
NOON = datetime(2026, 7, 9, 12, tzinfo=SHANGHAI)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_a_record_adds(case):
    main = SAMPLES[case["type"]] | case.get("changes", {})
    if "authority" in case:
        main = main | {"authority": {"name": case["authority"]}}
    record = decode_main(encode_record(main).partition(b"\t")[0])
    cell, found = accepted(
        record,
        case.get("on", date(2026, 11, 20)),
        case.get("began", date(2026, 1, 1)),
        frozenset(case.get("flags", ())),
        case.get("objected"),
    )
    assert cell.type == case["type"]
    assert {name: found.get(name) for name in case["adds"]} == case["adds"], found
    assert [name for name in case.get("lacks", ()) if name in found] == []


def noted(size: int, *signed: tuple[SigningKey, datetime]) -> tuple[int, bytes]:
    """A checkpoint of a log with cosignatures."""
    tree = CompactRange()
    tree.extend(leaf_hash(bytes([n]) * 64) for n in range(size))
    note = sign_checkpoint(Checkpoint(WUHU, size, tree.root()), log_key(WUHU))
    text = parse_note(note).text
    lines = [cosign(key, text, int(at.timestamp())) for key, at in signed]
    return size, append_signatures(note, lines)


def test_the_earliest_mirror_says_when_an_entry_was_there():
    """A node that follows cosigns later than the home, whose line came with the note."""
    home, other = node_key("mirror"), node_key("mirror", "node2.example")
    later = NOON + timedelta(days=2)
    first = noted(3, (other, later), (home, NOON))
    times = Times(charter(), [first, noted(5, (other, later))])
    assert [times.day(idx) for idx in range(6)] == [
        *[NOON.date()] * 3,
        *[later.date()] * 2,
        None,
    ]
    assert times.end == 5


def test_the_day_is_that_of_shanghai():
    late = datetime(2026, 7, 9, 23, 59, tzinfo=SHANGHAI)
    times = Times(charter(), [noted(1, (node_key("mirror"), late))])
    assert times.day(0) == date(2026, 7, 9)
    midnight = late + timedelta(minutes=1)
    times = Times(charter(), [noted(1, (node_key("mirror"), midnight))])
    assert times.day(0) == date(2026, 7, 10)


def test_what_no_mirror_has_signed_waits_for_the_next_that_one_has():
    """As after a refill from files: the checkpoint is there, its receipt is not."""
    witness = node_key("witness")
    bare, seen = noted(2), noted(3, (witness, NOON))
    whole = noted(4, (node_key("mirror"), NOON + timedelta(days=1)))
    times = Times(charter(), [bare, seen, whole])
    assert [times.day(idx) for idx in range(5)] == [*[date(2026, 7, 10)] * 4, None]
    assert Times(charter(), [bare, seen]).end == 0
    assert Times(charter(), []).day(0) is None


def test_a_line_that_only_names_a_mirror_counts_for_nothing():
    """A forged line, even with the key id of a mirror, neither dates an entry nor hides it."""
    mirror, early = node_key("mirror"), NOON - timedelta(days=90)
    forger = SigningKey.from_seed(f"{NODE}/mirror", b"f" * 32, 4)
    _, by_forger = noted(2, (forger, early))
    (forged,) = (one for one in parse_note(by_forger).signatures if one.is_by(forger.vkey))
    dressed = Signature(forged.name, mirror.vkey.key_id, forged.payload)
    assert dressed.is_by(mirror.vkey)
    for line in (forged, dressed):
        _, note = noted(2, (mirror, NOON))
        assert Times(charter(), [(2, append_signatures(note, [line]))]).day(0) == NOON.date()
        assert Times(charter(), [(2, append_signatures(noted(2)[1], [line]))]).end == 0
