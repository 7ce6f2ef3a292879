"""The policy of one log, as C2SP tlog-policy has it: the charter's, with the keys of that log."""

from dataclasses import replace

from signing.charter import Charter
from signing.quorum import policy_of


def log_policy(charter: Charter, origin: str, at: int) -> bytes:
    """Return the text for a log of the charter, with its keys valid at a POSIX second."""
    policy = policy_of(charter, at)
    return replace(
        policy, logs=tuple(one for one in policy.logs if one.key.name == origin)
    ).encode()
