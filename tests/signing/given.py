"""What these tests build on: keys from fixed seeds, a small region, records, a naive tree."""

import copy
import json
from functools import cache
from hashlib import sha256

import msgspec

from signing.algorithms import COSIGNATURE_ED25519, ML_DSA_44
from signing.batch import BatchHeader, encode_batch
from signing.bundle import HEADER as BUNDLE_HEADER
from signing.bundle import Bundle, Cover
from signing.charter import encode_charter, open_charter, sign_charter
from signing.checkpoint import Checkpoint, sign_checkpoint
from signing.cosign import cosign
from signing.keys import SigningKey
from signing.merkle import CompactRange, inclusion_proof, leaf_hash
from signing.note import Note, parse_note
from signing.proof import TlogProof, encode_proof
from signing.receipt import make_receipt
from signing.record import encode_record, entry_of, split_line
from signing.report import Proven, Report
from signing.status import StatusList, pack_bits, set_bits
from signing.voucher import Voucher

ORIGIN = "registry.example/wuhu"
OTHER_ORIGIN = "registry.example/nanjing"
NODE = "node-a.example"
TIME = 1_780_000_000  # 2026-05-28T20:26:40Z


def key(name, number, type_byte=1):
    return SigningKey.from_seed(name, sha256(b"test key %d" % number).digest(), type_byte)


LOG = key(ORIGIN, 1)
OTHER_LOG = key(OTHER_ORIGIN, 2)
OLD_LOG = key(ORIGIN, 3)
ROOTS = [key("registry.example/root-1", 11), key("registry.example/root-2", 12)]
NEXT_ROOT = key("registry.example/root-3", 13)
MIRROR = key(f"{NODE}/mirror", 21, COSIGNATURE_ED25519)
WITNESS = key(f"{NODE}/witness", 22, COSIGNATURE_ED25519)
MIRROR_B = key("node-b.example/mirror", 23, COSIGNATURE_ED25519)
WITNESS_B = key("node-b.example/witness", 24, COSIGNATURE_ED25519)
STRANGER = key("stranger.example/log", 99)
ML_LOG = key(ORIGIN, 31, ML_DSA_44)
ML_WITNESS = key("node-c.example/witness", 32, ML_DSA_44)

CHARTER_FIELDS = {
    "version": 1,
    "region": {"code": "nanjing-area", "name": "示范都市圈"},
    "expires_on": "2027-06-30",
    "grace_days": 30,
    "roots": {"keys": [str(root.vkey) for root in ROOTS], "threshold": 2},
    "parties": [
        {
            "code": "340200",
            "name": "芜湖市",
            "rank": "city",
            "origin": ORIGIN,
            "keys": [
                {
                    "vkey": str(OLD_LOG.vkey),
                    "from": "2020-01-01T00:00:00Z",
                    "until": "2026-01-01T00:00:00Z",
                },
                {"vkey": str(LOG.vkey), "from": "2026-01-01T00:00:00Z"},
            ],
            "territory": ["340200"],
            "competences": ["penalty", "repair"],
            "home": NODE,
        },
        {
            "code": "region-office",
            "name": "区域办公室",
            "rank": "region",
            "origin": OTHER_ORIGIN,
            "keys": [{"vkey": str(OTHER_LOG.vkey), "from": "2026-01-01T00:00:00Z"}],
            "territory": [],
            "competences": [],
            "home": "node-b.example",
        },
    ],
    "nodes": [
        {
            "name": NODE,
            "url": "https://node-a.example",
            "mirror": str(MIRROR.vkey),
            "witness": str(WITNESS.vkey),
        },
        {
            "name": "node-b.example",
            "url": "https://node-b.example",
            "mirror": str(MIRROR_B.vkey),
            "witness": str(WITNESS_B.vkey),
        },
    ],
    "quorum": 1,
}


def charter_fields(**changes):
    """The charter's fields with changes; a key ``parties__0__rank`` reaches inside."""
    return _changed(copy.deepcopy(CHARTER_FIELDS), changes)


def _changed(fields, changes):
    for path, value in changes.items():
        *steps, last = [int(step) if step.isdigit() else step for step in path.split("__")]
        at = fields
        for step in steps:
            at = at[step]
        at[last] = value
    return fields


def charter(**changes):
    return open_charter(sign_charter(encode_charter(charter_fields(**changes)), ROOTS))


def voucher_fields(**changes):
    """The fields of a voucher; a key ``question__name`` reaches inside, as in `charter_fields`."""
    fields = {
        "v": 1,
        "code": "0123456789ABCDEF",
        "salt": sha256(b"voucher").hexdigest()[:32],
        "region": {"code": "nanjing-area", "name": "示范都市圈"},
        "node": NODE,
        "charter": charter().digest.hex(),
        "charter_version": 1,
        "issued": "2026-05-28T20:26:40Z",
        "asked_by": "镇江市示范招标代理有限公司",
        "purpose": "示范项目（二标段）投标人资格审查",
        "role": "public",
        "question": {
            "subject": sha256(b"subject").hexdigest()[:32],
            "name": "芜湖市示范船舶有限公司",
            "codes": [["uscc", "91340200MA2TEST00X"]],
            "territory": {"code": "321100", "name": "镇江市"},
            "matter": "tender",
            "on": "2026-05-29",
        },
        "known": [{"origin": ORIGIN, "size": 3, "root": sha256(b"root").hexdigest()}],
        "book": {
            "edition": "2026-01",
            "digest": sha256(b"book").hexdigest(),
            "adoptions": sha256(b"adoptions").hexdigest(),
        },
        "coverage": {
            "cities": [
                {
                    "code": "340200",
                    "name": "芜湖市",
                    "as_of": "2026-05-28T02:00:00Z",
                    "stale": False,
                },
                {"code": "341100", "name": "滁州市", "as_of": None, "stale": True},
            ],
            "kinds": [{"zh": "行政处罚信息", "en": "administrative penalties"}],
            "kinds_missing": [{"zh": "裁判文书", "en": "court judgments"}],
            "elsewhere": [{"name": "信用中国", "url": "https://www.creditchina.example/"}],
        },
        "records": [
            {
                "origin": ORIGIN,
                "idx": 1,
                "entry": entry_of(*split_line(record_line(1))).hex(),
                "member": "芜湖市",
                "type": "penalty",
                "headline": "〔2026〕1号 罚款",
                "authority": "芜湖市示范局",
                "decided_on": "2026-05-10",
                "severity": "general",
            }
        ],
        "records_total": 1,
        "measures": [
            {
                "rule": "R08",
                "edition": "2026-01",
                "measure": "R08-M1",
                "name": "限制参加依法必须进行招标的项目的投标",
                "effect": "bar",
                "organ": "招标人",
                "matter": "tender",
                "law": "招标投标法第53条",
                "state": "in_force",
                "start": "2026-05-10",
                "last_day": None,
                "sentence": "示范句子。",
                "causes": [[ORIGIN, 1]],
                "reasons": sha256(b"reasons").hexdigest(),
            }
        ],
        "not_applied": ["滁州市尚未采纳规则R02"],
        "says": [],
        "decision": sha256(b"decision").hexdigest(),
        "check_url": "https://node-a.example/voucher/check?code=0123456789ABCDEF",
        "statement": {"zh": "不说明此后任何时刻的情况。", "en": "Not of any later moment."},
        "disclaimer": {"zh": "不是行政决定。", "en": "Not an administrative decision."},
    }
    return _changed(fields, changes)


def voucher(**changes):
    return msgspec.convert(voucher_fields(**changes), Voucher)


def voucher_file(signer=MIRROR, time=TIME, text=None, **changes):
    """A voucher's file made by hand, so that it may be wrong in any way."""
    fields = voucher_fields(**changes)
    signed = text or f"registry-voucher@v1\n{json_line(fields)}\n"
    line = cosign(signer, signed, time).line().rstrip("\n")
    return json_line(
        {"format": "registry-voucher@v1", "signatures": [line], "voucher": fields}
    ).encode()


@cache
def reported_lines():
    """Five records with a day of decision, the third of which has a restricted part."""
    lines = []
    for number in range(5):
        main, hidden = split_line(record_line(number, restricted=number == 2))
        fields = json.loads(main) | {"decided_on": f"2026-05-1{number}"}
        lines.append(encode_record(fields, hidden and json.loads(hidden)))
    return lines


def proven(*indexes, note=None):
    """Records of a report with their proofs, as they stand in its file."""
    return [
        Proven(
            split_line(reported_lines()[index])[0].decode(),
            proof_file(reported_lines(), index, note).decode(),
        )
        for index in indexes
    ]


def report_fields(**changes):
    """The fields of a report of two of five records; keys as in `charter_fields`."""
    like = voucher_fields()
    same = ("v", "code", "region", "node", "charter", "charter_version", "issued", "purpose")
    more = ("known", "book", "coverage", "measures", "not_applied", "says", "disclaimer")
    fields = {name: like[name] for name in (*same, *more)}
    fields |= {
        "salt": sha256(b"report").hexdigest()[:32],
        "title": {"zh": "都市圈信用信息查询报告", "en": "Credit information report"},
        "taken_by": {"code": "91340200MA2TEST00X", "name": "芜湖市示范船舶有限公司"},
        "role": "business",
        "authorisations": [],
        "asked": {
            "subject": like["question"]["subject"],
            "name": like["question"]["name"],
            "codes": like["question"]["codes"],
            "since": None,
            "until": "2026-05-28",
            "sections": ["administrative", "serious"],
            "types": None,
            "territory": {"code": "321100", "name": "镇江市"},
            "matter": "tender",
        },
        "records": [listed_fields(1), listed_fields(2)],
        "check_url": f"https://{NODE}/report/check?code=0123456789ABCDEF",
        "statement": {"zh": "不代表其当前状态。", "en": "Not the present state."},
    }
    return _changed(fields, changes)


def listed_fields(index):
    """What a report lists of one of its records."""
    return {
        "section": "administrative",
        "origin": ORIGIN,
        "idx": index,
        "entry": entry_of(*split_line(reported_lines()[index])).hex(),
        "proof": sha256(proof_file(reported_lines(), index)).hexdigest(),
        "type": "penalty",
        "headline": f"〔2026〕{index}号 罚款",
        "decision_no": f"〔2026〕{index}号",
        "member": "芜湖市",
        "authority": "芜湖市示范局",
        "decided_on": f"2026-05-1{index}",
        "severity": "general",
        "classed_by": "芜湖市示范局",
        "publication": "public",
        "published_from": f"2026-05-1{index}",
        "published_until": "2027-05-11",
        "marks": [],
    }


def report(**changes):
    return msgspec.convert(report_fields(**changes), Report)


def report_file(signer=MIRROR, time=TIME, text=None, held=None, **changes):
    """A report's file made by hand, so that it may be wrong in any way."""
    fields = report_fields(**changes)
    signed = text or f"registry-report@v1\n{json_line(fields)}\n"
    line = cosign(signer, signed, time).line().rstrip("\n")
    held = proven(1, 2) if held is None else held
    file = {"format": "registry-report@v1", "signatures": [line], "report": fields}
    return json_line(file | {"proven": msgspec.to_builtins(held)}).encode()


def cover_fields(**changes):
    """The fields of a bundle's cover; keys as in `charter_fields`."""
    fields = {
        "v": 1,
        "node": NODE,
        "charter": charter().digest.hex(),
        "charter_version": 1,
        "issued": "2026-05-28T20:26:40Z",
        "role": "public",
        "marks": [],
        "url": f"https://{NODE}/record/{ORIGIN}/2",
        "status": f"https://{NODE}/log/{ORIGIN}/status/0",
        "statement": {"zh": "不代表其当前状态。", "en": "Not the present state."},
    }
    return _changed(fields, changes)


def proof_file(lines, index, note=None):
    """The tlog-proof of a line in the tree of all of them, with the receipt of node A."""
    leaves = [leaf_hash(entry_of(*split_line(line))) for line in lines]
    path = inclusion_proof(index, len(lines), NaiveTree(leaves).node)
    note = note or make_receipt(checkpoint_note(lines), MIRROR, TIME).note
    return encode_proof(
        TlogProof(index, tuple(path), note, entry_of(*split_line(lines[index]))[32:])
    )


def bundle(index=2, **changes):
    """A bundle of one of five records, the third of which has a restricted part."""
    lines = [record_line(number, restricted=number == 2) for number in range(5)]
    cover = msgspec.convert(cover_fields(**changes), Cover)
    return Bundle(cover, split_line(lines[index])[0], proof_file(lines, index))


def bundle_file(signer=MIRROR, time=TIME, parts=None, **changes):
    """A bundle made by hand, so that it may be wrong in any way; `parts` replaces some of it."""
    good = bundle()
    cover = json_line(cover_fields(**changes)).encode()
    whole = {"header": BUNDLE_HEADER.encode(), "cover": cover, "main": good.main}
    whole |= {"proof": good.proof} | (parts or {})
    text = b"\n".join(whole.values()).decode()
    return Note(text, (cosign(signer, text, time),)).encode()


def status_fields(**changes):
    """The fields of a status list in which entries 0 and 2 of five stand; keys as above."""
    fields = {
        "v": 1,
        "node": NODE,
        "charter": charter().digest.hex(),
        "charter_version": 1,
        "origin": ORIGIN,
        "block": 0,
        "size": 5,
        "from": "2026-05-28T20:26:40Z",
        "until": "2026-05-28T20:41:40Z",
        "bits": pack_bits(set_bits({0, 2})),
    }
    return _changed(fields, changes)


def status(**changes):
    return msgspec.convert(status_fields(**changes), StatusList)


def status_file(signer=MIRROR, time=TIME, text=None, **changes):
    """A status list made by hand, so that it may be wrong in any way."""
    signed = text or f"registry-status@v1\n{json_line(status_fields(**changes))}\n"
    return Note(signed, (cosign(signer, signed, time),)).encode()


def signed_again(data, signer, time=TIME):
    """A note with one more signature line, valid or not."""
    note = parse_note(data)
    return Note(note.text, (*note.signatures, cosign(signer, note.text, time))).encode()


def json_line(fields):
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def record_line(number, *, restricted=False):
    """A canonical record line; equal numbers give equal bytes."""
    main = {
        "v": 1,
        "type": "penalty",
        "id": f"wh-{number}",
        "salt": sha256(b"main %d" % number).hexdigest()[:32],
        "subject": {"name": "芜湖市示范船舶有限公司", "code": "91340200MA2TEST00X"},
        "fine": "12000.00",
    }
    hidden = {
        "salt": sha256(b"hidden %d" % number).hexdigest()[:32],
        "document": f"〔2026〕{number}号",
    }
    return encode_record(main, hidden if restricted else None)


def tree_of(lines):
    tree = CompactRange()
    tree.extend(leaf_hash(entry_of(*split_line(line))) for line in lines)
    return tree


def checkpoint_note(lines, signer=LOG, origin=ORIGIN):
    tree = tree_of(lines)
    return sign_checkpoint(Checkpoint(origin, tree.size, tree.root()), signer)


def batch_of(lines, start=0, signer=LOG):
    """A signed batch of ``lines[start:]``."""
    header = BatchHeader(
        signer.name, start, len(lines), checkpoint_note(lines, signer, signer.name)
    )
    return encode_batch(header, lines[start:])


class NaiveTree:
    """RFC 6962 section 2.1 word by word, over a list of leaf hashes: slow and plainly right."""

    def __init__(self, leaves):
        self.leaves = leaves

    def root(self, low=0, high=None):
        leaves = self.leaves[low : len(self.leaves) if high is None else high]
        if not leaves:
            return sha256(b"").digest()
        if len(leaves) == 1:
            return leaves[0]
        middle = low + _largest_power_below(len(leaves))
        left, right = self.root(low, middle), self.root(middle, low + len(leaves))
        return sha256(b"\x01" + left + right).digest()

    def node(self, level, index):
        low, high = index << level, (index + 1) << level
        assert high <= len(self.leaves)
        return self.root(low, high)

    def path(self, index, low, high):
        """PATH(m, D[n])."""
        if high - low == 1:
            return []
        middle = low + _largest_power_below(high - low)
        if index < middle:
            return [*self.path(index, low, middle), self.root(middle, high)]
        return [*self.path(index, middle, high), self.root(low, middle)]

    def subproof(self, old, low, high, *, whole):
        """SUBPROOF(m, D[n], b)."""
        if old == high:
            return [] if whole else [self.root(low, high)]
        middle = low + _largest_power_below(high - low)
        if old <= middle:
            return [*self.subproof(old, low, middle, whole=whole), self.root(middle, high)]
        return [*self.subproof(old, middle, high, whole=False), self.root(low, middle)]


def _largest_power_below(width):
    power = 1
    while power * 2 < width:
        power *= 2
    return power


IN_BASE64 = {
    "base64-not-canonical", "base64-with-padding-bits", "base64-without-padding", "base64-of-urls",
    "space-at-the-end", "two-spaces", "root-with-trailing-bits", "root-not-padded",
    "root-followed-by-a-space", "root-of-urls", "index-before-extra", "extra-not-base64",
}  # fmt: skip
"""Defects of base64 inside some other format."""


def code_of(defect: str, usual: str) -> str:
    """Return the code of a defect of a format whose own code is ``usual``."""
    return "malformed-base64" if defect in IN_BASE64 else usual
