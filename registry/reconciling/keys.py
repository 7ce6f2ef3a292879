"""Normal forms by which a row from the national side is one with a record of ours.

A record is known by the code of its subject, the number of the decision and the organ; never by a
name. Two spellings of one number differ in brackets, widths, blanks and the characters 第, 年, 号.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

from msgspec import UNSET

from registry.domain.disclosure import class_of
from registry.domain.identifiers import resident_problems, uscc_problems
from registry.domain.records import AnyRecord, ListEntry, Penalty
from registry.domain.subjects import usable_uscc

_BETWEEN: Final = re.compile(r"[\[\](){}<>〔〕【】〖〗「」『』《》〈〉﹝﹞第年#|]+")
_LEFT_OUT: Final = re.compile(r"[\s\u200b\ufeff\u00ad号號]+")
TYPES: Final = ("list_entry", "penalty")
"""The types of records that the national side shows with a class, and repairs."""


class Key(NamedTuple):
    """The code of the subject, the number of the decision and the organ, each in normal form."""

    code: str
    number: str
    organ: str


def number_form(text: str) -> str:
    """Return a document number without what may differ between two spellings of it.

    What stood in brackets stays apart from what follows, so that 〔2026〕1 is not 〔202〕61.
    """
    folded = unicodedata.normalize("NFKC", _LEFT_OUT.sub("", text)).upper()
    return _BETWEEN.sub("|", _LEFT_OUT.sub("", folded)).strip("|")


def code_form(text: str) -> str | None:
    """Return the normal form of a unified code; None for another text, and for a person's number.

    A resident number, right or with a slip, has the shape of a code whose check character is wrong.
    """
    code = usable_uscc(text)
    if code is None or not {"birth-date", "alphabet"}.isdisjoint(resident_problems(code)):
        return code
    return None if uscc_problems(code) else code


@lru_cache(maxsize=4096)
def organ_form(text: str) -> str:
    """Return the name of an organ without widths and blanks."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def key_of(record: AnyRecord) -> Key | None:
    """Return by what a record of ours is known; None for one that the national side has not.

    Those are types without a class, honours, subjects without a unified code and natural persons,
    and lists whose decision has no number.
    """
    if not isinstance(record, ListEntry | Penalty) or class_of(record) is None:
        return None
    code, number = usable_uscc(record.subject.uscc), record.decision_no
    if code is None or number is UNSET or record.subject.kind == "natural_person":
        return None
    return Key(code, number_form(number), organ_form(record.authority.name))
