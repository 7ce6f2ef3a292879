"""A column of a clerk's file: its names, its place in the record, how its cells are read."""

from dataclasses import dataclass
from typing import Final, Literal

Form = str
"""A form is named by the record type that its rows are."""
Reading = Literal[
    "text",
    "identity",
    "standard",
    "standards",
    "date",
    "amount",
    "integer",
    "texts",
    "choice",
    "type",
    "kinds",
    "subject",
    "state",
    "class",
    "range",
    "procedure",
    "standing",
]


_CODES: Final = frozenset(
    {"uscc", "registration_no", "organisation_code", "tax_no", "institution_no", "social_org_no"}
    | {"number", "decision_no", "permit_no", "notice_no", "report_no", "transfer_no", "case_no"}
    | {"lot", "item_no"}
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its code and header in the template, its place in the record, how it is read.

    ``pointer`` is a JSON Pointer; ``/restricted/…`` is the restricted part. ``identity`` cells
    keep whatever stands in them, so that the checks can name a placeholder there. ``example`` is
    what the template's example says there. ``said`` are the words of a choice, or of the texts of
    a list, each with the code it stands for.
    """

    code: str
    header: str
    pointer: str
    reading: Reading = "text"
    aliases: tuple[str, ...] = ()
    example: str = ""
    said: tuple[tuple[str, str], ...] = ()

    @property
    def is_code(self) -> bool:
        """Whether the column holds a number that is a name: every digit of it counts."""
        return self.pointer.rpartition("/")[2] in _CODES
