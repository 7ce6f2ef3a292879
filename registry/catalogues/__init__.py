"""Catalogues of standards and documents about them, read into rows and given out. No I/O."""
