"""The examples and tables of ``signing/FORMATS.md``, made anew so that they cannot rot.

Each stands in the text after a line ``<!-- example: NAME -->``. What is made here comes from the
same fixed seeds as the vectors; the encrypted key file alone is random, and is opened instead.
"""

import re
from pathlib import Path

import signing
from signing import batch, merkle, note, proof, record, status, tiles
from signing.algorithms import algorithm
from signing.bundle import seal_bundle
from signing.cosign import cosign
from signing.errors import MalformedKeyError
from signing.keys import SigningKey
from signing.note import parse_note
from signing.receipt import make_receipt
from signing.report import seal_report
from signing.status import seal_status
from signing.voucher import seal_voucher
from tests.signing import given

FORMATS = Path(signing.__file__).parent / "FORMATS.md"
MARK = re.compile(r"(<!-- example: ([a-z-]+) -->\n\n```text\n)(.*?)(```\n)", re.DOTALL)
TABLE = re.compile(r"(<!-- table: ([a-z-]+) -->\n\n)(.*?\n)(\n)", re.DOTALL)
PASSWORD = b"example"
KEY_FILE = b"""# registry-key@v1 registry.example/wuhu 01
-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGjMF8GCSqGSIb3DQEFDTBSMDEGCSqGSIb3DQEFDDAkBBAZ9HuV/znzIByWpogl
FqUcAgIIADAMBggqhkiG9w0CCQUAMB0GCWCGSAFlAwQBKgQQNT0ZwJ9aeFgJ8kET
SYTC1wRA3sHjCghCwvlTaWbdYdXLzJgLydhuW6S9I7uQvJ1hcjr00YkQojB2G4xB
rbMdqaKuPBD6yLQN2GoYrVV+e1jO5g==
-----END ENCRYPTED PRIVATE KEY-----
"""

LINES = [given.record_line(number, restricted=number == 2) for number in range(5)]


def key_file():
    """The one example that is random: it must open to the key it says it is."""
    opened = SigningKey.from_pem(KEY_FILE, PASSWORD)
    if opened.vkey != given.LOG.vkey:
        message = "the key file of the example is of another key"
        raise ValueError(message)
    return KEY_FILE.decode()


def examples():
    """Every example: name -> text."""
    checkpoint = given.checkpoint_note(LINES)
    lines = [line.decode() for line in LINES[1:3]]
    entries = [record.entry_of(*record.split_line(line)).hex() for line in LINES[1:3]]
    text = parse_note(checkpoint).text
    made = {
        "record": "\n".join(lines),
        "entry": "\n".join(entries),
        "leaf": "\n".join(merkle.leaf_hash(bytes.fromhex(entry)).hex() for entry in entries),
        "vkey": "\n".join(str(key.vkey) for key in (given.LOG, given.MIRROR)),
        "key-file": key_file(),
        "checkpoint": checkpoint.decode(),
        "cosigned": f"cosignature/v1\ntime {given.TIME}\n{text}",
        "cosignature": cosign(given.MIRROR, text, given.TIME).line(),
        "receipt": make_receipt(checkpoint, given.MIRROR, given.TIME).note.decode(),
        "batch": given.batch_of(LINES[:2]).decode(),
        "tiles": "\n".join(
            f"{size:>6} entries: {' '.join(tile_paths(size))}" for size in (5, 256, 70_000)
        ),
        "proof": given.proof_file(LINES, 2).decode(),
        "charter": given.charter().note.decode(),
        "voucher": seal_voucher(given.voucher(), given.MIRROR).decode(),
        "report": seal_report(given.report(), given.proven(1, 2), given.MIRROR).decode(),
        "bundle": seal_bundle(given.bundle(), given.MIRROR).decode(),
        "status": seal_status(given.status(), given.MIRROR).decode(),
    }
    return {name: f"{text.rstrip(chr(10))}\n" for name, text in made.items()}


def tile_paths(size):
    """The last hash tile of each level that a tree has, and its last bundle of entries."""
    paths = []
    level = 0
    while size >> 8 * level:
        count = size >> 8 * level
        paths.append(tiles.tile_path(level, (count - 1) // 256, (count - 1) % 256 + 1))
        level += 1
    return [*paths, tiles.entries_path((size - 1) // 256, (size - 1) % 256 + 1)]


def sizes(one):
    """Bytes of a public key and of a signature, which the algorithm or its scheme knows."""
    scheme = getattr(one, "scheme", one)
    return scheme.public_size, scheme.signature_size


LIMITS = {
    "record line": record.MAX_LINE,
    "levels of JSON in a record": record.MAX_DEPTH,
    "members of one JSON object": record.MAX_MEMBERS,
    "integer in a record, at most ±": record.MAX_INTEGER,
    "records of a batch": batch.MAX_RECORDS,
    "bytes of a batch, unpacked": batch.MAX_UNPACKED,
    "bytes of a batch's header line": batch.MAX_HEADER,
    "bytes of a note, and of each file that is one": note.MAX_NOTE,
    "signature lines of a note": note.MAX_SIGNATURES,
    "hashes of an inclusion proof": proof.MAX_HASHES,
    "bytes of a proof's extra data": proof.MAX_EXTRA,
    "entries that a status list speaks of": status.BLOCK,
    "seconds that a status list speaks for": status.MAX_WINDOW,
}


def tables():
    """Every table: name -> rows."""
    known = []
    for number in (*range(256), *range(0xFF00, 0x10000)):
        try:
            known.append(algorithm(number))
        except MalformedKeyError:
            continue
    return {
        "algorithms": rows(
            ("type byte", "algorithm", "public key", "signature"),
            [(f"`{one.type_byte:02x}`", one.name, *sizes(one)) for one in known],
        ),
        "limits": rows(("what", "at most"), [(name, f"{n:,}") for name, n in LIMITS.items()]),
    }


def rows(head, body):
    lines = [head, ["---"] * len(head), *body]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def rendered(text):
    """The text of FORMATS.md with every example and table made anew; each must stand there."""
    made, laid = examples(), tables()
    names = [match[2] for match in MARK.finditer(text)]
    if sorted(names) != sorted(made) or {m[2] for m in TABLE.finditer(text)} != laid.keys():
        message = f"examples named in the text: {names}"
        raise ValueError(message)
    text = MARK.sub(lambda match: match[1] + made[match[2]] + match[4], text)
    return TABLE.sub(lambda match: match[1] + laid[match[2]] + match[4], text)
