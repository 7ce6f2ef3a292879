"""The organs of the demonstration region as records state them."""

import json
from datetime import date
from typing import Final

from registry.demo.enterprises import unified_code
from registry.demo.facts import FACTS, MEMBERS, Member
from registry.domain.offices import kind_of

_SINCE: Final = date(2026, 5, 1)


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


def offices_file() -> bytes:
    """Return whose office answers for what in every member, as a node's settings name it."""
    return "\n".join(_row(key, member) for member in MEMBERS for key in FACTS.offices).encode()


def _row(key: str, member: Member) -> str:
    office = FACTS.offices[key]
    row = {
        "member": member.code,
        "name": organ_name(key, member),
        "since": _SINCE,
        "source": f"示例{member.short}信用办〔2026〕11号",
        "kinds": [kind_of(office.kind, "")],
        "matters": office.matters,
        "phone": f"{member.area}-{office.number:08}（示例）",
        "uscc": organ(key, member)["uscc"],
    }
    # A text or a list of texts is written in TOML as in JSON.
    lines = (
        f"{name} = {value if isinstance(value, date) else json.dumps(value, ensure_ascii=False)}"
        for name, value in row.items()
    )
    return "\n".join(("[[offices]]", *lines, ""))
