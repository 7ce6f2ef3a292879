"""The monthly statement of a member or department, as a page and as CSV."""

from litestar import Response, get

from registry.ingest.reasons import explain
from registry.pages.desk_page import FrameDep
from registry.pages.query_params import one
from registry.workbench.statement import month_after, statement_csv
from registry.workbench_pages.common import ObjectionsDep, WorkbenchDep


@get("/workbench/statement", include_in_schema=False)
async def statement_page(
    frame: FrameDep,
    workbench: WorkbenchDep,
    objections: ObjectionsDep,
) -> Response[str] | Response[bytes]:
    """What was sent in and admitted in a month, by department; ``as=csv`` is the file."""
    staff = await workbench.staff(frame.asker)
    made = await workbench.statement(staff, one(frame, "month"))
    month, member = f"{made.month:%Y-%m}", frame.site.name_of(staff.member)
    figures = await objections.figures(staff, made.month, month_after(made.month))
    late = [item for item, stand in await objections.all(staff) if stand.late]
    if one(frame, "as") == "csv":
        headers = {"Content-Disposition": f'attachment; filename="statement-{month}.csv"'}
        body = statement_csv(made, member, figures)
        return Response(body, media_type="text/csv; charset=utf-8", headers=headers)
    counted = ("uploaded", "to-fix", "rejected", "admitted", "late")
    return frame.page(
        "workbench_statement.html",
        month=month,
        member=member,
        file=frame.url("/workbench/statement", month=month, **{"as": "csv"}),
        overdue=[(item.number, frame.url(f"/objections/{item.id}")) for item in late],
        objections=[(frame.t(f"objections.count-{what}"), n) for what, n in figures.items()],
        columns=[frame.t(f"workbench.count-{what}") for what in counted],
        departments=[
            {
                "name": department or member,
                "figures": [made.of(department, what) for what in counted],
                "warnings": [
                    (code, explain(code).source, rows) for code, rows in made.warnings(department)
                ],
            }
            for department in made.departments()
        ],
    )
