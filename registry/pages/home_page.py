"""Home: one search box, what is covered and what is not, and the members with their state."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from registry.pages.cover import cover_lines
from registry.pages.frame import Frame
from registry.pages.query_params import Ask, choices_of
from registry.query.reader import Reader


@get("/", include_in_schema=False)
async def home(
    frame: NamedDependency[SkipValidation[Frame]],
    reader: NamedDependency[SkipValidation[Reader]],
) -> Response[str]:
    """The search box, the coverage by member and kind, and how it works."""
    coverage = await reader.coverage()
    return frame.page(
        "home.html",
        ask=Ask(),
        choices=choices_of(frame),
        examples=frame.site.examples,
        count=len(coverage.cities),
        cover=cover_lines(frame, coverage),
        total=f"{sum(city.size for city in coverage.cities):,}",
    )
