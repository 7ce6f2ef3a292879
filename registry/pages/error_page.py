"""Errors and the documentation of problems, for people."""

from collections.abc import Mapping
from dataclasses import dataclass

from litestar import Response

from registry.pages.frame import Frame

GONE = 410


@dataclass(frozen=True, slots=True)
class Told:
    """A problem as a page tells it; pairs are Chinese and English."""

    kind: str
    code: str
    status: int
    title: tuple[str, str]
    detail: tuple[str, str]


def error_page(frame: Frame, told: Told) -> Response[str]:
    """Render an error; a record that is not public gets one sentence and nothing else."""
    which = 0 if frame.lang == "zh" else 1
    return frame.page(
        "error.html",
        told.status,
        title=told.title[which],
        detail=told.title[which] if told.status == GONE else told.detail[which],
        kind=told.kind,
        code="" if told.status == GONE else told.code,
    )


def problem_page(
    frame: Frame, told: Told, meaning: str, codes: Mapping[str, tuple[str, str]]
) -> Response[str]:
    """Render what a problem type means; ``codes`` map exact codes to English and Chinese."""
    which = 1 if frame.lang == "zh" else 0
    return frame.page(
        "problem.html",
        kind=told.kind,
        title=told.title[1 - which],
        status_code=told.status,
        meaning=meaning,
        codes=[(code, texts[which]) for code, texts in codes.items()],
    )
