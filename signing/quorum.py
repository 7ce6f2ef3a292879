"""What cosignatures come to by a policy: met or not, by whom, since when. A charter's policy."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from signing.algorithms import algorithm
from signing.charter import Charter
from signing.checkpoint import SignedCheckpoint, checkpoint_of
from signing.errors import PolicyError
from signing.note import OpenedNote, open_note
from signing.policy import NONE, Group, Log, Policy, Witness, parse_policy


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the cosignatures of one checkpoint come to; names are the policy's, in its order."""

    met: bool
    time: int | None
    """POSIX second of the earliest cosignature with which the quorum is met; None if it is not, or
    asks for nobody."""
    by: tuple[str, ...]
    """Witnesses of the quorum that have cosigned."""
    missing: tuple[str, ...]
    """Witnesses of the quorum that have not; with a threshold some may stay away."""
    others: tuple[str, ...]
    """Witnesses outside the quorum that have cosigned."""


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A checkpoint that meets a policy, and how."""

    signed: SignedCheckpoint
    verdict: Verdict


def weigh(policy: Policy, opened: OpenedNote) -> Verdict:
    """Say what the verified cosignatures of an opened checkpoint note come to.

    The note must have been opened with the policy's witness keys; signatures without a time and
    those of other keys do not count.
    """
    times: dict[str, int] = {}
    signatures = dict(opened.verified)
    for witness in policy.witnesses:
        line = signatures.get(witness.key)
        time = 0 if line is None else algorithm(witness.key.type_byte).time_of(line.payload)
        if time:
            times[witness.name] = time
    return _weigh_times(policy, times)


def open_by_policy(note: bytes, policy: Policy, demanded: Collection[int] = ()) -> Witnessed:
    """Verify a checkpoint: signed by a log of the policy itself, cosigned by the quorum.

    `demanded` are algorithms with which the log must have signed beside Ed25519. Raises PolicyError
    when the quorum is not met, and everything that `open_checkpoint` raises.
    """
    log_keys = (log.key for log in policy.logs)
    opened = open_note(note, (*log_keys, *(witness.key for witness in policy.witnesses)))
    signed = checkpoint_of(note, opened, demanded)
    verdict = weigh(policy, opened)
    if not verdict.met:
        missing = ", ".join(verdict.missing)
        raise PolicyError(
            en=f"the quorum {policy.quorum} is not met; not cosigned by {missing}",
            zh=f"联署未达到策略要求（{policy.quorum}）；尚缺 {missing}",
        )
    return Witnessed(signed, verdict)


def policy_of(charter: Charter, at: int) -> Policy:
    """Return the policy of a charter: its logs, with the keys valid at a POSIX second, and quorum.

    A node has seen a checkpoint when its mirror or its witness has cosigned, and the charter's
    quorum counts nodes. Raises MalformedPolicyError for names that cannot be told apart here.
    """
    urls = {node.name: node.url.rstrip("/") for node in charter.nodes}
    logs = tuple(
        Log(window.key, f"{urls[party.home]}/log/{party.origin}")
        for party in charter.parties
        for window in party.keys
        if window.covers(at)
    )
    witnesses: list[Witness] = []
    groups: list[Group] = []
    for node in charter.nodes:
        own = (node.mirror.name, node.witness.name)
        witnesses.append(Witness(own[0], node.mirror))
        witnesses.append(Witness(own[1], node.witness, f"{urls[node.name]}/witness"))
        groups.append(Group(f"node:{node.name}", 1, own))
    members = tuple(group.name for group in groups)
    nodes = Group("nodes", charter.quorum, members)
    policy = Policy(logs, tuple(witnesses), (*groups, nodes), nodes.name)
    parse_policy(policy.encode())
    return policy


def _weigh_times(policy: Policy, times: Mapping[str, int]) -> Verdict:
    wanted = policy.quorum_witnesses
    names = [witness.name for witness in policy.witnesses]
    return Verdict(
        met=policy.met_by(times),
        time=_met_at(policy, times),
        by=tuple(name for name in names if name in wanted and name in times),
        missing=tuple(name for name in names if name in wanted and name not in times),
        others=tuple(name for name in names if name not in wanted and name in times),
    )


def _met_at(policy: Policy, times: Mapping[str, int]) -> int | None:
    """Return the first moment at which those who had cosigned by then are the quorum."""
    if policy.quorum == NONE:
        return None
    moments = sorted(set(times.values()))
    for moment in moments:
        if policy.met_by(name for name, time in times.items() if time <= moment):
            return moment
    return None
