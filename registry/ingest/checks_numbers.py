"""The checks of standard numbers, which all record types about standards share.

Whether an edition of that number is in force, was ever issued or replaces another in a circle is
no check: it depends on other records, and the answer to a question says it.
"""

from operator import attrgetter
from typing import Final

from registry.domain.records import Record
from registry.ingest.checks_codes import NONE, Findings, at, stands_for_nothing
from registry.ingest.checks_common import Check
from registry.ingest.checks_shape import show
from registry.ingest.reasons import finding
from registry.standards.stated import read_number

_NO_WORDS: Final = ("", "")


def number_said(text: str, *, dated: bool = False) -> Findings:
    """Return what is wrong with the number of a standard, with an empty pointer.

    Where one edition is meant it has its year.
    """
    number = read_number(text)
    # What is in normal form is no placeholder either: most are, and cost one look-up.
    if number is not None and number.normal == text and not (dated and number.year is None):
        return NONE
    if nothing := stands_for_nothing(text):
        return nothing
    if number is None:
        return (finding("standard-number", "", value=show(text)),)
    if number.normal != text:
        return (finding("standard-not-normal", "", value=show(text), expected=number.normal),)
    if dated and number.year is None:
        return (finding("standard-undated", "", value=show(text)),)
    return NONE


def editions(*members: str) -> Check:
    """Make the check that these members, where stated, are numbers of one edition each."""
    return _numbers(members, dated=True)


def numbers(*members: str) -> Check:
    """Make the check that these members, where stated, are numbers, with a year or without."""
    return _numbers(members, dated=False)


def _numbers(members: tuple[str, ...], *, dated: bool) -> Check:
    read = [(f"/{member.replace('.', '/')}", attrgetter(member)) for member in members]

    def check(record: Record) -> Findings:
        found = NONE
        for pointer, value_of in read:
            value = value_of(record)
            if isinstance(value, str):
                found += _under(pointer, number_said(value, dated=dated))
            elif isinstance(value, tuple):
                for index, text in enumerate(value):
                    found += _under(f"{pointer}/{index}", number_said(text, dated=dated))
        return found

    return check


def _under(pointer: str, found: Findings) -> Findings:
    return tuple(at(pointer, found)) if found else NONE


def same_number(one: str, other: str) -> bool:
    """Say whether two texts are the number of one edition, however they are written."""
    first, second = read_number(one), read_number(other)
    return one == other or (
        first is not None and second is not None and first.normal == second.normal
    )
