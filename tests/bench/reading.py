"""Reading at a million records, over HTTP: subject file with decision, pages, search.

Subject file: the whole answer a regulator's system asks for (every record that may be shown, and
what applies in a territory with reasons and laws) against the baseline of ``serving.py``, by turns
on the same server; then its latency at half the rate it reached, open loop from another process.
Absolute figures are readings of this run; what is claimed are the ratios and the bounds.
"""

import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import quote

import httpx

from registry.demo.facts import MEMBERS
from registry.domain.subjects import subject_id
from tests.bench.load import Answered, Load
from tests.bench.loaded import PORT, loaded, with_meilisearch
from tests.bench.million import PER_LOG, SUBJECTS, subject
from tests.bench.serving import SERVERS, STORED

URL = f"http://127.0.0.1:{PORT}"
ASKED = 2_000
"""Subjects asked about, drawn evenly from all."""
SEED = 20261125
ROUNDS, SECONDS = 5, 3.0
AT_RATE = 10.0
"""Seconds of each open loop."""
PAGES = 20.0
"""Pages, and searches, a second while their latency is read."""
FULLEST = 2.0
"""Pages a second of those few subjects that have hundreds of records."""
PARTIAL = 2.0
"""Questions a second that every second name answers: an engine looks at all of them."""
_LINKED = re.compile(r'(?:href|src)="(/static/[^"]+)"')

Row = dict[str, object]
_kept = cache(loaded)  # once a run, whatever is edited meanwhile


def files() -> list[Row]:
    """Return the rows of the subject file, for each server."""
    rows: list[Row] = []
    for server in SERVERS:
        with _served(_kept(), server), Load(PORT) as load:
            rows += _file(server, load)
    return rows


def pages() -> list[Row]:
    """Return a row for each page, and one for the other server."""
    rows: list[Row] = []
    with _served(_kept(), "granian"), Load(PORT) as load:
        rows += [_page(name, "granian", paths, load) for name, paths in _pages().items()]
    with _served(_kept(), "uvicorn"), Load(PORT) as load:
        rows.append(_page("subject", "uvicorn", _pages()["subject"], load))
    return rows


def search() -> list[Row]:
    """Return a row for each kind of question and engine; Meilisearch where there is one."""
    folder = _kept()
    with _served(folder, "granian"), Load(PORT) as load:
        rows = _searches("PostgreSQL", load)
    with with_meilisearch(folder) as settings:
        if settings is not None:
            with _served(folder, "granian", *settings), Load(PORT) as load:
                rows += _searches("Meilisearch", load)
    return rows


@contextmanager
def _served(folder: Path, server: str, *more: str) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.bench.serving", str(folder), server, *more]
    process = subprocess.Popen(command)
    try:
        for _ in range(600):
            try:
                if httpx.get(f"{URL}/health").is_success:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        else:
            raise RuntimeError("the node did not come up")
        yield
    finally:
        process.terminate()
        process.wait(30)


def _numbers() -> list[int]:
    chance = random.Random(SEED)
    return [chance.randrange(SUBJECTS) for _ in range(ASKED)]


def _id(number: int) -> str:
    return subject_id("uscc", str(subject(number)["uscc"])).hex()


def _file(server: str, load: Load) -> list[Row]:
    ids = [_id(number) for number in _numbers()]
    ours = [
        f"/api/v1/subjects/{one}?territory={MEMBERS[place % len(MEMBERS)].code}"
        for place, one in enumerate(ids)
    ]
    stored = [f"{STORED}/{one}" for one in ids]
    for paths in (ours, stored):
        load.most(paths, SECONDS)  # every connection has met its statements
    runs = [(load.most(ours, SECONDS), load.most(stored, SECONDS)) for _ in range(ROUNDS)]
    reached = statistics.median(rate for rate, _ in runs)
    baseline = f"{statistics.median(rate for _, rate in runs):,.0f}/s, one query, stored bytes"
    ratio = statistics.median(rate / base for rate, base in runs)
    late = load.at_rate(ours, reached / 2, AT_RATE)
    if not all(one.ok for one in late):
        raise RuntimeError("503 among the answers at half the rate")
    name = f"subject file with decision, {server}"
    return [
        _row(name, reached, "requests/s", baseline, ratio),
        _row(f"{name}, at half that, p50", _quantile(late, 50), "ms"),
        _row(f"{name}, at half that, p99", _quantile(late, 99), "ms"),
    ]


def _pages() -> dict[str, Sequence[str]]:
    numbers = _numbers()
    names = [str(subject(number)["name"]) for number in numbers]
    places = [(member, number % PER_LOG) for member in MEMBERS for number in numbers[:20]]
    return {
        "home": ["/"],
        "results": [f"/search?q={quote(name)}" for name in names],
        "subject": [f"/subject/{_id(number)}" for number in numbers],
        # The first subject of each member is the one that most records fall upon.
        "fullest subjects": [f"/subject/{_id(place)}" for place in range(len(MEMBERS))],
        "record": _shown([f"/record/{member.origin}/{idx}" for member, idx in places]),
        "rules": ["/rules"],
    }


def _shown(paths: Sequence[str]) -> list[str]:
    """Return those that everybody may see."""
    with httpx.Client(base_url=URL) as client:
        return [path for path in paths if client.get(path).is_success]


def _page(name: str, server: str, paths: Sequence[str], load: Load) -> Row:
    rate = FULLEST if name.startswith("fullest") else PAGES
    load.at_rate(paths, rate, 2.0)
    answers = load.at_rate(paths, rate, AT_RATE)
    if not all(one.ok for one in answers):
        raise RuntimeError(f"503 among the answers to {name}")
    html = max(one.size for one in answers)
    with httpx.Client(base_url=URL) as client:
        linked = set(_LINKED.findall(client.get(paths[0]).text))
        whole = html + sum(len(client.get(path).content) for path in linked)
    first = f"p50 {_quantile(answers, 50):.1f} ms"
    sizes = f"HTML {html / 1024:.1f} KiB, {whole / 1024:.1f} KiB in all"
    label = f"page: {name}, {server}, first byte p99 at {rate:.0f}/s"
    return _row(label, _quantile(answers, 99), "ms", f"{first}; {sizes}")


def _searches(engine: str, load: Load) -> list[Row]:
    chosen = [subject(number) for number in _numbers()]
    asked = {
        "name": [str(one["name"]) for one in chosen],
        "code": [str(one["uscc"]) for one in chosen],
        "part of a name": [f"虚构{str(one['name']).partition('虚构')[2][:6]}" for one in chosen],
    }
    rows = []
    for kind, texts in asked.items():
        paths = [f"/api/v1/search?q={quote(text)}" for text in texts]
        rate = PARTIAL if kind == "part of a name" else PAGES
        load.at_rate(paths[:50], rate, 2.0)
        answers = load.at_rate(paths, rate, AT_RATE)
        refused = sum(not one.ok for one in answers)
        told = f"p50 {_quantile(answers, 50):.1f} ms; {refused} of {len(answers)} took too long"
        label = f"search: {kind}, {engine}, p99 at {rate:.0f}/s"
        rows.append(_row(label, _quantile(answers, 99), "ms", told))
    return rows


def _quantile(answers: Sequence[Answered], hundredth: int) -> float:
    """Milliseconds to the first byte."""
    return statistics.quantiles([one.first_byte for one in answers], n=100)[hundredth - 1] * 1000


def _row(name: str, value: float, unit: str, baseline: str = "", ratio: float | None = None) -> Row:
    return {"name": name, "value": value, "unit": unit, "baseline": baseline, "ratio": ratio}
