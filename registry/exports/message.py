"""An export as one XML message, after the daily exchange of city platforms; written piece by piece.

The schema is ours (``exchange.xsd``): a header that names sender, report, day, sequence and count,
then an element for each record, with the codes of its columns. There is no document type and so no
entity. The name of the file is the sender's four digits, the two of the report, the day, and a
sequence of five digits that does not come again.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final, Literal
from xml.sax.saxutils import escape

from msgspec import Struct

from registry.exports.templates import TEMPLATES, Form, Kind

SCHEMA: Final = Path(__file__).with_name("exchange.xsd")
VERSION: Final = 1
SEQUENCE_MAX: Final = 99_999
Act = Literal["report", "ended"]
ENDED_COLUMNS: Final = (
    *("FILE", "ROW", "WSH", "XDR_MC", "XDR_SHXYM", "JG", "JGDM", "JDRQ", "LX", "RQ"),
)
"""Of a record that a door holds and may not use any more: the file and row it came in, document
number, subject, authority, day of decision, what became of it, and since when."""


class Header(Struct, frozen=True):
    """What is said before the records."""

    division: str
    department: str
    kind: Kind
    form: Form
    act: Act
    day: date
    sequence: int
    count: int


def file_name(department: str, kind: Kind, day: date, sequence: int, ending: str) -> str:
    """Return the name of a file by the rule of the exchange, here for all formats."""
    report = TEMPLATES[kind].report
    return f"{department}{report}_{day:%Y%m%d}_{sequence:05}.{ending}"


def message(header: Header, rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Give the document in UTF-8, the rows in the order of their columns; empty ones left out."""
    places = TEMPLATES[header.kind].of(header.form)
    ended = header.act == "ended"
    codes = ENDED_COLUMNS if ended else tuple(one.code for one in places)
    element = "Ended" if ended else "Record"
    said = {
        "Division": header.division,
        "Department": header.department,
        "Report": TEMPLATES[header.kind].report,
        "Template": header.form,
        "Act": header.act,
        "Date": header.day.isoformat(),
        "Sequence": header.sequence,
        "Count": header.count,
    }
    heads = "".join(f"<{name}>{escape(str(text))}</{name}>" for name, text in said.items())
    yield (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ExchangeMessage version="{VERSION}">\n'
        f"<Header>{heads}</Header>\n<Body>\n"
    ).encode()
    for number, cells in enumerate(rows, start=1):
        inner = "".join(
            f"<{code}>{escape(cell)}</{code}>"
            for code, cell in zip(codes, cells, strict=True)
            if cell
        )
        yield f'<{element} row="{number}">{inner}</{element}>\n'.encode()
    yield b"</Body>\n</ExchangeMessage>\n"
