"""The composition root of the service: resources in, an ASGI application out."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

from litestar import Litestar, Request, Response, Router, get
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.enums import MediaType
from litestar.openapi import OpenAPIConfig
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, SkipValidation
from litestar.serialization import encode_json
from litestar.types import ControllerRouterHandler

from registry.api import about, access, alarms, bodies, following, logs, metrics, uploads, vouchers
from registry.api.about import kind_out
from registry.api.answers import answers
from registry.api.gate import GIVEN, counting, gate_for, security
from registry.api.headers import HeadAsGet, add_headers
from registry.api.measures import measuring
from registry.api.problems import problem_of, problem_response
from registry.api.schemas import ProblemKindOut
from registry.clock import Clock, SystemClock
from registry.errors import PurposeRefusal
from registry.export_pages import listed as exports_listed
from registry.export_pages import one as exports_one
from registry.issued.vouchers import CHECK_MAX
from registry.objection_pages import case as objection_case
from registry.objection_pages import filing as objection_filing
from registry.objection_pages import letter as objection_letter
from registry.objection_pages import listing as objection_listing
from registry.office_pages import acts_page, list_page
from registry.pages import (
    alarm_page,
    compare_page,
    desk_page,
    feeds_page,
    home_page,
    impact_page,
    inbox_page,
    log_pages,
    objection_page,
    own_page,
    record_page,
    rule_pages,
    saved_page,
    screening_page,
    search_pages,
    search_quality_page,
    sign_in,
    static_files,
    subject_page,
    table_pages,
    type_pages,
    use_page,
    voucher_pages,
    way_page,
)
from registry.pages.error_page import Told, error_page, problem_page
from registry.pages.frame import Frame, Site, frame_of
from registry.parts import PARTS, serving
from registry.quality_pages import pages as quality_pages
from registry.quality_pages.region import region
from registry.reconcile_pages import pages as reconcile_pages
from registry.report_pages import pages as report_pages
from registry.resources import Resources, open_resources
from registry.settings import Settings
from registry.standard_pages import (
    cases,
    comparison,
    entry,
    found,
    request,
    standard,
    watch,
)
from registry.standard_pages import laboratories as laboratory_pages
from registry.text_pages import found as texts_found
from registry.workbench_pages import desk as workbench_desk
from registry.workbench_pages import row as workbench_row
from registry.workbench_pages import statement as workbench_statement
from registry.workbench_pages import submission as workbench_submission

BODY_MAX: Final = 64 * 1024
"""Bytes of a body that is not an upload; uploads name their own bound."""
Asked = Request[None, None, State]
Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


def create_app(
    settings: Settings, clock: Clock | None = None, examples: Sequence[str] = ()
) -> Litestar:
    """A node that opens its resources when it starts and closes them when it stops.

    ``examples`` are searches that the home page offers.
    """

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with (
            open_resources(settings, clock or SystemClock()) as resources,
            serving(app.state, resources, examples),
        ):
            yield

    return _litestar(settings, lifespan)


def create_app_with(resources: Resources, examples: Sequence[str] = ()) -> Litestar:
    """A node over resources that are open already and stay open when it stops."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with serving(app.state, resources, examples):
            yield

    return _litestar(resources.settings, lifespan)


def _litestar(settings: Settings, lifespan: Lifespan) -> Litestar:
    components, secured = security(settings)
    return HeadAsGet(
        route_handlers=_routes(settings),
        lifespan=[lifespan],
        dependencies={name: _part(name) for name in PARTS}
        | GIVEN
        | {"frame": Provide(frame_of, sync_to_thread=False)},
        middleware=[measuring, gate_for(settings)],
        exception_handlers={Exception: counting(settings, told)},
        before_send=[add_headers],
        request_max_body_size=BODY_MAX,
        logging_config=None,  # the process that serves says where logs go
        openapi_config=OpenAPIConfig(
            title="公共信用信息共享登记簿 Public Credit Registry",
            version="1.0.0",
            description="Signed public credit records of the cities of a region.",
            path="/openapi",
            components=components,
            security=secured,
            render_plugins=[],
        ),
    )


_PAGES: Final[tuple[ControllerRouterHandler, ...]] = (
    home_page.home,
    alarm_page.alarms,
    inbox_page.inbox,
    *desk_page.ROUTES,
    feeds_page.feeds_page,
    use_page.form,
    use_page.record,
    way_page.way,
    search_pages.results,
    texts_found.found,
    search_quality_page.search_quality,
    standard.standard,
    found.standards,
    laboratory_pages.laboratories,
    watch.watch,
    watch.watch_feed,
    subject_page.subject,
    subject_page.decision,
    compare_page.compare,
    comparison.comparison,
    entry.entry,
    *cases.ROUTES,
    *request.ROUTES,
    *saved_page.ROUTES,
    *screening_page.ROUTES,
    exports_listed.exports_page,
    exports_listed.make,
    *exports_one.ROUTES,
    workbench_desk.workbench_page,
    workbench_statement.statement_page,
    workbench_row.row_page,
    *workbench_submission.ROUTES,
    *reconcile_pages.ROUTES,
    objection_page.objection,
    objection_listing.objections_page,
    objection_filing.form,
    *objection_case.ROUTES,
    objection_letter.letter_page,
    objection_letter.letter_pdf,
    own_page.own,
    *quality_pages.ROUTES,
    region,
    record_page.record,
    record_page.download,
    log_pages.logs,
    log_pages.log,
    rule_pages.rules,
    impact_page.impact,
    list_page.list_page,
    rule_pages.rule,
    *acts_page.ROUTES,
    table_pages.tables,
    table_pages.table,
    static_files.static,
    type_pages.types,
    type_pages.one_type,
    voucher_pages.new,
    voucher_pages.issue,
    voucher_pages.check,
    voucher_pages.voucher,
    *report_pages.ROUTES,
    sign_in.sign_in,
    sign_in.signed_in,
    sign_in.sign_out,
    sign_in.purpose,
    sign_in.state_purpose,
)


def _routes(settings: Settings) -> list[ControllerRouterHandler]:
    read: list[ControllerRouterHandler] = [
        logs.checkpoint,
        logs.tile,
        logs.proof,
        logs.size,
        logs.tlog_policy,
        logs.gossip,
        logs.attachment,
        logs.status_list,
        logs.the_charter,
        logs.a_charter,
        logs.add_checkpoint,
        logs.witnessed,
        bodies.record_lines,
        bodies.any_attachment,
        uploads.attachment,
        vouchers.issue,
        vouchers.voucher,
        access.access,
        following.followed,
        alarms.alarms,
        metrics.metrics,
    ]
    return [
        _up_to(settings.max_upload_bytes, uploads.batch, uploads.check),
        _up_to(screening_page.FORM_MAX, screening_page.send),
        _up_to(exports_one.FORM_MAX, exports_one.take),
        _up_to(list_page.FORM_MAX, list_page.look),
        _up_to(workbench_desk.FORM_MAX, workbench_desk.upload),
        _up_to(reconcile_pages.FORM_MAX, reconcile_pages.send),
        _up_to(workbench_row.FORM_MAX, workbench_row.change),
        _up_to(objection_case.FORM_MAX, objection_case.send_file),
        _up_to(objection_filing.FORM_MAX, objection_filing.file, objection_case.act),
        _up_to(CHECK_MAX + BODY_MAX, voucher_pages.check_file, vouchers.check),
        *read,
        answers(),
        about.health,
        about.openapi,
        problem_type,
        *_PAGES,
    ]


def _up_to(most: int, *handlers: ControllerRouterHandler) -> Router:
    """Return handlers whose bodies have so many bytes at most."""
    return Router("/", route_handlers=handlers, request_max_body_size=most)


@get(
    "/problems/{kind:str}",
    tags=["about"],
    summary="What a problem type means",
    responses={200: ResponseSpec(ProblemKindOut, description="The problem type")},
)
async def problem_type(
    kind: FromPath[str], request: Asked, frame: NamedDependency[SkipValidation[Frame]]
) -> Response[bytes] | Response[str]:
    """The documentation that the ``type`` of a problem names, for programs and people."""
    found = kind_out(kind)
    if not _wants_page(request):
        return Response(encode_json(found), media_type=MediaType.JSON)
    title = (found.title, found.title_en)
    as_told = Told(kind, kind, found.status, title, title)
    return problem_page(frame, as_told, found.meaning, found.codes)


def told(request: Asked, error: Exception) -> Response[bytes] | Response[str] | Response[None]:
    """Tell an error as a page to a browser, and as an RFC 9457 problem to all others.

    Who is signed in and has not said what he reads for is asked, and then led back.
    """
    problem = problem_of(error, request.url.path)
    request.app.state["measures"].refused(problem.code)
    if not _wants_page(request):
        return problem_response(problem)
    site: Site = request.app.state["site"]
    clock: Clock = request.app.state["clock"]
    frame = frame_of(request, site, clock)
    if isinstance(error, PurposeRefusal) and frame.asker.signed_in:
        return sign_in.ask_purpose(frame)
    as_told = Told(problem.kind, problem.code, problem.status, problem.title, problem.detail)
    answer = error_page(frame, as_told)
    answer.headers.update(problem.headers)
    return answer


def _wants_page(request: Asked) -> bool:
    accepts = "text/html" in request.headers.get("accept", "")
    return accepts and not request.url.path.startswith("/api/")


def _part(name: str) -> Provide:
    def give(state: State) -> object:
        return state[name]

    return Provide(give, sync_to_thread=False)
