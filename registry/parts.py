"""What a running node is made of: bound for the handlers, kept going, put under a later charter.

``registry.app`` says which address is answered by what; this is what stands behind them.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from litestar.datastructures import State

from registry.access.opening import Access, open_access
from registry.api.measures import Measures
from registry.api.witness import WitnessDoor
from registry.counter.desk import Counter
from registry.domain.offices import FILE_MAX, NO_OFFICES, Offices, OfficesError, read_offices
from registry.errors import NodeError
from registry.exchange.feeds import FeedMeans, Feeds
from registry.exchange.following import pull_means
from registry.exchange.neighbours import Neighbours, open_neighbours
from registry.exports.desk import Exports
from registry.fulltext.find import TextFinder
from registry.ingest.attachments import AttachmentDoor
from registry.ingest.dry_runs import DryRuns
from registry.issued.bundles import Bundles, Sealer
from registry.issued.statuses import Statuses
from registry.issued.vouchers import Issuer, Vouchers
from registry.ledger.bodies import BodyReader
from registry.ledger.charters import Charters
from registry.ledger.cosigned import CosignedFiles
from registry.ledger.read import LogReader
from registry.objections.desk import Objections
from registry.pages.fonts import find_fonts
from registry.pages.frame import Site
from registry.pages.voucher_pdf import Paper
from registry.projections.follow import Follower
from registry.projections.search import meilisearch_follower, search_follower, searcher
from registry.projections.texts import meilisearch_text_follower, text_follower, text_searcher
from registry.quality.follower import LATER, Counting
from registry.quality.views import Quality
from registry.query.alarms import Alarms
from registry.query.impacts import Impacts
from registry.query.reader import Reader
from registry.reconciling.desk import Reconciling
from registry.reports.desk import Means, Reports
from registry.resources import Resources, check_keys
from registry.saved.desk import SavedSearches
from registry.screening.desk import Screenings
from registry.settings import Settings
from registry.store.engine import Database
from registry.store.reports import ReportStore
from registry.store.vouchers import VoucherStore
from registry.workbench.desk import Workbench
from registry.workbench.node import Doors
from registry.workbench.sealing import Sealing
from search.engine import Searcher
from signing.charter import Charter
from signing.charters import Chain

PARTS: Final = (
    "reader",
    "ledger",
    "bodies",
    "door",
    "checking",
    "attachments",
    "witness",
    "charter",
    "charters",
    "clock",
    "lag",
    "site",
    "vouchers",
    "paper",
    "reports",
    "bundles",
    "statuses",
    "gate",
    "access_log",
    "following",
    "feeds",
    "gathering",
    "gossip",
    "alarms",
    "measures",
    "screenings",
    "quality",
    "exports",
    "workbench",
    "objections",
    "reconciling",
    "texts",
    "searches",
    "counter",
    "measured_in",
)


def site_of(charter: Charter, settings: Settings, examples: Sequence[str]) -> Site:
    """The node as its pages present it; raises NodeError where the file of offices is amiss."""
    return Site(
        region=charter.region_name,
        node=settings.node_name,
        public_url=settings.public_url,
        members=tuple((p.code, p.name) for p in charter.parties if p.rank != "region"),
        names={party.code: party.name for party in charter.parties},
        origins={party.origin: party.code for party in charter.parties},
        examples=tuple(examples),
        signs_in=bool(settings.oidc_client_id),
        charter=charter,
        offices=_offices(settings, charter),
    )


def _offices(settings: Settings, charter: Charter) -> Offices:
    if settings.offices is None:
        return NO_OFFICES
    try:
        with settings.offices.open("rb") as file:
            data = file.read(FILE_MAX + 1)
        return read_offices(data, {party.code for party in charter.parties})
    except (OSError, OfficesError) as error:
        message = f"承办单位文件无法使用 / the file of offices cannot be used: {error}"
        raise NodeError(message) from error


def _followers(resources: Resources) -> Sequence[Follower]:
    """What keeps the search engines up to date."""
    db, clock, turn = resources.db, resources.clock, resources.slots.turn
    names, texts = resources.search, resources.texts
    found = [
        search_follower(db, names, clock, turn),
        text_follower(db, texts, clock, turn),
        *(meilisearch_follower(db, one, names, clock, turn) for one in resources.served),
    ]
    if (of_texts := resources.meilisearch_texts) is not None:
        found.append(meilisearch_text_follower(db, of_texts, texts, clock, turn))
    return found


def _counting(resources: Resources) -> Counting:
    return Counting(resources.db, resources.charter, LATER, resources.slots.turn)


def _answering(resources: Resources) -> Searcher:
    seconds = resources.settings.search_seconds
    return searcher(resources.db, resources.search, resources.served, resources.clock, seconds)


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


async def _erase_old(issuing: Vouchers, db: Database) -> None:
    """Erase what was issued and is past its time."""
    await issuing.erase_old()
    await ReportStore(db).erase_old()


def _feeds(resources: Resources) -> Feeds:
    settings = resources.settings
    means = FeedMeans(
        resources.mirror, resources.clock, settings.feed_networks, settings.feed_streams
    )
    return Feeds(resources.db, resources.charter, means)


def _screenings(resources: Resources, answering: Searcher) -> Screenings:
    days = resources.settings.screening_days
    return Screenings(resources.db, resources.charter, resources.clock, answering, days)


def _workbench(resources: Resources) -> Workbench:
    settings, clock = resources.settings, resources.clock
    checking = DryRuns(resources.db, resources.charter, settings.max_checks)
    sealing = Sealing(settings.desk_signers, settings.desk_dir, settings.node_name, clock)
    ledger = LogReader(resources.db, resources.charter)
    doors = Doors(resources.charter, resources.door, checking, ledger)
    return Workbench(resources.db, doors, sealing, clock)


def _texts(resources: Resources) -> TextFinder:
    db, clock = resources.db, resources.clock
    answering = text_searcher(db, resources.texts, resources.meilisearch_texts, clock)
    return TextFinder(db, resources.charter, answering, clock)


def witness_of(resources: Resources) -> WitnessDoor:
    """Return the node's witness, with its own memory of what it last cosigned."""
    name = resources.witness.name
    cosigned = CosignedFiles(resources.settings.cosigned_dir, name)
    return WitnessDoor(resources.charter, resources.witness, cosigned, resources.clock)


@asynccontextmanager
async def serving(
    state: State, resources: Resources, examples: Sequence[str]
) -> AsyncIterator[None]:
    """Bind in the state what handlers need; follow commits, charters and other nodes meanwhile."""
    charter, db, settings = resources.charter, resources.db, resources.settings
    answering = _answering(resources)
    followers = _followers(resources)
    impacts = Impacts(db, settings.data_dir / "impact", resources.mirror.vkey)

    def reading(charter: Charter) -> Reader:
        return Reader(db, charter, answering, resources.clock, impacts)

    reader = reading(charter)
    issuing = _vouchers(resources, reader)
    await _erase_old(issuing, db)
    witness = witness_of(resources)
    means = pull_means(db, resources.door, witness.add_checkpoint, resources.clock)

    async def lag() -> int:
        return max([await one.lag() for one in followers])

    charters, counting = Charters(db, settings.charter_pin), _counting(resources)
    parts: dict[str, object] = {
        "reader": reader,
        "vouchers": issuing,
        "paper": Paper(find_fonts(settings.font)),
        **_taken_away(resources, charter, reader),
        **_stored(resources),
        "door": resources.door,
        "witness": witness,
        "charter": charter,
        "charters": charters,
        "clock": resources.clock,
        "lag": lag,
        "measured_in": settings.data_dir,
        "site": site_of(charter, settings, examples),
    }
    async with AsyncExitStack() as stack:
        access = open_access(settings, db, charter, resources.clock)
        opened = await stack.enter_async_context(access)
        others = await stack.enter_async_context(
            open_neighbours(settings, charter, db, resources.mirror, means, witness.checkpoint)
        )
        feeds, screenings = _feeds(resources), _screenings(resources, answering)
        found = {"gate": opened.gate, "access_log": opened.log, **_between(others)}
        found |= {"workbench": (workbench := _workbench(resources))}
        found |= {"objections": (objections := Objections(db, workbench, resources.clock))}
        found |= {"reconciling": (reconciling := Reconciling(db, charter, resources.clock))}
        state.update(parts | found | {"feeds": feeds, "screenings": screenings})
        take = _taking(state, resources, reading, (opened, others, counting))
        await stack.enter_async_context(charters.following(charter.version, take))
        for one in (*followers, counting):
            await stack.enter_async_context(one.following())
        await stack.enter_async_context(others.running(settings.follow_seconds))
        await stack.enter_async_context(feeds.running())
        await stack.enter_async_context(screenings.running(opened.log))
        await stack.enter_async_context(workbench.running())
        await stack.enter_async_context(objections.running())
        await stack.enter_async_context(reconciling.running())
        yield


def _stored(resources: Resources) -> dict[str, object]:
    """Return what answers from the database and needs nothing else that runs."""
    db, charter, settings = resources.db, resources.charter, resources.settings
    return {
        "ledger": LogReader(db, charter),
        "alarms": Alarms(db, charter),
        "quality": Quality(db, charter, resources.clock),
        "exports": Exports(db, charter, resources.clock),
        "searches": SavedSearches(db, resources.clock),
        "counter": Counter(db, resources.clock),
        "measures": Measures(settings),
        "bodies": BodyReader(db),
        "attachments": AttachmentDoor(db),
        "checking": DryRuns(db, charter, settings.max_checks),
        "texts": _texts(resources),
    }


def _between(others: Neighbours) -> dict[str, object]:
    """Return what goes on between nodes, as handlers ask for it."""
    return {
        "following": others.following,
        "gathering": others.gathering,
        "gossip": others.gossip,
    }


def _taking(
    state: State,
    resources: Resources,
    reading: Callable[[Charter], Reader],
    opened: tuple[Access, Neighbours, Counting],
) -> Callable[[Chain], None]:
    """Return what puts a later charter in force; who is being answered keeps the one before.

    It raises NodeError where the node has other keys than that one says: new ones need a restart.
    """

    def take(chain: Chain) -> None:
        charter = chain[-1]
        check_keys(charter, resources.settings, resources.mirror.vkey, resources.witness.vkey)
        reader, site = reading(charter), state["site"]
        state["vouchers"].under(charter, reader)
        state["witness"].under(charter)
        state["checking"].under(charter)
        state["feeds"].under(charter)
        state["screenings"].under(charter)
        state["exports"].under(charter)
        state["texts"].under(charter)
        state["reconciling"].under(charter)
        access, others, counting = opened
        access.under(charter)
        counting.under(charter)
        door, ledger = resources.door.under(chain), LogReader(resources.db, charter)
        others.under(charter, door)
        state["workbench"].under(Doors(charter, door, state["checking"], ledger))
        state.update(
            {
                **_taken_away(resources, charter, reader),
                "reader": reader,
                "door": door,
                "ledger": ledger,
                "alarms": Alarms(resources.db, charter),
                "quality": Quality(resources.db, charter, resources.clock),
                "charter": charter,
                "site": site_of(charter, resources.settings, site.examples),
            }
        )

    return take


def _taken_away(resources: Resources, charter: Charter, reader: Reader) -> dict[str, object]:
    """Return what seals the files that can be taken away, under a charter."""
    settings, db = resources.settings, resources.db
    sealer = Sealer(settings.node_name, settings.public_url, resources.mirror, charter)
    means, per_day = Means(reader, LogReader(db, charter), sealer), settings.max_reports_daily
    return {
        "bundles": Bundles(sealer, resources.clock),
        "statuses": Statuses(db, sealer, resources.clock),
        "reports": Reports(db, means, resources.clock, per_day),
    }
