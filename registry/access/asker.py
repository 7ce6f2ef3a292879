"""Who asks, as far as this node knows; and the cookie a browser shows for it."""

from dataclasses import dataclass
from typing import Final

from registry.domain.disclosure import Role
from registry.domain.grants import PUBLIC_GRANT, Grant
from registry.query.views import Viewer


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: what he may do, his name in the access log, and what he reads for.

    ``who`` is ``key:<id>`` or ``oidc:<keyed digest>``, empty for the public. ``name`` is how he is
    greeted on pages and kept nowhere; ``csrf`` is what the forms of his session carry.
    """

    grant: Grant = PUBLIC_GRANT
    who: str = ""
    purpose: str = ""
    name: str = ""
    csrf: str = ""

    @property
    def known(self) -> bool:
        """Tell whether a credential was shown: such a reader's reads are written down."""
        return self.grant.role is not Role.PUBLIC

    @property
    def viewer(self) -> Viewer:
        """The eyes he reads with."""
        return Viewer(
            self.grant.role, self.grant.member, self.grant.subject, party=self.grant.party
        )

    @property
    def signed_in(self) -> bool:
        """Tell whether he came with a session of the pages."""
        return bool(self.csrf)


PUBLIC: Final = Asker()


def cookie_name(public_url: str, *, pending: bool = False) -> str:
    """Return the name of the cookie; over https one that no other host can set (RFC 6265bis)."""
    name = "registry-sign-in" if pending else "registry-session"
    return f"__Host-{name}" if public_url.startswith("https://") else name


def cookie(public_url: str, value: str, seconds: int, *, pending: bool = False) -> str:
    """Return a ``Set-Cookie`` value: no script reads it, no other site's form sends it."""
    secure = "; Secure" if public_url.startswith("https://") else ""
    name = cookie_name(public_url, pending=pending)
    return f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
