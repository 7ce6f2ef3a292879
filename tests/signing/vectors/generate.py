"""Golden vectors of every format, for this and any other implementation.

``python -m tests.signing.vectors.generate`` writes the JSON files beside this one, and the examples
of ``signing/FORMATS.md``; ``--check`` compares them byte for byte instead and exits 1 on any
difference. All comes from fixed seeds, and each vector is verified as it is made: a good one must
open, a bad one must be refused with exactly the code it states. Bytes that are not text are base64
under a key that ends in ``_b64``.

ML-DSA-44 and SM2 draw a number for each signature: theirs are taken over from the stored file for
as long as they verify, so that a second run writes the same.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path

from signing.algorithms import algorithm
from signing.batch import parse_batch
from signing.bundle import open_bundle, seal_bundle
from signing.charter import open_charter
from signing.checkpoint import open_checkpoint
from signing.errors import SigningError
from signing.keys import SigningKey, VerifierKey, parse_vkey
from signing.merkle import consistency_proof, inclusion_proof, leaf_hash, verify_consistency
from signing.note import Note, Signature, open_note, parse_signature, sign_note, signature_by
from signing.policy import parse_policy
from signing.proof import TlogProof, encode_proof, verify_proof
from signing.quorum import open_by_policy, weigh
from signing.receipt import make_receipt, open_receipt
from signing.record import entry_of, parse_record_line, split_line
from signing.report import open_report, seal_report
from signing.status import open_status, seal_status
from signing.tiles import TileRef, entry_bundle, parse_tile_path
from signing.voucher import open_voucher, seal_voucher, voucher_in, voucher_text
from tests.signing import (
    given,
    test_algorithms,
    test_batch,
    test_bundle,
    test_charter,
    test_checkpoints_and_receipts,
    test_ed25519_edges,
    test_keys_and_notes,
    test_policy,
    test_record,
    test_report,
    test_status,
    test_tiles_and_proofs,
    test_voucher,
)
from tests.signing.vectors.examples import FORMATS, rendered

FOLDER = Path(__file__).parent
LONGEST = 2048  # longer bad inputs say little in a file; the tests have them

SIZES = [0, 1, 2, 3, 7, 8, 11, 255, 256, 257, 300]
LINES = [given.record_line(number, restricted=number % 3 == 0) for number in range(300)]
ENTRIES = [entry_of(*split_line(line)) for line in LINES]
TREE = given.NaiveTree([leaf_hash(entry) for entry in ENTRIES])


def b64(data):
    return base64.b64encode(data).decode()


def refused(name, data, code, check):
    """A bad vector: the input, and the code with which `check` refuses it."""
    try:
        check(data)
    except SigningError as error:
        if error.code != code:
            message = f"{name}: {error.code} instead of {code}"
            raise ValueError(message) from error
    else:
        message = f"{name}: not refused"
        raise ValueError(message)
    return {"name": name, "input_b64": b64(data), "code": code}


def keys():
    signers = {
        "log": given.LOG,
        "root": given.ROOTS[0],
        "mirror": given.MIRROR,
        "witness": given.WITNESS,
    }
    return [
        {
            "use": use,
            "name": signer.name,
            "type_byte": signer.type_byte,
            "vkey": str(signer.vkey),
            "message": "registry",
            "signature_b64": b64(signer.sign(b"registry")),
        }
        for use, signer in signers.items()
    ]


def notes():
    known = [given.LOG.vkey, given.OTHER_LOG.vkey]
    texts = ["text\n", "芜湖市\n", "two\n\nparagraphs\n", "\n"]
    good = []
    for text in texts:
        note = sign_note(text, [given.LOG, given.OTHER_LOG])
        opened = open_note(note, known)
        verified = [str(key) for key in opened.keys]
        good.append({"text": opened.text, "note": note.decode(), "verified": verified})
    bad = [
        refused(
            name, data, given.code_of(name, "malformed-note"), lambda data: open_note(data, known)
        )
        for name, data in test_keys_and_notes.BAD_NOTES.items()
        if len(data) <= LONGEST
    ]
    return {"keys": [str(key) for key in known], "good": good, "bad": bad}


def algorithms():
    """A key, a raw signature and a line under a checkpoint for each algorithm of the list."""
    path = FOLDER / "algorithms.json"
    stored = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"good": []}
    before = {case["type_byte"]: case for case in stored["good"]}
    good = [_algorithm(number, before.get(number)) for number in test_algorithms.ALL]
    bad = []
    for case in good:
        known = parse_vkey(case["vkey"])
        for name, line in _bad_lines(parse_signature(case["line"])).items():
            note = Note(test_algorithms.TEXT, (line,)).encode()
            defect = f"{known.type_byte:02x}-{name}"
            bad.append(
                {**refused(defect, note, "bad-signature", _note_opener(known)), "vkey": str(known)}
            )
    return {"checkpoint": test_algorithms.TEXT, "good": good, "bad": bad}


def _algorithm(number, before):
    known = algorithm(number)
    secret = hashlib.sha256(b"vector %04x" % number).digest()
    name = given.ORIGIN if known.signs_logs else f"{given.NODE}/witness"
    signer = SigningKey.from_seed(name, secret, number)
    time = given.TIME if known.cosigns else 0
    message = known.message(name, test_algorithms.TEXT.encode(), time)
    try:
        raw, line = base64.b64decode(before["signature_b64"]), parse_signature(before["line"])
        signer.vkey.verify(b"registry", raw)
        open_note(Note(test_algorithms.TEXT, (line,)).encode(), [signer.vkey])
    except (SigningError, TypeError, KeyError):
        raw, line = signer.sign(b"registry"), signature_by(signer, test_algorithms.TEXT, time)
    return {
        "algorithm": known.name,
        "type_byte": number,
        "identifier_b64": b64(known.identifier),
        "name": name,
        "secret_b64": b64(secret),
        "vkey": str(signer.vkey),
        "message": "registry",
        "signature_b64": b64(raw),
        "time": time,
        "signed_b64": b64(message),
        "line": line.line().removesuffix("\n"),
    }


def _bad_lines(line):
    payload = line.payload
    changed = {
        "cut-off": payload[:-1],
        "one-byte-more": payload + b"\0",
        "last-bit-flipped": payload[:-1] + bytes([payload[-1] ^ 1]),
        "first-bit-flipped": bytes([payload[0] ^ 0x80]) + payload[1:],
        "all-zero": bytes(len(payload)),
    }
    return {name: Signature(line.name, line.key_id, data) for name, data in changed.items()}


def _note_opener(known):
    return lambda data: open_note(data, [known])


def ed25519_edges():
    """Edge cases of Ed25519: public keys that are none, and what becomes of odd signatures."""
    keys_refused = {**test_ed25519_edges.WEAK, **test_ed25519_edges.NOT_REDUCED}
    bad_keys = [
        refused(name, public, "malformed-key", lambda data: VerifierKey("a", 1, data))
        for name, public in keys_refused.items()
    ]
    cases = [
        {"name": name, "outcome": outcome, "message": message, "public": public, "signature": r + s}
        for name, (outcome, message, public, r, s) in test_ed25519_edges.CASES.items()
    ]
    return {"keys": bad_keys, "signatures": cases}


def policies():
    text = test_policy.EXAMPLE
    policy = parse_policy(text)
    note = test_policy.seen_by(test_policy.SEEN)
    verdict = open_by_policy(note, policy).verdict
    short = test_policy.seen_by(dict(list(test_policy.SEEN.items())[:2]))
    missing = weigh(policy, open_note(short, [given.LOG.vkey, *(w.key for w in policy.witnesses)]))
    bad = [
        refused(name, policy.encode(), "malformed-policy", parse_policy)
        for name, policy in test_policy.BAD_POLICIES.items()
        if len(policy) <= LONGEST
    ]
    return {
        "policy": text.decode(),
        "canonical": policy.encode().decode(),
        "checkpoint": note.decode(),
        "time": verdict.time,
        "by": verdict.by,
        "missing": verdict.missing,
        "others": verdict.others,
        "short": {"checkpoint": short.decode(), "missing": missing.missing},
        "bad": bad,
    }


def records():
    good = []
    for line in LINES[:4]:
        record = parse_record_line(line)
        good.append({"line": line.decode(), "entry": record.entry.hex(), "salts": record.salts})
    bad = []
    for name, (line, code, pointer) in test_record.BAD.items():
        if len(line) <= LONGEST:
            case = refused(name, line, code, parse_record_line)
            bad.append({**case, "pointer": pointer})
    return {"good": good, "bad": bad}


def merkle():
    """Roots and proofs of the tree over the entries of 300 records."""
    roots = {str(size): TREE.root(0, size).hex() for size in SIZES}
    inclusion = []
    for size in SIZES[1:]:
        tree = given.NaiveTree(TREE.leaves[:size])
        for index in sorted({0, size // 2, size - 1}):
            path = inclusion_proof(index, size, tree.node)
            hashes = [item.hex() for item in path]
            inclusion.append({"index": index, "size": size, "proof": hashes})
    consistency = []
    for old in SIZES[1:]:
        for new in SIZES[1:]:
            if old <= new:
                tree = given.NaiveTree(TREE.leaves[:new])
                proof = consistency_proof(old, new, tree.node)
                verify_consistency(old, new, tree.root(0, old), tree.root(), proof)
                hashes = [item.hex() for item in proof]
                consistency.append({"old": old, "new": new, "proof": hashes})
    return {
        "entries": "of the 300 lines in batches.json",
        "roots": roots,
        "inclusion": inclusion,
        "consistency": consistency,
    }


def tiles():
    refs = [(0, 0, 256), (0, 67, 112), (1, 1067, 256), (0, 1234067, 256), (None, 0, 5)]
    paths = []
    for ref in refs:
        path = TileRef(*ref).path
        back = parse_tile_path(path)
        paths.append({"level": back.level, "n": back.n, "width": back.width, "path": path})
    return {"paths": paths, "entry_bundle_b64": b64(entry_bundle(ENTRIES[:5]))}


def batches():
    text = given.batch_of(LINES)
    header, lines = parse_batch([text])
    good = {
        "origin": header.origin,
        "from": header.start,
        "to": header.end,
        "lines": [line.decode() for line in lines],
        "text": given.batch_of(LINES[:3]).decode(),
    }
    bad = [
        refused(name, data, code, lambda data: parse_batch([data]))
        for name, (data, code, _) in test_batch.BAD.items()
        if len(data) <= LONGEST
    ]
    return {"good": good, "bad": bad}


def checkpoints():
    note = given.checkpoint_note(LINES)
    signed = open_checkpoint(note, [given.LOG.vkey])
    receipt = make_receipt(note, given.MIRROR, given.TIME)
    opened = open_receipt(receipt.note, [given.LOG.vkey], [given.MIRROR.vkey])
    log_key = given.LOG.vkey
    bad = [
        refused(
            name,
            sign_note(text, [given.LOG]),
            given.code_of(name, "malformed-checkpoint"),
            _opener(log_key),
        )
        for name, text in test_checkpoints_and_receipts.BAD_TEXTS.items()
        if text.endswith("\n")
    ]
    return {
        "log": str(log_key),
        "mirror": str(given.MIRROR.vkey),
        "origin": signed.checkpoint.origin,
        "size": signed.checkpoint.size,
        "root": signed.checkpoint.root.hex(),
        "checkpoint": note.decode(),
        "receipt": receipt.note.decode(),
        "time": opened.time,
        "bad": bad,
    }


def _opener(log_key):
    return lambda data: open_checkpoint(data, [log_key])


def proofs():
    receipt = make_receipt(given.checkpoint_note(LINES), given.MIRROR, given.TIME).note
    good = []
    for index in (0, 255, 299):
        path = tuple(inclusion_proof(index, 300, TREE.node))
        digest = ENTRIES[index][32:]
        data = encode_proof(TlogProof(index, path, receipt, digest))
        verify_proof(data, ENTRIES[index], given.LOG.vkey, [given.MIRROR.vkey])
        good.append({"index": index, "entry": ENTRIES[index].hex(), "proof": data.decode()})
    entry = test_tiles_and_proofs.ENTRIES[4]
    bad = [
        refused(
            name,
            data,
            given.code_of(name, "malformed-proof"),
            lambda data: verify_proof(data, entry, given.LOG.vkey, []),
        )
        for name, data in test_tiles_and_proofs.BAD_PROOFS.items()
        if len(data) <= LONGEST
    ]
    return {"log": str(given.LOG.vkey), "good": good, "bad": bad}


def charters():
    opened = open_charter(given.charter().note)
    bad = []
    for name, (changes, code) in test_charter.BAD_FIELDS.items():
        fields = given.charter_fields(**changes)
        line = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        note = sign_note(f"registry-charter@v1\n{line}\n", given.ROOTS)
        bad.append(refused(name, note, code, open_charter))
    return {"note": opened.note.decode(), "digest": opened.digest.hex(), "bad": bad}


def vouchers():
    trusted = given.charter()
    data = seal_voucher(given.voucher(), given.MIRROR)
    opened = open_voucher(data, trusted)
    bad = [
        refused(name, data, code, lambda data: open_voucher(voucher_in(data), trusted))
        for name, (data, code) in test_voucher.BAD.items()
        if len(data) <= 2 * LONGEST
    ]
    return {
        "charter": trusted.note.decode(),
        "file": data.decode(),
        "text": voucher_text(opened.voucher),
        "digest": opened.digest.hex(),
        "time": opened.time,
        "key": opened.key,
        "bad": bad,
    }


def reports():
    trusted = given.charter()
    data = seal_report(given.report(), given.proven(1, 2), given.MIRROR)
    opened = open_report(data, trusted)
    bad = [
        refused(name, data, code, lambda data: open_report(data, trusted))
        for name, (data, code) in test_report.BAD.items()
        if len(data) <= 4 * LONGEST
    ]
    return {
        "charter": trusted.note.decode(),
        "file": data.decode(),
        "digest": opened.digest.hex(),
        "entries": [one.record.entry.hex() for one in opened.records],
        "time": opened.time,
        "key": opened.key,
        "bad": bad,
    }


def bundles():
    trusted = given.charter()
    data = seal_bundle(given.bundle(), given.MIRROR)
    opened = open_bundle(data, trusted)
    bad = [
        refused(name, data, code, lambda data: open_bundle(data, trusted))
        for name, (data, code) in test_bundle.BAD.items()
        if len(data) <= 2 * LONGEST
    ]
    return {
        "charter": trusted.note.decode(),
        "file": data.decode(),
        "digest": opened.digest.hex(),
        "entry": opened.record.entry.hex(),
        "index": opened.index,
        "time": opened.time,
        "key": opened.key,
        "bad": bad,
    }


def statuses():
    trusted = given.charter()
    data = seal_status(given.status(), given.MIRROR)
    opened = open_status(data, trusted)
    bad = [
        refused(name, data, code, lambda data: open_status(data, trusted))
        for name, (data, code) in test_status.BAD.items()
        if len(data) <= LONGEST
    ]
    return {
        "charter": trusted.note.decode(),
        "file": data.decode(),
        "standing": [0, 2],
        "time": opened.time,
        "until": opened.until,
        "key": opened.key,
        "bad": bad,
    }


MAKERS = [
    keys, notes, records, merkle, tiles, batches, checkpoints, proofs, charters, vouchers, reports,
    bundles,
    statuses, algorithms, ed25519_edges, policies,
]  # fmt: skip


def generated():
    """Make all files: name -> text."""
    return {
        f"{maker.__name__}.json": json.dumps(maker(), ensure_ascii=False, indent=1) + "\n"
        for maker in MAKERS
    }


def differences():
    """Names of files that are missing, superfluous or not what the generator makes."""
    text = FORMATS.read_text(encoding="utf-8")
    files = generated() | {FORMATS.name: rendered(text)}
    stored = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    stored[FORMATS.name] = text
    names = sorted(files.keys() | stored.keys())
    return [name for name in names if files.get(name) != stored.get(name)]


def main():
    if "--check" in sys.argv[1:]:
        wrong = differences()
        sys.stdout.write("".join(f"differs: {name}\n" for name in wrong))
        return 1 if wrong else 0
    for name, text in generated().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    FORMATS.write_text(rendered(FORMATS.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
