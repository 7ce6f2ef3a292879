"""The one normal form of a number."""

from typing import Final

from registry.standards.numbers_model import StandardNumber
from registry.standards.numbers_prefixes import Prefix, prefix_of

UNKNOWN: Final = Prefix(kind="foreign", zh="其他标准", en="other standard", plain="voluntary")


def format_number(number: StandardNumber) -> str:
    """Return the normal form, without the second of a dual number."""
    known = prefix_of(number.prefix) or UNKNOWN
    head = f"{number.prefix}/{number.nature}" if number.nature else number.prefix
    dot = "-" if known.kind == "international" else "."
    part = f"{dot}{number.part}" if number.part else ""
    year = ""
    if number.year is not None:
        year = known.mark + (f"{number.year % 100:02}" if known.short else str(number.year))
    return f"{head}{known.joint}{number.number}{part}{year}{number.amendment}"
