"""Coverage as pages say it: never left out, and never more than what was read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from registry.domain.lists import LISTS
from registry.issued.voucher import STALE_AFTER
from registry.pages.frame import Frame
from registry.pages.words import joined, moment
from registry.query.views import CityCoverage, Coverage

_COLUMNS: Final = ("registration", "permit", "penalty", "serious", "anomaly", "debtor", "honour")
"""Record types, then families of lists."""


@dataclass(frozen=True, slots=True)
class CityLine:
    """One city of the coverage list, with a warning where this node is behind its home."""

    name: str
    as_of: str
    behind: str


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One member in the matrix: which columns it holds, how fresh it is, and a warning if not."""

    name: str
    link: str
    held: tuple[bool, ...]
    state: str
    as_of: str
    warning: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """Members by kind of record, lists gathered by their family."""

    columns: tuple[str, ...]
    rows: tuple[MatrixRow, ...]


@dataclass(frozen=True, slots=True)
class CoverLines:
    """The parts of the coverage block, already in words."""

    at: str
    cities: tuple[CityLine, ...]
    matrix: Matrix
    kinds: str
    missing: str
    elsewhere: tuple[tuple[str, str], ...]
    comma: str


def cover_lines(frame: Frame, coverage: Coverage) -> CoverLines:
    """Coverage as the block at the foot of an answer."""
    lang = frame.lang
    return CoverLines(
        moment(lang, coverage.at),
        tuple(
            CityLine(city.name, _as_of(frame, city), _behind(frame, city))
            for city in coverage.cities
        ),
        matrix(frame, coverage),
        _kinds(frame, coverage),
        _missing(frame, coverage),
        coverage.elsewhere,
        "、" if lang == "zh" else ", ",
    )


def top_sentence(frame: Frame, coverage: Coverage) -> str:
    """The sentence that stands at the top of every enterprise page."""
    answered = [city.name for city in coverage.cities if city.as_of is not None]
    covered = joined(frame.lang, answered) or frame.t("coverage.none")
    kinds = _kinds(frame, coverage)
    return frame.t(
        "subject.top",
        at=moment(frame.lang, coverage.at),
        covered=f"{covered}；{kinds}" if frame.lang == "zh" else f"{covered}; {kinds}",
        missing=_missing(frame, coverage),
        stale="".join(_warning(frame, city, coverage.at) for city in coverage.cities),
        elsewhere=joined(frame.lang, [_quoted(frame, name) for name, _ in coverage.elsewhere]),
    )


def matrix(frame: Frame, coverage: Coverage) -> Matrix:
    """Which member holds which kind of record, and how fresh its data are."""
    return Matrix(
        tuple(frame.t(f"matrix.{column}") for column in _COLUMNS),
        tuple(_row(frame, city, coverage.at) for city in coverage.cities),
    )


def _row(frame: Frame, city: CityCoverage, at: datetime) -> MatrixRow:
    if city.as_of is None:
        state, warning = "silent", frame.t("matrix.silent")
    elif city.behind_since is not None:
        state, warning = "stale", _behind(frame, city)
    elif at - city.as_of > STALE_AFTER:
        state, warning = "stale", frame.t("matrix.stale", days=(at - city.as_of).days)
    else:
        state, warning = "fresh", ""
    families = {LISTS[kind].family for kind in city.kinds if kind in LISTS}
    held = tuple(column in city.kinds or column in families for column in _COLUMNS)
    link = frame.url(f"/log/{city.origin}")
    return MatrixRow(city.name, link, held, state, _as_of(frame, city), warning)


def _quoted(frame: Frame, name: str) -> str:
    return f"“{name}”" if name == "信用中国" and frame.lang == "zh" else name


def _kinds(frame: Frame, coverage: Coverage) -> str:
    kinds = coverage.kinds if frame.lang == "zh" else coverage.kinds_en
    return joined(frame.lang, kinds) or frame.t("coverage.none")


def _missing(frame: Frame, coverage: Coverage) -> str:
    kinds = coverage.kinds_missing if frame.lang == "zh" else coverage.kinds_missing_en
    return joined(frame.lang, kinds) or frame.t("coverage.none")


def _as_of(frame: Frame, city: CityCoverage) -> str:
    return frame.t("coverage.never") if city.as_of is None else moment(frame.lang, city.as_of)


def _behind(frame: Frame, city: CityCoverage) -> str:
    if city.behind_since is None:
        return ""
    return frame.t("matrix.behind", at=moment(frame.lang, city.behind_since))


def _warning(frame: Frame, city: CityCoverage, at: datetime) -> str:
    if city.as_of is None:
        return frame.t("subject.silent", city=city.name)
    if city.behind_since is not None:
        since = moment(frame.lang, city.behind_since)
        return frame.t("subject.behind", city=city.name, at=since)
    if at - city.as_of <= STALE_AFTER:
        return ""
    return frame.t("subject.stale", city=city.name, at=moment(frame.lang, city.as_of))
