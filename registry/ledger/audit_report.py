"""What an audit found: how much was recomputed, and every difference with its place."""

from dataclasses import dataclass, field

from signing.charter import Charter


@dataclass(frozen=True, slots=True)
class Problem:
    """One difference: where (``origin/idx``, ``origin@size``, ``commit n`` …) and what."""

    place: str
    what: str


@dataclass(slots=True)
class AuditReport:
    """What was recomputed, by kind, and every difference found.

    ``charters`` are the versions that verified: each later part of an audit judges by the version
    that was in force.
    """

    counts: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    charters: dict[int, Charter] = field(default_factory=dict, repr=False)

    def count(self, kind: str, number: int = 1) -> None:
        """Add to the count of things recomputed."""
        self.counts[kind] = self.counts.get(kind, 0) + number

    def differ(self, place: str, what: str) -> None:
        """Name a difference."""
        self.problems.append(Problem(place, what))
