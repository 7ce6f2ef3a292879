"""The cells of one column: a text that comes again is read once.

Dates, organs, kinds and classes repeat all through a file, so nearly every cell is one look-up.
"""

from typing import Final

from registry.forms.column import Column
from registry.forms.rows import Said, read_text
from registry.forms.sheets_cells import plain_text, read_cell

BLANK: Final = Said("")
"""What an empty cell says: nothing."""
_KEPT: Final = 4096
"""Texts of a column that are remembered: in a column of numbers, none comes again."""


class ColumnReader(dict[object, Said]):
    """What the cells of a column say, by what they hold."""

    def __init__(self, column: Column | None, *, serials: bool) -> None:
        """Take the column, None for an unknown one; ``serials`` as in ``read_cell``."""
        super().__init__({"": BLANK})
        self._column = column
        self._serials = serials

    def __missing__(self, value: object) -> Said:
        """Read a cell that is not remembered; numbers never are: 1 and 1.0 are equal, and True."""
        if self._column is None:
            said = Said(plain_text(value))
        else:
            text, odd = read_cell(value, self._column, serials=self._serials)
            said = read_text(self._column, text, odd)
        if isinstance(value, str) and len(self) < _KEPT:
            self[value] = said
        return said
