"""What every page has around it: its language, links that keep it, and how it is rendered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from litestar import Request, Response
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.params import SkipValidation

from registry.access.asker import PUBLIC, Asker
from registry.access.reads import Reads
from registry.clock import SHANGHAI, Clock
from registry.domain.offices import NO_OFFICES, Offices
from registry.pages.static_files import VERSION
from registry.pages.texts import Lang, text
from registry.pages.words import joined, moment, word
from signing.charter import Charter

PageRequest = Request[None, None, State]
ReadsDep = NamedDependency[SkipValidation[Reads]]
_ERRORS: Final = 400
"""From this status on a page is not worth keeping on paper, and must not differ by its address."""
_LINK_MAX: Final = 1_200
"""Characters of a query string that links repeat, before they are escaped."""

_ENV: Final = Environment(
    loader=PackageLoader("registry.pages"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Site:
    """The node as its pages present it; ``members`` are codes and names that have a territory.

    ``names`` also holds the region office; ``origins`` maps a log to its party's code.
    """

    region: str
    node: str
    public_url: str
    members: tuple[tuple[str, str], ...]
    names: dict[str, str]
    origins: dict[str, str]
    examples: tuple[str, ...] = ()
    signs_in: bool = False
    charter: Charter | None = None
    offices: Offices = NO_OFFICES

    def name_of(self, code: str) -> str:
        """The name the charter gives a party; a code that is not in it stands for itself."""
        return self.names.get(code, code)

    def ended(self, at: datetime) -> tuple[str, str]:
        """What is said of a charter that has expired, Chinese and English; empty before."""
        standing = self.charter.standing(at.astimezone(SHANGHAI).date()) if self.charter else None
        if standing is None or standing.state not in {"grace", "ended"}:
            return "", ""
        return standing.zh, standing.en


@dataclass(frozen=True, slots=True)
class Frame:
    """One page being made, for whoever asks, at a moment that stands on what is printed of it."""

    site: Site
    lang: Lang
    path: str
    query: tuple[tuple[str, str], ...]
    at: datetime
    asker: Asker = PUBLIC

    def t(self, key: str, /, **values: object) -> str:
        """A text in the language of the page."""
        return text(self.lang, key, **values)

    def url(self, path: str, **params: object) -> str:
        """A link inside the site that keeps the language; empty parameters are left out."""
        pairs = [(key, value) for key, value in params.items() if value not in ("", None, ())]
        return self._link(path, [*pairs, *([("lang", "en")] if self.lang == "en" else [])])

    def here(self, **changes: object) -> str:
        """A link to this page with some parameters changed."""
        pairs = [(key, value) for key, value in self.query if key not in {*changes, "lang"}]
        lang = [("lang", "en")] if self.lang == "en" else []
        return self._link(self.path, [*pairs, *changes.items(), *lang])

    def narrowed(self, parameter: str, values: tuple[str, ...]) -> str:
        """A link to this page from its beginning, with other values of one parameter."""
        left_out = {parameter, "offset", "cursor", "lang"}
        pairs: list[tuple[str, object]] = [pair for pair in self.query if pair[0] not in left_out]
        pairs += [(parameter, value) for value in values]
        return self._link(self.path, [*pairs, *([("lang", "en")] if self.lang == "en" else [])])

    def page(self, template: str, status: int = 200, /, **values: object) -> Response[str]:
        """Render a template; a name it uses and does not get is an error, not an empty string."""
        html = _ENV.get_template(template).render(
            t=self.t,
            url=self.url,
            lang=self.lang,
            site=self.site,
            here=self.path,
            asker=self.asker,
            sign_in=self._sign_in(),
            greeting=self._greeting() if self.asker.known else "",
            style=VERSION,
            other_language=self._other_language(),
            printed=self._printed() if status < _ERRORS else "",
            ended=self.site.ended(self.at)[self.lang == "en"] if status < _ERRORS else "",
            **values,
        )
        return Response(html, status_code=status, media_type=MediaType.HTML)

    def _sign_in(self) -> str:
        """Where to sign in and come back to this page; nothing where one cannot, or need not."""
        if self.asker.known or not self.site.signs_in:
            return ""
        return self.url("/sign-in", to=self._link(self.path, list(self.query)))

    def _greeting(self) -> str:
        """Who is signed in, as what, where: a name is said to himself and kept nowhere."""
        grant = self.asker.grant
        said = [self.asker.name or self.asker.who, word(self.lang, "role", grant.role)]
        if grant.member:
            said.append(self.site.name_of(grant.member))
        if grant.department:
            said.append(grant.department)
        return self.t("access.signed-in", who=joined(self.lang, said))

    def _other_language(self) -> str:
        pairs: list[tuple[str, object]] = [pair for pair in self.query if pair[0] != "lang"]
        return self._link(self.path, pairs + ([("lang", "en")] if self.lang == "zh" else []))

    def _printed(self) -> str:
        """Where what is on paper can be looked up again, and when it was printed."""
        url = self.site.public_url + self._link(self.path, list(self.query))
        return self.t("site.printed", url=url, at=moment(self.lang, self.at))

    @staticmethod
    def _link(path: str, pairs: list[tuple[str, object]]) -> str:
        """A link; of several slashes at its beginning one is left, or it would name another site.

        Browsers read a backslash there as a slash, and skip a tab or a line break (WHATWG URL 4.4).
        """
        path = "/" + path.lstrip("/\\\t\r\n")
        kept, room = [], _LINK_MAX
        for name, value in pairs:
            room -= len(name) + len(str(value)) + 2
            if room < 0:
                break  # no page reads so much; the language stays what it is by default
            kept.append((name, value))
        return f"{path}?{urlencode(kept, doseq=True)}" if kept else path


def frame_of(
    request: PageRequest,
    site: NamedDependency[SkipValidation[Site]],
    clock: NamedDependency[SkipValidation[Clock]],
) -> Frame:
    """The frame of a request; any other language than English is Chinese."""
    # Not request.query_params: that one forgets the order, and links would differ at every call.
    query = tuple(
        parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    )
    lang: Lang = "en" if dict(query).get("lang") == "en" else "zh"
    asker: Asker = request.scope["state"].get("asker", PUBLIC)
    return Frame(site, lang, request.url.path, query, clock.now(), asker)
