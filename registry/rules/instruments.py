"""The law register: citations, the force of levels, and how far an instrument reaches.

Measures that take away rights or add duties need a law, an administrative or local regulation, or
Party or State Council policy (国办发〔2020〕49号); a memorandum is a basis for nothing.
"""

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256

from registry.rules.language import Article, Instrument, given
from registry.rules.model import BasisView

STRONG_LEVELS = frozenset(
    {"law", "administrative_regulation", "local_regulation", "party_state_policy"}
)
UNCONFIRMED = "unconfirmed"
_ARTICLE = re.compile(r"([0-9]+)(?:\.([0-9]+))?")


def split_citation(citation: str) -> tuple[str, str]:
    """Split ``wage-regulation#48.1`` into instrument and article (empty = the whole)."""
    instrument, _, article = citation.partition("#")
    return instrument, article


def reaches(reach: str, place: str) -> bool:
    """Tell whether a territory (``CN`` or a division code) contains a division or territory."""
    if reach == "CN":
        return True
    trimmed = reach[:2] if reach.endswith("0000") else reach[:4] if reach.endswith("00") else reach
    return place.startswith(trimmed)


def article_zh(article: str) -> str:
    """Return ``第48条第1款`` for ``48.1``; an article kept by a word has no number yet."""
    found = _ARTICLE.fullmatch(article)
    if found is None:
        return ""
    clause = f"第{found[2]}款" if found[2] else ""
    return f"第{found[1]}条{clause}"


def words_of(article: Article) -> str:
    """Return the quoted words of an article, or their gist."""
    return (article.text or article.gist).strip()


def digest_of(article: Article) -> str:
    """Return the SHA-256 (hex) of the quoted words, in UTF-8."""
    return sha256(words_of(article).encode()).hexdigest()


def basis_view(instruments: Mapping[str, Instrument], citation: str) -> BasisView:
    """Return the basis as shown; the citation must resolve (``check`` saw to it)."""
    key, article_key = split_citation(citation)
    instrument = instruments[key]
    article = instrument.articles[article_key]
    return BasisView(
        key=citation,
        title=instrument.title,
        number=instrument.number,
        article=article_key,
        in_force_from=instrument.in_force.start,
        text=words_of(article),
        read=article.read,
        digest=digest_of(article),
        under_revision=revision.note if (revision := given(instrument.under_revision)) else "",
    )


def bases_of(
    instruments: Mapping[str, Instrument], citations: Iterable[str]
) -> tuple[BasisView, ...]:
    """Return several bases as shown; each citation must resolve."""
    return tuple(basis_view(instruments, citation) for citation in citations)


def unconfirmed_view(gist: str) -> BasisView:
    """Return the view of a basis that nobody has confirmed: its gist and nothing else."""
    return BasisView("", "", "", "", None, gist, UNCONFIRMED)
