"""The style sheets, the scripts and the icon, read once and served from memory.

Pages name them with a digest of all, so a browser may keep them for good and still gets new ones.
"""

from hashlib import sha256
from importlib.resources import files
from typing import Final

from litestar import Response, get
from litestar.params import FromPath

from registry.errors import NotFoundRefusal

_TYPES: Final = {
    "site.css": "text/css",
    "drawn.css": "text/css",
    "site.js": "text/javascript",
    "suggest.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
_FILES: Final = {
    name: files("registry.pages").joinpath("static", name).read_bytes() for name in _TYPES
}
VERSION: Final = sha256(b"".join(_FILES.values())).hexdigest()[:12]
_KEPT: Final = {"Cache-Control": "public, max-age=31536000, immutable"}


@get("/static/{name:str}", include_in_schema=False)
async def static(name: FromPath[str]) -> Response[bytes]:
    """One file of the pages."""
    if name not in _FILES:
        raise NotFoundRefusal("没有这个文件。", "There is no such file.")
    return Response(_FILES[name], media_type=_TYPES[name], headers=_KEPT)
