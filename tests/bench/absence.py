"""How long "there is no such thing" takes: of what is hidden, and of what never was, by role.

Asked alternately on one connection; the second reading of what never was says what noise is.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

import httpx
from zstandard import ZstdCompressor

from registry.domain.subjects import subject_id
from signing.record import encode_record
from tests.bench.admission import Row
from tests.bench.baselines import penalties
from tests.bench.baselines import subject as firm
from tests.bench.node import URL, ServedNode, serve
from tests.registry.world import WUHU, Publisher

HIDDEN = 40
RUNS = 5
PURPOSE = {"Registry-Purpose": quote("示例用途")}
ADDRESSES = {
    "subject": "/api/v1/subjects/{subject}",
    "decision": "/api/v1/subjects/{subject}/decision?territory=340200&matter=tender",
    "record": f"/api/v1/records/{WUHU}/{{idx}}",
    "search by code": "/api/v1/search?q={code}",
    "page": "/subject/{subject}",
}
Asked = dict[str, str]


def measure() -> list[Row]:
    """Return the medians of the public and of a business with a key of its own."""
    lines = [_hidden(line) for line in penalties(0, HIDDEN, range(HIDDEN))]
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder)) as node:
        key = _key(node)
        with httpx.Client(base_url=URL, timeout=60) as client:
            node.post(client, ZstdCompressor().compress(Publisher(WUHU).seal(lines)))
            hidden = [
                _names(json.loads(line)["subject"]["uscc"], n) for n, line in enumerate(lines)
            ]
            public = list(_medians(client, "public", hidden, {}))
            client.headers["Authorization"] = f"Bearer {key}"
            return public + list(_medians(client, "business", hidden, PURPOSE))


def _hidden(line: bytes) -> bytes:
    """Return the record for members alone."""
    return encode_record({**json.loads(line), "publication": "government"})


def _names(code: str, idx: int) -> Asked:
    return {"code": code, "subject": subject_id("uscc", code).hex(), "idx": str(idx)}


def _key(node: ServedNode) -> str:
    """Issue the key of a business that is none of those asked for."""
    owner = firm(10**5)["uscc"]
    of = ("--role", "business", "--label", "bench", "--subject", subject_id("uscc", owner).hex())
    command = [sys.executable, "-m", "registry", "key", "issue", "--json", *of]
    done = subprocess.run(command, env=node.environment, check=True, capture_output=True)
    return str(json.loads(done.stdout)["secret"])


def _medians(
    client: httpx.Client, who: str, hidden: Sequence[Asked], headers: dict[str, str]
) -> Iterator[Row]:
    """Yield of each address the median over all runs, beside that of what never was."""
    absent = [_names(firm(n)["uscc"], n) for n in range(10**4, 10**4 + 2 * HIDDEN)]
    for name, address in ADDRESSES.items():
        taken: dict[str, list[float]] = {"hidden": [], "absent": [], "again": []}
        for _ in range(RUNS):
            for at, one in enumerate(hidden):
                asked = {"hidden": one, "absent": absent[at], "again": absent[HIDDEN + at]}
                said = set()
                for kind, names in asked.items():
                    began = time.perf_counter()
                    answer = client.get(address.format(**names), headers=headers)
                    taken[kind].append(time.perf_counter() - began)
                    said.add(answer.status_code)
                if len(said) != 1 or said - {200, 404, 410}:
                    raise RuntimeError(f"{name}: {said}")
        middle = {kind: statistics.median(times) for kind, times in taken.items()}
        noise = middle["again"] / middle["absent"]
        yield {
            "name": f"{who}, {name}: hidden",
            "value": middle["hidden"] * 1000,
            "unit": "ms",
            "baseline": f"what never was; the same again {noise:.3f}x",
            "ratio": middle["hidden"] / middle["absent"],
        }
