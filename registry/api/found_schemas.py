"""Shapes of the answer to a search."""

from datetime import datetime

from msgspec import Struct

from registry.api.schemas import CoverageOut


class HitOut(Struct):
    """A subject: ``spans`` of ``matched_on`` answer, ``certainty`` (0 to 1) that it was meant."""

    subject_id: str
    name: str
    code: str
    matched: str
    matched_on: str
    former_names: tuple[str, ...]
    cities: dict[str, int]
    types: dict[str, int]
    severities: dict[str, int]
    spans: tuple[tuple[int, int], ...]
    reasons: tuple[str, ...]
    certainty: float


class CitySearchedOut(Struct):
    """How a search went for one member.

    ``state`` of the engine that holds its subjects: ``answered``, ``late``, ``failed``, ``behind``.
    ``by`` names the engine that answered for it, '' where nobody did, so that hits may be missing;
    its index holds everything up to ``commit`` of this node, made at ``as_of``.
    """

    code: str
    name: str
    state: str
    by: str
    commit: int | None
    as_of: datetime | None


class FoundOut(Struct):
    """Answer to a search; ``total`` and the facets are lower bounds unless ``exact``.

    ``facets`` count the subjects found by ``cities``, ``types``, ``severities`` and ``states``.
    Not ``sure``: they are only the nearest. ``degraded``: another engine stood in; ``behind``:
    what came last may be missing; ``searched`` says so of each member that was asked for.
    """

    hits: tuple[HitOut, ...]
    total: int
    exact: bool
    facets: dict[str, dict[str, int]]
    read_as: str
    sure: bool
    degraded: bool
    behind: bool
    searched: tuple[CitySearchedOut, ...]
    coverage: CoverageOut
