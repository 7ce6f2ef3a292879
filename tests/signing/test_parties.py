"""What a charter answers: whose key counts when, and how it stands on a date."""

from datetime import UTC, date, datetime, timedelta

import pytest

from signing.charter import check_key_time, open_charter
from signing.checkpoint import open_checkpoint
from signing.cosign import cosign
from signing.errors import CharterError, ExpiredKeyError, RevokedKeyError
from signing.note import append_signatures, parse_note
from signing.parties import WARN_DAYS
from signing.receipt import make_receipt
from signing.verify import verify_files
from signing.voucher import open_voucher
from tests.signing.given import (
    LOG,
    MIRROR,
    MIRROR_B,
    NODE,
    ORIGIN,
    TIME,
    WITNESS,
    charter,
    checkpoint_note,
    key,
    record_line,
    voucher_file,
)

LINES = [record_line(1)]
NOTE = checkpoint_note(LINES)
SIGNED = open_checkpoint(NOTE, [LOG.vkey])
NEW_LOG = key(ORIGIN, 50)
OLD_MIRROR = key(f"{NODE}/mirror", 51, 4)
OLD_WITNESS = key(f"{NODE}/witness", 52, 4)


def utc(second):
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def revoking(at, quorum=1):
    """The log's key is revoked as of a second; another one has taken its place an hour later."""
    keys = [
        {"vkey": str(LOG.vkey), "from": "2026-01-01T00:00:00Z", "revoked": utc(at)},
        {"vkey": str(NEW_LOG.vkey), "from": utc(at + 3600)},
    ]
    return charter(parties__0__keys=keys, quorum=quorum)


# --- revocation ---


@pytest.mark.parametrize(("after", "good"), [(-1, True), (0, False), (1, False)])
def test_a_revoked_key_counts_until_the_second_before(after, good):
    trusted = revoking(TIME)
    if good:
        check_key_time(trusted, SIGNED, TIME + after)
        assert trusted.log_keys(ORIGIN, TIME + after) == (LOG.vkey,)
        return
    with pytest.raises(RevokedKeyError) as raised:
        check_key_time(trusted, SIGNED, TIME + after)
    assert raised.value.code == "revoked-key"
    assert all(utc(TIME) in text for text in (str(raised.value), raised.value.zh))


def test_before_its_window_a_key_is_not_valid_yet_revoked_or_not():
    with pytest.raises(ExpiredKeyError) as raised:
        check_key_time(revoking(TIME), SIGNED, 1)
    assert raised.value.code == "expired-key"


def test_another_key_that_signed_too_is_enough():
    both = append_signatures(NOTE, parse_note(checkpoint_note(LINES, NEW_LOG)).signatures)
    signed = open_checkpoint(both, [LOG.vkey, NEW_LOG.vkey])
    check_key_time(revoking(TIME), signed, TIME + 3600)
    with pytest.raises(RevokedKeyError):
        check_key_time(revoking(TIME), signed, TIME + 3599)


def verified(trusted, note):
    (found,) = verify_files({"r": note}, trusted)
    return found


def test_what_a_quorum_cosigned_before_the_revocation_stays_valid_and_says_so():
    found = verified(revoking(TIME + 1), make_receipt(NOTE, MIRROR, TIME).note)
    assert found.ok
    assert "\n" not in found.line()
    assert f"signed with a key revoked as of {utc(TIME + 1)}, but cosigned by a quorum before" in (
        found.line()
    )
    assert "起已被撤销，此前已由法定数量的节点联署" in found.line()
    still = verified(charter(), make_receipt(NOTE, MIRROR, TIME).note)
    assert "revoked" not in still.line()


def test_what_was_cosigned_later_is_not_valid():
    found = verified(revoking(TIME), make_receipt(NOTE, MIRROR, TIME).note)
    assert (found.code, utc(TIME) in found.proven) == ("revoked-key", True)


def test_what_no_quorum_has_cosigned_may_have_been_signed_at_any_time():
    assert verified(revoking(TIME + 1), NOTE).code == "revoked-key"
    one = make_receipt(NOTE, MIRROR, TIME).note
    assert verified(revoking(TIME + 1, quorum=2), one).code == "revoked-key"
    two = append_signatures(one, [cosign(MIRROR_B, parse_note(NOTE).text, TIME)])
    assert verified(revoking(TIME + 1, quorum=2), two).ok
    late = append_signatures(one, [cosign(MIRROR_B, parse_note(NOTE).text, TIME + 1)])
    assert verified(revoking(TIME + 1, quorum=2), late).code == "revoked-key"


# --- keys that a node has laid down ---


def with_earlier(*signers, until=TIME):
    earlier = [
        {"vkey": str(one.vkey), "from": "2026-01-01T00:00:00Z", "until": utc(until)}
        for one in signers
    ]
    return charter(nodes__0__earlier=earlier)


def test_earlier_keys_of_a_node_count_before_their_end():
    trusted = with_earlier(OLD_MIRROR, OLD_WITNESS)
    node = trusted.node(NODE)
    assert node.mirrors == (MIRROR.vkey, OLD_MIRROR.vkey)
    assert node.witnesses == (WITNESS.vkey, OLD_WITNESS.vkey)
    for old in (OLD_MIRROR.vkey, OLD_WITNESS.vkey):
        assert trusted.counts(old, TIME - 1)
        assert not trusted.counts(old, TIME)
    assert trusted.counts(MIRROR.vkey, 1)
    assert not charter().counts(OLD_MIRROR.vkey, TIME - 1)


def test_a_receipt_of_an_earlier_mirror_key_verifies():
    before = make_receipt(NOTE, OLD_MIRROR, TIME - 1).note
    assert verified(with_earlier(OLD_MIRROR), before).kind == "receipt"
    after = make_receipt(NOTE, OLD_MIRROR, TIME).note
    found = verified(with_earlier(OLD_MIRROR), after)
    assert (found.kind, "that any node has stored or seen it" in found.not_proven) == (
        "checkpoint", True)  # fmt: skip


def test_a_voucher_of_an_earlier_mirror_key_verifies():
    file = voucher_file(OLD_MIRROR)
    assert open_voucher(file, with_earlier(OLD_MIRROR, until=TIME + 1)).time == TIME
    with pytest.raises(ExpiredKeyError):
        open_voucher(file, with_earlier(OLD_MIRROR, until=TIME))


# --- how it stands on a date ---

ENDS, LAST = date(2027, 6, 30), date(2027, 7, 30)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("today", "state", "days"),
    [
        (ENDS - (WARN_DAYS + 1) * DAY, "in-force", WARN_DAYS + 1),
        (ENDS - WARN_DAYS * DAY, "ends-soon", WARN_DAYS),
        (ENDS, "ends-soon", 0),
        (ENDS + DAY, "grace", 29),
        (LAST, "grace", 0),
        (LAST + DAY, "ended", 1),
        (LAST + 400 * DAY, "ended", 400),
    ],
)
def test_every_day_has_one_standing(today, state, days):
    opened = charter()
    standing = opened.standing(today)
    assert (standing.state, standing.days, standing.version) == (state, days, 1)
    assert (standing.expires_on, standing.last_day) == (ENDS, LAST)
    if state == "in-force":
        assert (standing.zh, standing.en) == ("", "")
    else:
        for told in (standing.zh, standing.en):
            assert "2027-06-30" in told
            assert ("2027-07-30" in told) == (state != "ends-soon")
        assert state == "ended" or f"{days} 天" in standing.zh
    if state == "ended":
        with pytest.raises(CharterError) as raised:
            opened.check_current(today)
        assert (raised.value.code, "2027-06-30" in raised.value.zh) == ("charter-expired", True)
    else:
        opened.check_current(today)


def test_without_days_of_grace_it_ends_at_once():
    opened = charter(grace_days=0)
    assert opened.standing(ENDS).state == "ends-soon"
    assert opened.standing(ENDS + DAY).state == "ended"


def test_the_latest_charter_there_can_be_has_a_last_day():
    fields = charter(expires_on="9900-12-31", grace_days=3650)
    assert open_charter(fields.note).standing(date(9999, 12, 31)).state == "ended"
