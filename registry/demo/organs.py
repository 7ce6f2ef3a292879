"""The organs of the demonstration region as records state them."""

from registry.demo.enterprises import unified_code
from registry.demo.facts import FACTS, Member


def organ(office: str, member: Member) -> dict[str, object]:
    """Return an organ: name, invented code, kind and division."""
    kind = FACTS.offices[office]
    return {
        "name": organ_name(office, member),
        "uscc": unified_code("11", member.code, 900_000 + kind.number),
        "kind": kind.kind,
        "division": member.code,
    }


def organ_name(office: str, member: Member) -> str:
    """Return an organ's name; tax offices and courts are not named like a city's own organs."""
    if office == "tax":
        return f"国家税务总局{member.short}税务局"
    if office == "court" and member.rank == "county":
        return f"{member.short}人民法院"
    return f"{member.short}{FACTS.offices[office].name}"
