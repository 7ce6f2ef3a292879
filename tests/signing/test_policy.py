"""C2SP tlog-policy: parsed strictly, written down, weighed; and that of a charter."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.algorithms import COSIGNATURE_ED25519, ED25519, ML_DSA_44
from signing.checkpoint import Checkpoint, sign_checkpoint
from signing.cosign import cosign
from signing.encoding import utc_text
from signing.errors import (
    MalformedPolicyError,
    PolicyError,
    SignatureError,
    UnknownKeyError,
)
from signing.keys import VerifierKey
from signing.merkle import EMPTY_ROOT
from signing.note import Signature, append_signatures, open_note
from signing.policy import MAX_EACH, MAX_POLICY, NONE, Group, Log, Policy, Witness, parse_policy
from signing.quorum import open_by_policy, policy_of, weigh
from signing.verify import verify_files
from tests.signing.given import (
    LOG,
    MIRROR,
    MIRROR_B,
    ML_LOG,
    ML_WITNESS,
    NODE,
    OLD_LOG,
    ORIGIN,
    OTHER_LOG,
    TIME,
    WITNESS,
    WITNESS_B,
    charter,
    key,
)

X = [key(f"x{n}.example/w", 50 + n, COSIGNATURE_ED25519) for n in (1, 2, 3)]
Y = [
    key("y1.example/w", 54, COSIGNATURE_ED25519),
    key("y2.example/w", 55, COSIGNATURE_ED25519),
    ML_WITNESS,
]
SPARE = key("spare.example/w", 56, COSIGNATURE_ED25519)
WITNESSES = {f"X{n}": one for n, one in enumerate(X, 1)} | {
    f"Y{n}": one for n, one in enumerate(Y, 1)
}

# The example of the specification, with keys, URLs, a spare witness and all its freedoms of form.
EXAMPLE = f"""# who must have seen it
log {LOG.vkey}
  log\t{OTHER_LOG.vkey}   https://registry.example/log

witness X1 {X[0].vkey}
witness X2 {X[1].vkey} https://x2.example/witness
witness X3 {X[2].vkey}
\t# two of one organisation
group X-witnesses 2 X1 X2 X3
 \t
witness Y1 {Y[0].vkey}
witness Y2 {Y[1].vkey}
witness Y3 {Y[2].vkey}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
witness spare {SPARE.vkey}\t
""".encode()

CHECKPOINT = Checkpoint(ORIGIN, 0, EMPTY_ROOT)
TEXT = CHECKPOINT.text()
NOTE = sign_checkpoint(CHECKPOINT, LOG)


def test_the_example_of_the_specification():
    policy = parse_policy(EXAMPLE)
    assert policy.logs == (Log(LOG.vkey), Log(OTHER_LOG.vkey, "https://registry.example/log"))
    assert policy.witnesses[1] == Witness("X2", X[1].vkey, "https://x2.example/witness")
    assert [one.name for one in policy.witnesses] == [*WITNESSES, "spare"]
    assert policy.groups == (
        Group("X-witnesses", 2, ("X1", "X2", "X3")),
        Group("Y-witnesses", 1, ("Y1", "Y2", "Y3")),
        Group("X-and-Y", 2, ("X-witnesses", "Y-witnesses")),
    )
    assert policy.quorum == "X-and-Y"
    assert policy.quorum_witnesses == frozenset(WITNESSES)
    assert parse_policy(policy.encode()) == policy


W, V = f"witness a {X[0].vkey}\n", f"witness b {X[1].vkey}\n"
RENAMED = VerifierKey("renamed.example/log", ED25519, LOG.vkey.public)
BAD_POLICIES = {
    "empty": "",
    "comments-only": "# quorum none\n",
    "no-quorum": W,
    "two-quorums": "quorum none\nquorum none\n",
    "quorum-without-name": "quorum\n",
    "quorum-with-two-names": f"{W}{V}quorum a b\n",
    "quorum-undefined": f"{W}quorum b\n",
    "quorum-before-its-witness": f"quorum a\n{W}",
    "last-lf-missing": "quorum none",
    "carriage-return": "quorum none\r\n",
    "null-character": "quorum none\n#\0\n",
    "delete-character": "quorum none\n#\x7f\n",
    "vertical-tab": "quorum\x0bnone\n",
    "no-break-space-as-gap": "quorum\u00a0none\n",
    "unknown-line": "quorum none\nmirror a\n",
    "keyword-in-capitals": "Quorum none\n",
    "comment-after-items": "quorum none # nobody\n",
    "log-without-key": "log\nquorum none\n",
    "log-with-three-items": f"log {LOG.vkey} a b\nquorum none\n",
    "log-key-not-a-vkey": "log x\nquorum none\n",
    "log-key-of-another-id": f"log {str(LOG.vkey).replace('wuhu+', 'wuhu/+')}\nquorum none\n",
    "log-key-a-cosigners": f"log {MIRROR.vkey}\nquorum none\n",
    "log-key-twice": f"log {LOG.vkey}\nlog {LOG.vkey} url\nquorum none\n",
    "log-key-twice-under-two-names": f"log {LOG.vkey}\nlog {RENAMED}\nquorum none\n",
    "witness-without-key": "witness a\nquorum none\n",
    "witness-with-four-items": f"witness a {X[0].vkey} url b\nquorum none\n",
    "witness-key-a-logs": f"witness a {LOG.vkey}\nquorum none\n",
    "witness-key-twice": f"{W}witness b {X[0].vkey}\nquorum none\n",
    "witness-key-that-of-a-log": f"log {ML_LOG.vkey}\nwitness a {ML_LOG.vkey}\nquorum none\n",
    "witness-name-twice": f"{W}witness a {X[1].vkey}\nquorum a\n",
    "witness-called-none": f"witness none {X[0].vkey}\nquorum none\n",
    "group-without-members": f"{W}group g all\nquorum g\n",
    "group-name-of-a-witness": f"{W}group a all a\nquorum a\n",
    "group-called-none": f"{W}group none all a\nquorum none\n",
    "group-name-twice": f"{W}{V}group g all a\ngroup g all b\nquorum g\n",
    "member-undefined": f"{W}group g all a b\nquorum g\n",
    "member-defined-later": f"{W}group g all a b\n{V}quorum g\n",
    "member-of-itself": f"{W}group g all a g\nquorum g\n",
    "member-none": f"{W}group g any a none\nquorum g\n",
    "member-twice": f"{W}{V}group g all a b a\nquorum g\n",
    "member-of-two-groups": f"{W}{V}group g all a b\ngroup h any a\nquorum g\n",
    "threshold-zero": f"{W}group g 0 a\nquorum g\n",
    "threshold-above-the-members": f"{W}{V}group g 3 a b\nquorum g\n",
    "threshold-with-leading-zero": f"{W}{V}group g 01 a b\nquorum g\n",
    "threshold-with-sign": f"{W}{V}group g +1 a b\nquorum g\n",
    "threshold-a-fraction": f"{W}{V}group g 1.0 a b\nquorum g\n",
    "threshold-in-full-width-digits": f"{W}{V}group g １ a b\nquorum g\n",
    "threshold-of-70-bits": f"{W}{V}group g {2**70} a b\nquorum g\n",
    "threshold-word-in-capitals": f"{W}{V}group g ALL a b\nquorum g\n",
}


@pytest.mark.parametrize("defect", BAD_POLICIES)
def test_bad_policies(defect):
    with pytest.raises(MalformedPolicyError) as raised:
        parse_policy(BAD_POLICIES[defect].encode())
    assert raised.value.code == "malformed-policy"
    assert raised.value.zh


def test_the_line_at_fault_is_named():
    with pytest.raises(MalformedPolicyError, match="line 3: 'c' is not defined") as raised:
        parse_policy(f"{W}{V}group g all a c\nquorum g\n".encode())
    assert (raised.value.line, "第 3 行" in raised.value.zh) == (3, True)
    with pytest.raises(MalformedPolicyError, match="the whole") as raised:
        parse_policy(W.encode())
    assert raised.value.line == 0


def test_names_are_octets():
    """The specification's own case: K and the Kelvin sign; and bytes that are no UTF-8."""
    text = (
        f"witness K {X[0].vkey}\nwitness \u212a {X[1].vkey}\n".encode()
        + b"witness \xff\xfe "
        + str(X[2].vkey).encode()
        + b" http://\xff/\n"
        + f"witness \u00a0 {Y[0].vkey}\n".encode()
        + b"group any 3 K \xe2\x84\xaa \xff\xfe\n#\xff\nquorum any\n"
    )
    policy = parse_policy(text)
    assert len({one.name for one in policy.witnesses}) == 4
    assert parse_policy(policy.encode()) == policy
    assert b"witness \xff\xfe " in policy.encode()
    with pytest.raises(MalformedPolicyError):
        parse_policy(text.replace(b"K \xe2", b"K \xe1"))


def many(count, kind):
    """A policy with so many lines of one kind; keys of type 4 from numbers, cheap to make."""
    if kind == "logs":
        logs = tuple(Log(key(f"log-{n}.example/a", 1000 + n).vkey) for n in range(count))
        return Policy(logs, (), (), NONE)
    witnesses = tuple(
        Witness(f"w{n}", key(f"w{n}", 1000 + n, COSIGNATURE_ED25519).vkey) for n in range(count)
    )
    if kind == "witnesses":
        members = tuple(one.name for one in witnesses)
        return Policy((), witnesses, (Group("g", count, members),), "g")
    groups = [Group("g0", 1, ("w0",))]
    groups += [Group(f"g{n}", 1, (f"g{n - 1}",)) for n in range(1, count)]
    return Policy((), witnesses[:1], tuple(groups), groups[-1].name)


@pytest.mark.parametrize("kind", ["logs", "witnesses", "groups"])
def test_bounds(kind):
    for count in (32, MAX_EACH):
        policy = many(count, kind)
        assert parse_policy(policy.encode()) == policy
    with pytest.raises(MalformedPolicyError, match="more than 256 of a kind"):
        many(MAX_EACH + 1, kind).encode()
    deepest = many(MAX_EACH, "groups")
    assert deepest.met_by(["w0"])
    assert not deepest.met_by([])
    assert deepest.quorum_witnesses == {"w0"}


def test_a_policy_of_more_than_a_mebibyte():
    filled = b"#" * (MAX_POLICY - len("\nquorum none\n")) + b"\nquorum none\n"
    assert parse_policy(filled).quorum == NONE
    with pytest.raises(MalformedPolicyError, match="1 MiB"):
        parse_policy(b"#" + filled)


def test_a_group_with_too_many_members():
    with pytest.raises(MalformedPolicyError, match="too few or too many"):
        parse_policy(b"group g all" + b" a" * (2 * MAX_EACH + 1) + b"\nquorum g\n")


words = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters=" \t\n\x7f"),
    min_size=1,
    max_size=8,
)
NAMED_KEYS = [one.vkey for one in (*X, *Y, SPARE, MIRROR, WITNESS)]


@st.composite
def policies(draw):
    urls = st.none() | words
    log_keys = draw(st.lists(st.sampled_from([LOG.vkey, OTHER_LOG.vkey, ML_LOG.vkey]), unique=True))
    keys = draw(st.lists(st.sampled_from(NAMED_KEYS), unique=True))
    taken = draw(st.lists(words.filter(lambda w: w != NONE), unique=True, min_size=12, max_size=12))
    witnesses = tuple(Witness(taken.pop(), one, draw(urls)) for one in keys)
    free = [one.name for one in witnesses]
    groups = []
    while free and taken and draw(st.booleans()):
        members = draw(st.lists(st.sampled_from(free), unique=True, min_size=1))
        group = Group(taken.pop(), draw(st.integers(1, len(members))), tuple(members))
        groups.append(group)
        free = [name for name in free if name not in members] + [group.name]
    names = [NONE, *(one.name for one in witnesses), *(one.name for one in groups)]
    logs = tuple(Log(one, draw(urls)) for one in log_keys)
    return Policy(logs, witnesses, tuple(groups), draw(st.sampled_from(names)))


@given(policies())
def test_policies_survive(policy):
    assert parse_policy(policy.encode()) == policy
    assert parse_policy(policy.encode()).encode() == policy.encode()


def naively_met(policy, names):
    """The specification's sentences, by recursion."""
    groups = {group.name: group for group in policy.groups}

    def witnessed(name):
        if name not in groups:
            return name in names
        return sum(map(witnessed, groups[name].members)) >= groups[name].threshold

    return policy.quorum == NONE or witnessed(policy.quorum)


@given(policies(), st.data())
def test_a_quorum_is_what_the_specification_says(policy, data):
    names = [one.name for one in policy.witnesses]
    some = data.draw(st.sets(st.sampled_from(names))) if names else set()
    assert policy.met_by(some) is naively_met(policy, some)
    for needless in set(some) - policy.quorum_witnesses:
        assert policy.met_by(some - {needless}) is policy.met_by(some)


def seen_by(times, note=NOTE):
    """The checkpoint with cosignatures: signer -> time."""
    return append_signatures(note, [cosign(one, TEXT, time) for one, time in times.items()])


SEEN = {X[2]: TIME + 5, SPARE: TIME - 9, X[0]: TIME + 2, Y[0]: TIME + 8, Y[1]: TIME}


def test_every_subset_of_the_example():
    policy = parse_policy(EXAMPLE)
    met = 0
    for count in range(len(WITNESSES) + 1):
        for some in combinations(WITNESSES, count):
            chosen = sum(name.startswith("X") for name in some), sum(n[0] == "Y" for n in some)
            assert policy.met_by(some) is (chosen[0] >= 2 and chosen[1] >= 1)
            met += policy.met_by(some)
    assert met == 4 * 7


def test_who_has_seen_it_who_is_missing_who_else_and_since_when():
    found = open_by_policy(seen_by(SEEN), parse_policy(EXAMPLE))
    assert found.signed.checkpoint == CHECKPOINT
    assert found.verdict.met
    assert found.verdict.time == TIME + 5
    assert found.verdict.by == ("X1", "X3", "Y1", "Y2")
    assert found.verdict.missing == ("X2", "Y3")
    assert found.verdict.others == ("spare",)


def test_a_policy_that_is_not_met():
    policy = parse_policy(EXAMPLE)
    keys = [LOG.vkey, *(one.key for one in policy.witnesses)]
    for times in ({}, {SPARE: TIME}, {X[0]: TIME, X[1]: TIME}, {X[0]: TIME, Y[0]: TIME}):
        note = seen_by(times)
        verdict = weigh(policy, open_note(note, keys))
        assert (verdict.met, verdict.time) == (False, None)
        with pytest.raises(PolicyError, match="X3") as raised:
            open_by_policy(note, policy)
        assert raised.value.code == "policy-not-met"
        assert "X3" in raised.value.zh


def test_what_does_not_count_as_seen():
    """Strangers, mirrors the policy does not name, and ML-DSA-44 without a time."""
    untimed = sign_checkpoint(Checkpoint("a", 0, EMPTY_ROOT), key("a", 76), key("a", 77, ML_DSA_44))
    opened = open_note(untimed, [key("a", 77, ML_DSA_44).vkey])
    policy = Policy((), (Witness("w", key("a", 77, ML_DSA_44).vkey),), (), "w")
    assert weigh(policy, opened).missing == ("w",)
    note = seen_by({MIRROR: TIME, STRANGER_WITNESS: TIME})
    with pytest.raises(PolicyError):
        open_by_policy(note, parse_policy(EXAMPLE))


STRANGER_WITNESS = key("x1.example/w", 98, COSIGNATURE_ED25519)


def test_nobody_is_asked():
    policy = parse_policy(f"log {LOG.vkey}\nwitness a {X[0].vkey}\nquorum none\n".encode())
    verdict = open_by_policy(NOTE, policy).verdict
    assert (verdict.met, verdict.time, verdict.by, verdict.missing) == (True, None, (), ())
    assert open_by_policy(seen_by({X[0]: TIME}), policy).verdict.others == ("a",)


def test_a_quorum_of_one_witness():
    policy = parse_policy(f"log {LOG.vkey}\n{W}{V}quorum b\n".encode())
    verdict = open_by_policy(seen_by({X[1]: TIME, X[0]: TIME - 1}), policy).verdict
    assert (verdict.time, verdict.by, verdict.others) == (TIME, ("b",), ("a",))
    with pytest.raises(PolicyError):
        open_by_policy(seen_by({X[0]: TIME}), policy)


def test_only_logs_of_the_policy_count():
    policy = parse_policy(f"log {LOG.vkey}\n{W}quorum a\n".encode())
    by_another = sign_checkpoint(Checkpoint(OTHER_LOG.name, 0, EMPTY_ROOT), OTHER_LOG)
    line = cosign(X[0], Checkpoint(OTHER_LOG.name, 0, EMPTY_ROOT).text(), TIME)
    with pytest.raises(UnknownKeyError):
        open_by_policy(append_signatures(by_another, [line]), policy)
    with pytest.raises(UnknownKeyError):
        open_by_policy(seen_by({X[0]: TIME}, sign_checkpoint(CHECKPOINT, OLD_LOG)), policy)


def test_a_forged_cosignature_of_a_named_witness_refuses_the_checkpoint():
    policy = parse_policy(EXAMPLE)
    forged = Signature(SPARE.name, SPARE.vkey.key_id, TIME.to_bytes(8) + bytes(64))
    with pytest.raises(SignatureError, match=r"spare\.example"):
        open_by_policy(append_signatures(NOTE, [forged]), policy)


def test_a_policy_with_both_keys_of_a_log_and_both_demanded():
    policy = parse_policy(f"log {LOG.vkey}\nlog {ML_LOG.vkey}\nquorum none\n".encode())
    both = sign_checkpoint(CHECKPOINT, LOG, ML_LOG)
    assert open_by_policy(both, policy, [ML_DSA_44]).signed.own == (LOG.vkey, ML_LOG.vkey)
    open_by_policy(NOTE, policy)
    with pytest.raises(UnknownKeyError, match="ML-DSA-44"):
        open_by_policy(NOTE, policy, [ML_DSA_44])


def test_the_policy_of_a_charter():
    policy = policy_of(charter(quorum=2), TIME)
    assert parse_policy(policy.encode()) == policy
    assert policy.encode().decode() == (
        f"log {LOG.vkey} https://node-a.example/log/{ORIGIN}\n"
        f"log {OTHER_LOG.vkey} https://node-b.example/log/{OTHER_LOG.name}\n"
        f"witness {NODE}/mirror {MIRROR.vkey}\n"
        f"witness {NODE}/witness {WITNESS.vkey} https://node-a.example/witness\n"
        f"witness node-b.example/mirror {MIRROR_B.vkey}\n"
        f"witness node-b.example/witness {WITNESS_B.vkey} https://node-b.example/witness\n"
        f"group node:{NODE} any {NODE}/mirror {NODE}/witness\n"
        "group node:node-b.example any node-b.example/mirror node-b.example/witness\n"
        f"group nodes all node:{NODE} node:node-b.example\n"
        "quorum nodes\n"
    )
    assert [log.key for log in policy_of(charter(), 1_600_000_000).logs] == [OLD_LOG.vkey]


def test_a_charter_whose_names_no_policy_can_hold():
    with pytest.raises(MalformedPolicyError):
        policy_of(charter(nodes__0__url="https://node-a.example/a b"), TIME)


signers = [MIRROR, WITNESS, MIRROR_B, WITNESS_B]


@settings(max_examples=50)
@given(
    st.dictionaries(st.sampled_from(signers), st.integers(TIME, TIME + 9), max_size=4),
    st.sampled_from([1, 2]),
)
def test_the_policy_of_a_charter_agrees_with_the_verifier(times, quorum):
    region = charter(quorum=quorum)
    note = seen_by(times)
    finding = verify_files({"file": note}, region)[0]
    policy = policy_of(region, TIME)
    keys = [LOG.vkey, *(one.key for one in policy.witnesses)]
    verdict = weigh(policy, open_note(note, keys))
    short = any("quorum has seen it" in limit for limit in finding.not_proven)
    assert verdict.met is (bool(times) and not short)
    if verdict.met:
        assert finding.at == utc_text(verdict.time)
