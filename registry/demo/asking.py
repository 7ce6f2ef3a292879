"""Asks a running node as any program may: by its published interface, as the public."""

import re
from datetime import date
from html import unescape

import httpx
from msgspec import Struct, json


class Hit(Struct):
    """A subject that was found and why."""

    subject_id: str
    name: str
    matched: str
    matched_on: str


class Found(Struct):
    """The answer to a search."""

    hits: tuple[Hit, ...]
    total: int


class Basis(Struct):
    """A legal basis: title, number and article of an instrument."""

    title: str
    number: str
    article: str


class Measure(Struct):
    """One measure of 措施适用提示."""

    rule: str
    measure: str
    name: str
    effect: str
    state: str
    organ: str
    matter: str
    basis: Basis
    cause_text: str
    last_day: date | None


class Decision(Struct):
    """What applies, and what the answer says beside the measures."""

    measures: tuple[Measure, ...]
    says: tuple[str, ...]


class Decided(Struct):
    """The answer to a decision."""

    territory_name: str
    decision: Decision


class Placed(Struct):
    """Where a record stands, and its main part."""

    origin: str
    idx: int
    record: dict[str, object]


class File(Struct):
    """A subject's records that may be shown."""

    subject_id: str
    name: str
    records: tuple[Placed, ...]


class Detail(Struct):
    """A record with what verifies it."""

    line: str
    proof: str


class Usable(Struct):
    """May a standard serve: the verdict, by which document of which organ, on which conditions."""

    verdict: str
    first_zh: str
    instrument: str
    organ: str
    conditions: tuple[str, ...]
    mutual: bool


class _Answered(Struct):
    answer: Usable


class Health(Struct, frozen=True):
    """How the node is."""

    index_lag: int


class Node:
    """A running node, asked as the public."""

    def __init__(self, url: str, http: httpx.Client) -> None:
        """Name the node; ``http`` is the caller's to close."""
        self._url = url
        self._http = http

    def find(self, text: str) -> Found:
        """Search by name, code or number."""
        return json.decode(self._get("/api/v1/search", {"q": text}), type=Found)

    def index_lag(self) -> int:
        """Return how many commits the search indexes have not taken up yet."""
        return json.decode(self._get("/health"), type=Health).index_lag

    def file(self, subject_id: str) -> File:
        """Return a subject's file."""
        return json.decode(self._get(f"/api/v1/subjects/{subject_id}"), type=File)

    def decide(
        self, subject_id: str, territory: str, matter: str, on: date, organ_kind: str = ""
    ) -> Decided:
        """Ask what applies to a subject in a territory, in a matter, on a date."""
        asked = {"territory": territory, "matter": matter, "on": on.isoformat()}
        if organ_kind:
            asked["organ_kind"] = organ_kind
        return json.decode(
            self._get(f"/api/v1/subjects/{subject_id}/decision", asked), type=Decided
        )

    def usable(self, number: str, territory: str, use: str, on: date) -> Usable:
        """Ask whether a standard may serve in a territory for a use on a date."""
        asked = {"number": number, "territory": territory, "use": use, "on": on.isoformat()}
        answer = self._get("/api/v1/standards/usable", asked)
        return json.decode(answer, type=_Answered).answer

    def page(self, path: str, params: dict[str, str]) -> str:
        """Return a page as a reader sees it: its text without marks."""
        text = self._get(path, params).decode()
        return unescape(re.sub(r"<[^>]*>", "", text.partition("<body")[2]))

    def record(self, origin: str, idx: int) -> Detail:
        """Return a record with its proof."""
        return json.decode(self._get(f"/api/v1/records/{origin}/{idx}"), type=Detail)

    def status(self, path: str) -> int:
        """Return only the status of an answer: for what must not be shown."""
        return self._http.get(self._url + path).status_code

    def put_attachment(self, origin: str, sha256: str, body: bytes) -> None:
        """Bring a file that an admitted record names; raises httpx.HTTPStatusError."""
        path = f"/log/{origin}/attachment/{sha256}"
        self._http.put(self._url + path, content=body).raise_for_status()

    def _get(self, path: str, params: dict[str, str] | None = None) -> bytes:
        response = self._http.get(self._url + path, params=params)
        response.raise_for_status()
        return response.content
