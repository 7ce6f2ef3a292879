"""How well names are found here: the last measurement, as it was kept."""

import asyncio
from pathlib import Path

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from registry.pages.frame import Frame
from registry.pages.words import moment
from search.quality import Figures, Measured, is_absent, kept, told

FrameDep = NamedDependency[SkipValidation[Frame]]
FolderDep = NamedDependency[SkipValidation[Path]]


@get("/search-quality", include_in_schema=False)
async def search_quality(frame: FrameDep, measured_in: FolderDep) -> Response[str]:
    """What was measured, on which names, when and with which engines; or that nothing was yet."""
    report = await asyncio.to_thread(kept, measured_in)
    if report is None:
        return frame.page("search_quality.html", report=None, engines=())
    about = report.about_zh if frame.lang == "zh" else report.about_en
    set_of = frame.t("search-quality.set", about=about, count=f"{report.names:,}")
    return frame.page(
        "search_quality.html",
        report={"set": set_of, "at": moment(frame.lang, report.at), "whole": report.whole},
        engines=[_engine(frame, one) for one in report.engines],
    )


def _engine(frame: Frame, one: Measured) -> dict[str, object]:
    return {
        "title": frame.t("search-quality.engine", engine=one.engine, layout=one.layout),
        "kinds": [_kind(frame, kind, figures) for kind, figures in one.kinds.items()],
    }


def _kind(frame: Frame, kind: str, one: Figures) -> dict[str, str]:
    key = "search-quality.unsure" if is_absent(kind) else "search-quality.sure"
    return {
        "name": frame.t(f"search-quality.kind-{kind.replace(',', '').replace(' ', '-')}"),
        "asked": f"{one.asked:,}",
        "ten": told(kind, one, one.ten),
        "first": told(kind, one, one.first),
        "sure": frame.t(key, share=f"{one.share(one.sure_and_right):.3f}"),
    }
