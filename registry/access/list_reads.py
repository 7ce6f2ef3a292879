"""What one asker may have screened: whole lists, with his eyes, inside his scope, for a purpose."""

from registry.access.asking import Asking
from registry.errors import Refusal, UnauthorisedRefusal
from registry.query.views import Viewer

SCREENING = "screening"
"""The kind of a row of the access log about a screening; its place is the screening's id."""


class ListReads(Asking):
    """The part of `registry.access.reads.Reads` that is about lists."""

    async def to_screen(self, territory: str, matter: str, place: str = "") -> Viewer:
        """Return the eyes a list is screened with; what is refused is written down.

        Raises:
            UnauthorisedRefusal: nobody is known to ask, so that nobody would own the screening.
            PurposeRefusal: his role must say what it reads for.
            NotGrantedRefusal: the territory or the matter was not granted.
        """
        if not self.asker.known:
            raise UnauthorisedRefusal(
                "名单筛查须先登录，或出示凭据；单个查询无需登录。",
                "Sign in or show a credential to have a list screened; one by one needs neither.",
                code="no-credential",
            )
        try:
            await self._in_scope("", (territory,), matter)
        except Refusal as refusal:
            await self.write(SCREENING, refusal.detail_code, place=place)
            raise
        return await self._eyes()
