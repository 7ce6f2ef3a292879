"""The working folder of a member's installation: keys, charter and the logs it publishes.

::

    DIR/lock                              held by the one run that is at work
    DIR/charter                           the charter in force here; a later one must follow from it
    DIR/keys/<host>_<segment>.key         private key, encrypted PKCS#8; or ``socket:PATH``
    DIR/keys/<host>_<segment>.vkey        public key, the text for the charter
    DIR/keys/<host>_<segment>.2.key …     further keys of the log; the charter says which counts
    DIR/logs/<host>_<segment>/            see ``sealed``
"""

import contextlib
import functools
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from registry.exchange import durable
from registry.exchange.durable import Observer, unobserved
from registry.exchange.errors import PublishError
from registry.exchange.home import Node, Trust
from registry.exchange.sealed import LogSigner, SealedLog
from registry.exchange.socket_signer import SocketSigner
from signing.algorithms import ED25519
from signing.charter import Charter, check_origin, open_charter
from signing.errors import MalformedKeyError, SigningError
from signing.keys import Signer, SigningKey, VerifierKey, parse_vkey

_SERVICE: Final = b"socket:"
"""Begins a key file that names a signing service (`socket_signer`) instead of holding a key."""
_DEVICE: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)", re.IGNORECASE)
"""A name that Windows takes for a device, whatever follows the first dot."""


def folder_name(origin: str) -> str:
    """Return the name of a log's files: the origin with what Windows forbids replaced."""
    name = origin.replace("/", "_").replace(":", "~")
    return f"_{name}" if _DEVICE.match(name) else name


class Workdir:
    """One working folder."""

    def __init__(self, path: Path, observe: Observer = unobserved) -> None:
        """Name the folder; ``observe`` is told each durable step below it."""
        self.path = path
        self._observe = observe

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """(1) Keep every other run out for the length of the block.

        Raises:
            PublishError: ``workdir-busy``.
        """
        with durable.locked(self.path / "lock"):
            self._observe("locked")
            yield

    def log(self, origin: str) -> SealedLog:
        """Return the folder of one log."""
        return SealedLog(self.path / "logs" / folder_name(origin), origin, self._observe)

    # --- keys ---

    def new_key(
        self, origin: str, password: bytes, algorithm: int = ED25519, *, further: bool = False
    ) -> VerifierKey:
        """Make the key of a log and store it encrypted; return the public half.

        With ``further`` it is one more, which signs from a moment that the charter says: in the
        place of the one before, or beside it where it is of another algorithm.

        Raises:
            PublishError: ``file-exists``: a key is never overwritten; ``file-missing``: there is
                none yet that it could take over from or stand beside.
            SigningError: not an origin, no password, or a first key that is not Ed25519.
        """
        if algorithm != ED25519 and not further:
            raise _not_basic()
        key = SigningKey.generate(check_origin(origin), algorithm)
        pem = key.to_pem(password)
        path = self._next_path(origin) if further else self._key_path(origin)
        durable.make_folder(path.parent)
        if path.exists():
            raise PublishError("file-exists", path=path)
        # The public half first: a run killed in between is begun again, and makes another key.
        durable.write_over(path.with_suffix(".vkey"), f"{key.vkey}\n".encode())
        durable.write_new(path, pem)
        if not further:
            self.log(origin).mark_new()
        return key.vkey

    def attach(self, service: Path) -> VerifierKey:
        """Name a signing service in the place of a key file; return the key that it holds.

        Raises:
            PublishError: ``file-exists``: a key is never overwritten.
            SigningError: the service does not answer, or its key is no log's.
        """
        vkey = SocketSigner(service).vkey
        if vkey.type_byte != ED25519:
            raise _not_basic()
        path = self._key_path(check_origin(vkey.name))
        durable.make_folder(path.parent)
        if path.exists():
            raise PublishError("file-exists", path=path)
        durable.write_over(path.with_suffix(".vkey"), f"{vkey}\n".encode())
        durable.write_new(path, _SERVICE + f"{service.resolve()}\n".encode())
        self.log(vkey.name).mark_new()
        return vkey

    def path_of(self, key: VerifierKey) -> Path:
        """Return the file of a key that is kept here; raises PublishError ``file-missing``."""
        for known, path in self._vkeys():
            if known == key:
                return path.with_suffix(".key")
        raise self._missing(key.name, self._key_path(key.name))

    def signer_for(self, trust: Trust, at: int, password: Callable[[], bytes]) -> LogSigner:
        """Return the keys with which a log signs at a POSIX second, decrypted or at their service.

        Of several of one algorithm that the charter names for then it is the one that begins last:
        what is signed with it stays good for longest. Where it names no Ed25519 key that is here,
        the log's first key, which whoever signs refuses by its name. Nothing is switched over, so
        nothing can be half done. The password is asked for once, and only for a key in a file.

        Raises:
            PublishError: ``file-missing``, ``key-file`` or ``damaged``.
        """
        here, asked = self.vkeys(), functools.cache(password)
        windows = [one for one in trust.party.keys if one.covers(at) and one.key in here]
        newest = {one.key.type_byte: one.key for one in sorted(windows, key=lambda w: w.start)}
        first = newest.pop(ED25519, None)
        path = self._key_path(trust.origin) if first is None else self.path_of(first)
        beside = map(self.path_of, newest.values())
        signers = [self._signer(trust.origin, one, asked) for one in (path, *beside)]
        return LogSigner(signers[0], tuple(signers[1:]))

    def _signer(self, origin: str, path: Path, password: Callable[[], bytes]) -> Signer:
        content = path.read_bytes() if path.is_file() else b""
        if not content.startswith(_SERVICE):
            return self._load(origin, path, password())
        try:
            signer = SocketSigner(Path(os.fsdecode(content.removeprefix(_SERVICE).rstrip(b"\n"))))
            _check_name(signer, origin)
        except SigningError as error:
            raise PublishError("key-file", path=path, reason=f"{error.zh} / {error}") from error
        return signer

    def key(self, origin: str, password: bytes) -> SigningKey:
        """Decrypt the first key of a log.

        Raises:
            PublishError: ``file-missing`` or ``key-file``.
        """
        return self._load(origin, self._key_path(origin), password)

    def _load(self, origin: str, path: Path, password: bytes) -> SigningKey:
        if not path.is_file():
            raise self._missing(origin, path)
        try:
            key = SigningKey.from_pem(path.read_bytes(), password)
            _check_name(key, origin)
        except SigningError as error:
            raise PublishError("key-file", path=path, reason=f"{error.zh} / {error}") from error
        return key

    def vkeys(self) -> tuple[VerifierKey, ...]:
        """Return the public keys kept here, by origin.

        Raises:
            PublishError: ``damaged``.
        """
        return tuple(key for key, _ in self._vkeys())

    def _vkeys(self) -> Iterator[tuple[VerifierKey, Path]]:
        for path in sorted((self.path / "keys").glob("*.vkey")):
            try:
                key = parse_vkey(path.read_text("utf-8").strip())
            except (SigningError, UnicodeDecodeError) as error:
                raise PublishError("damaged", path=path, reason=error) from error
            yield key, path

    def _next_path(self, origin: str) -> Path:
        """Return where one more key of a log goes; raises PublishError ``file-missing``."""
        first = self._key_path(origin)
        if not first.is_file():
            raise self._missing(origin, first)
        number = 2
        while (path := first.with_name(f"{folder_name(origin)}.{number}.key")).exists():
            number += 1
        return path

    @staticmethod
    def _missing(origin: str, path: Path) -> PublishError:
        return PublishError(
            "file-missing",
            path=path,
            hint_zh=f"用 registry keys new --origin {origin} 生成，或从备份放回",
            hint_en=f"make it with registry keys new --origin {origin}, or restore a backup",
        )

    # --- charter ---

    @property
    def has_charter(self) -> bool:
        """Whether a charter is in force here already."""
        return (self.path / "charter").is_file()

    def charter(self, node: Node | None = None, file: Path | None = None) -> Charter:
        """Return the charter in force here, after taking over a newer one that follows from it.

        The first one is taken as it is given: compare its digest with the published one. Versions
        between it and the newest are asked of the node, one by one: each may change the roots.

        Raises:
            PublishError: ``no-charter``, ``file-missing``.
            SigningError: a charter that does not verify, or does not follow.
        """
        path = self.path / "charter"
        charter = open_charter(path.read_bytes()) if path.is_file() else None
        for note in self._offered(node, file):
            if charter is not None and _not_newer(note, charter):
                continue
            for one in (*_between(charter, note, node), note):
                charter = open_charter(one, charter)
                durable.make_folder(self.path)
                durable.write_over(path, one)
        if charter is None:
            raise PublishError("no-charter")
        return charter

    def _offered(self, node: Node | None, file: Path | None) -> Iterator[bytes]:
        if file is not None:
            if not file.is_file():
                raise PublishError(
                    "file-missing",
                    path=file,
                    hint_zh="核对 --charter 的路径",
                    hint_en="check the path given with --charter",
                )
            yield file.read_bytes()
        if node is not None:
            yield node.charter()

    def _key_path(self, origin: str) -> Path:
        return self.path / "keys" / f"{folder_name(origin)}.key"


def _not_basic() -> MalformedKeyError:
    return MalformedKeyError(en="a log's first key is Ed25519", zh="日志的首要密钥须为 Ed25519")


def _check_name(key: Signer, origin: str) -> None:
    """Refuse the key of another log (MalformedKeyError)."""
    if key.name != origin:
        raise MalformedKeyError(en=f"a key of {key.name}", zh=f"这是 {key.name} 的密钥")


def _between(charter: Charter | None, note: bytes, node: Node | None) -> Iterator[bytes]:
    """Ask the node for the versions between ours and the one offered; nothing is verified."""
    if charter is not None and node is not None:
        for version in range(charter.version + 1, open_charter(note).version):
            yield node.charter(version)


def _not_newer(note: bytes, charter: Charter) -> bool:
    """Tell whether an offered charter is ours or an older one of the same region."""
    offered = open_charter(note)
    same_region = offered.region_code == charter.region_code
    return same_region and (offered.digest == charter.digest or offered.version < charter.version)
