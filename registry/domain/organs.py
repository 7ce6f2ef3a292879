"""Organs: whether one acts in the territory of the member that states its decisions."""

from functools import lru_cache

from msgspec import UNSET

from registry.domain.divisions import city_of
from registry.domain.records import Record


@lru_cache(maxsize=8192)
def lies_in(code: str, territory: tuple[str, ...]) -> bool:
    """Say whether a division is one of a territory, lies inside one, or is above one.

    Above are its prefecture and province, whose organs decide there too.
    """
    return any(
        code == own
        or (own.endswith("00") and code.startswith(own[:4]))
        or code in {city_of(own), f"{own[:2]}0000"}
        for own in territory
    )


def decided_elsewhere(record: Record, territory: tuple[str, ...]) -> bool:
    """Say whether an organ of another territory decided what is not stated as relayed.

    Without a territory (the region office has none) or a division nothing is known to be amiss.
    """
    division = record.authority.division
    return (
        bool(territory)
        and division is not UNSET
        and record.provenance.kind != "relayed"
        and not lies_in(division, territory)
    )
