"""The composition root of the service: resources in, an ASGI application out."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
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

from registry.access.opening import open_access
from registry.api import about, access, bodies, following, logs, uploads, vouchers
from registry.api.about import kind_out
from registry.api.answers import answers
from registry.api.gate import GIVEN, counting, gate_for, security
from registry.api.headers import HeadAsGet, add_headers
from registry.api.problems import problem_of, problem_response
from registry.api.schemas import ProblemKindOut
from registry.api.witness import WitnessDoor
from registry.clock import Clock, SystemClock
from registry.errors import PurposeRefusal, UnavailableRefusal
from registry.exchange.following import Rhythm, open_following, pull_means
from registry.ingest.attachments import AttachmentDoor
from registry.ingest.check import CheckReport, Terms, check_upload
from registry.ingest.unpack import Encoding
from registry.ledger.bodies import BodyReader
from registry.ledger.cosigned import CosignedFiles
from registry.ledger.read import LogReader
from registry.pages import (
    compare_page,
    desk_page,
    home_page,
    impact_page,
    inbox_page,
    log_pages,
    objection_page,
    own_page,
    record_page,
    rule_pages,
    search_pages,
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
from registry.pages.fonts import find_fonts
from registry.pages.frame import Frame, Site, frame_of
from registry.pages.voucher_pdf import Paper
from registry.projections.follow import Follower
from registry.projections.search import meilisearch_follower, search_follower, searcher
from registry.query.impacts import Impacts
from registry.query.reader import Reader
from registry.query.vouchers import CHECK_MAX, Issuer, Vouchers
from registry.resources import Resources, open_resources
from registry.settings import Settings
from registry.store.admission import AdmissionWriter
from registry.store.engine import Database
from registry.store.logs import log_id_of
from registry.store.vouchers import VoucherStore
from signing.charter import Charter

BODY_MAX: Final = 64 * 1024
"""Bytes of a body that is not an upload; uploads name their own bound."""
UNDER_WAY: Final = 64
"""Dry runs under way at once: each may hold a line and the salts of its batch, some megabytes."""
PARTS: Final = (
    "reader",
    "ledger",
    "bodies",
    "door",
    "checking",
    "attachments",
    "witness",
    "charter",
    "clock",
    "lag",
    "site",
    "vouchers",
    "paper",
    "gate",
    "access_log",
    "following",
)
Asked = Request[None, None, State]
Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


class Checks:
    """The dry run: bounded in how many are under way, and in how many check at one moment."""

    def __init__(self, db: Database, charter: Charter, at_once: int) -> None:
        """Let ``at_once`` dry runs check at one moment."""
        self._db = db
        self._territories = {party.origin: party.territory for party in charter.parties}
        self._turn = asyncio.Semaphore(at_once)
        self._free = UNDER_WAY

    async def __call__(
        self, origin: str, chunks: AsyncIterator[bytes], encoding: Encoding
    ) -> CheckReport:
        """Check a batch for a log as it arrives; raises Refusal."""
        log_id = log_id_of(origin)

        async def known(ids: Sequence[str]) -> set[str]:
            async with self._db.pool.acquire() as connection:
                return await AdmissionWriter(connection, log_id).known_ids(ids)

        if not self._free:
            raise UnavailableRefusal(
                "同时进行的校验过多，请稍后再试。",
                "Too many checks are under way: try again a little later.",
                code="busy",
            )
        self._free -= 1
        try:
            terms = Terms(known=known, turn=self._turn, territory=self._territories.get(origin, ()))
            return await check_upload(chunks, encoding, terms)
        finally:
            self._free += 1


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
            _serving(app, resources, examples),
        ):
            yield

    return _litestar(settings, lifespan)


def create_app_with(resources: Resources, examples: Sequence[str] = ()) -> Litestar:
    """A node over resources that are open already and stay open when it stops."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with _serving(app, resources, examples):
            yield

    return _litestar(resources.settings, lifespan)


def site_of(charter: Charter, settings: Settings, examples: Sequence[str]) -> Site:
    """The node as its pages present it."""
    return Site(
        region=charter.region_name,
        node=settings.node_name,
        public_url=settings.public_url,
        members=tuple((p.code, p.name) for p in charter.parties if p.rank != "region"),
        names={party.code: party.name for party in charter.parties},
        origins={party.origin: party.code for party in charter.parties},
        examples=tuple(examples),
        signs_in=bool(settings.oidc_client_id),
    )


def _followers(resources: Resources) -> Sequence[Follower]:
    """What keeps the search engines up to date."""
    db, clock, quiet = resources.db, resources.clock, resources.slots.quiet
    follower = search_follower(db, resources.search, clock, quiet)
    if resources.meilisearch is None:
        return (follower,)
    return (
        follower,
        meilisearch_follower(db, resources.meilisearch, resources.search, clock, quiet),
    )


def _vouchers(resources: Resources, reader: Reader) -> Vouchers:
    settings = resources.settings
    issuer = Issuer(
        node=settings.node_name,
        public_url=settings.public_url,
        mirror=resources.mirror,
        per_minute=settings.max_vouchers,
        per_day=settings.max_vouchers_daily,
    )
    store = VoucherStore(resources.db)
    return Vouchers(reader, store, resources.charter, resources.clock, issuer)


def witness_of(resources: Resources) -> WitnessDoor:
    """Return the node's witness, with its own memory of what it last cosigned."""
    name = resources.witness.name
    cosigned = CosignedFiles(resources.settings.cosigned_dir, name)
    return WitnessDoor(resources.charter, resources.witness, cosigned, resources.clock)


@asynccontextmanager
async def _serving(
    app: Litestar, resources: Resources, examples: Sequence[str]
) -> AsyncIterator[None]:
    """Bind what handlers need, and keep the search index up to date meanwhile."""
    charter, db, settings = resources.charter, resources.db, resources.settings
    answering = searcher(db, resources.search, resources.meilisearch, resources.clock)
    followers = _followers(resources)
    impacts = Impacts(db, settings.data_dir / "impact", resources.mirror.vkey)
    reader = Reader(db, charter, answering, resources.clock, impacts)
    issuing = _vouchers(resources, reader)
    await issuing.erase_old()
    witness = witness_of(resources)
    means = pull_means(db, resources.door, witness.add_checkpoint, resources.clock)

    async def lag() -> int:
        return max([await one.lag() for one in followers])

    parts: dict[str, object] = {
        "reader": reader,
        "vouchers": issuing,
        "paper": Paper(find_fonts(settings.font)),
        "ledger": LogReader(db),
        "bodies": BodyReader(db),
        "door": resources.door,
        "attachments": AttachmentDoor(db),
        "witness": witness,
        "checking": Checks(db, charter, settings.max_checks),
        "charter": charter,
        "clock": resources.clock,
        "lag": lag,
        "site": site_of(charter, settings, examples),
    }
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(
            open_access(settings, db, charter, resources.clock)
        )
        follows = await stack.enter_async_context(
            open_following(settings, charter, resources.mirror, means)
        )
        found = {"gate": opened.gate, "access_log": opened.log, "following": follows}
        app.state.update(parts | found)
        for one in followers:
            await stack.enter_async_context(one.following())
        if settings.follow_seconds:
            rhythm = Rhythm(settings.follow_seconds)
            await stack.enter_async_context(follows.running(rhythm))
        yield


def _litestar(settings: Settings, lifespan: Lifespan) -> Litestar:
    components, secured = security(settings)
    return HeadAsGet(
        route_handlers=_routes(settings),
        lifespan=[lifespan],
        dependencies={name: _part(name) for name in PARTS}
        | GIVEN
        | {"frame": Provide(frame_of, sync_to_thread=False)},
        middleware=[gate_for(settings)],
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
    inbox_page.inbox,
    *desk_page.ROUTES,
    use_page.form,
    use_page.record,
    way_page.way,
    search_pages.results,
    subject_page.subject,
    subject_page.decision,
    compare_page.compare,
    objection_page.objection,
    own_page.own,
    record_page.record,
    record_page.download,
    log_pages.logs,
    log_pages.log,
    rule_pages.rules,
    impact_page.impact,
    rule_pages.rule,
    table_pages.tables,
    table_pages.table,
    static_files.static,
    type_pages.types,
    type_pages.one_type,
    voucher_pages.new,
    voucher_pages.issue,
    voucher_pages.check,
    voucher_pages.voucher,
    sign_in.sign_in,
    sign_in.signed_in,
    sign_in.sign_out,
    sign_in.purpose,
    sign_in.state_purpose,
)


def _routes(settings: Settings) -> list[ControllerRouterHandler]:
    sent = Router(
        "/",
        route_handlers=[uploads.batch, uploads.check],
        request_max_body_size=settings.max_upload_bytes,
    )
    read: list[ControllerRouterHandler] = [
        logs.checkpoint,
        logs.tile,
        logs.proof,
        logs.size,
        logs.attachment,
        logs.the_charter,
        logs.add_checkpoint,
        bodies.record_lines,
        bodies.any_attachment,
        uploads.attachment,
        vouchers.issue,
        vouchers.voucher,
        access.access,
        following.followed,
    ]
    checked = Router(
        "/",
        route_handlers=[voucher_pages.check_file, vouchers.check],
        request_max_body_size=CHECK_MAX + BODY_MAX,
    )
    return [sent, checked, *read, answers(), about.health, about.openapi, problem_type, *_PAGES]


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
