"""How to object: to which organ, with what, by when, under which law. Data are ``objection.toml``.

The page itself takes nothing in; that is done in one's own file. What is not confirmed in the law
says so.
"""

from importlib.resources import files
from typing import Final

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from registry.clock import Clock, today
from registry.pages.fields import headline
from registry.pages.frame import Frame, ReadsDep
from registry.pages.query_params import one
from registry.pages.subject_records import group_of
from registry.pages.words import shortened
from registry.query.views import SubjectFile

_SHOWN: Final = 20
"""Records named on the page with the organ that answers for each."""


class Basis(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A law as cited, and how well its text was read: full_text, secondary or unconfirmed."""

    cited: str
    read: str


class Way(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way to object, pairs in Chinese and English."""

    name: tuple[str, str]
    to: tuple[str, str]
    bring: tuple[str, str]
    until: tuple[str, str]
    note: tuple[str, str]
    law: tuple[Basis, ...]


class Objections(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of ``objection.toml``: ways to object, and what holds for all of them."""

    ways: tuple[Way, ...]
    always: tuple[tuple[str, str], ...]


OBJECTIONS: Final = msgspec.toml.decode(
    files("registry.pages").joinpath("objection.toml").read_bytes(), type=Objections
)


@get("/objection", include_in_schema=False)
async def objection(
    frame: NamedDependency[SkipValidation[Frame]],
    reads: ReadsDep,
    clock: NamedDependency[SkipValidation[Clock]],
) -> Response[str]:
    """How to object, and for a subject the organs that answer for its records."""
    subject_id = one(frame, "subject")
    file = await reads.subject_file(subject_id, today(clock)) if subject_id else None
    which = 0 if frame.lang == "zh" else 1
    return frame.page(
        "objection.html",
        which=which,
        ways=OBJECTIONS.ways,
        always=[pair[which] for pair in OBJECTIONS.always],
        name="" if file is None else file.name,
        subject_link="" if file is None else frame.url(f"/subject/{subject_id}"),
        organs=[] if file is None else _organs(frame, file),
    )


def _organs(frame: Frame, file: SubjectFile) -> list[dict[str, str]]:
    """Return the records one would object to, those that weigh on the subject first."""
    ordered = sorted(file.records, key=lambda view: group_of(view) != "adverse")
    return [
        {
            "title": shortened(headline(frame, view.record)),
            "link": frame.url(f"/record/{view.origin}/{view.idx}"),
            "organ": shortened(view.record.authority.name),
            "member": view.member_name,
        }
        for view in ordered[:_SHOWN]
    ]
