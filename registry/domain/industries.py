"""Codes of GB/T 4754: what of one can be checked against the table of sections and divisions.

Checked are its form, that its division is there, and that the division lies in the section that
stands before it. Whether there is such a group or class below the division is not: the table ends
at divisions.
"""

import re
from typing import Final

from registry.domain.tables import KEPT

_CODE: Final = re.compile(r"(?P<section>[A-T])?(?P<division>[0-9]{2})?[0-9]{0,2}")


def in_classification(code: str) -> bool:
    """Tell whether a code can be one of the classification: ``C``, ``38``, ``C3831``, ``3831``."""
    found = _CODE.fullmatch(code)
    if found is None:
        return False
    section, division = found["section"], found["division"]
    if division is None:  # digits without a division are none
        return section is not None and code == section
    row = KEPT["industries"].by_code.get(division)
    return row is not None and section in {None, row.group}
