"""Records for a member to complete, sign and publish: the use of a measure, an answer, a lift.

A node holds no member's key. What it can do is to fill in all that it knows, so that nobody copies
a digest by hand; the member's own tool adds id and salt, checks, signs and publishes.
"""

from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Final, Literal

import msgspec

from registry.domain.records import Target
from registry.query.pushes import Lift, Push
from registry.query.views import DecisionAnswer, SubjectFile
from registry.rules.decide import decision_bytes
from registry.rules.model import AppliedMeasure

Draft = dict[str, object]
UseResult = Literal["applied", "partly_applied", "not_applied"]
ReplyResult = Literal["applied", "not_applicable", "refused"]
LIFTED: Final = "lifted"
_CODES: Final = {
    "uscc": "uscc",
    "regno": "registration_no",
    "orgcode": "organisation_code",
}


def reply_draft(push: Push, on: date) -> Draft:
    """Return the answer to a push; it leaves out result, reasons and the organ."""
    measure = push.measure
    about = Target(origin=push.cause.origin, id=push.cause.record.id, entry=push.cause.entry.hex())
    which = (measure.measure, measure.rule, measure.edition, push.territory)
    return {
        **_common("measure_reply", msgspec.to_builtins(push.subject), on),
        **_on(about, which, on),
    }


def lift_draft(lift: Lift, on: date) -> Draft:
    """Return the answer that a measure is lifted; it names the member's own record alone."""
    applied = lift.applied
    which = (applied.measure, *applied.rule, applied.territory)
    common = _common("measure_reply", msgspec.to_builtins(lift.subject), on)
    return {**common, **_on(applied.target, which, on), "result": LIFTED}


def use_draft(
    file: SubjectFile, answer: DecisionAnswer, measure: AppliedMeasure, on: date
) -> Draft:
    """Return the use of a measure as the decision shows it, for a member to complete.

    It leaves out the name of the matter, the day it was handled, result, reasons and the organ.
    """
    return {
        **_common("measure_use", _subject(file), on),
        "measure": measure.measure,
        "rule": measure.rule,
        "edition": measure.edition,
        "territory": answer.decision.ask.territory,
        "matter": measure.matter,
        "causes": [
            {"origin": ref.origin, "id": ref.id, "entry": ref.entry} for ref in measure.causes
        ],
        "decision": decision_digest(answer),
    }


def decision_digest(answer: DecisionAnswer) -> str:
    """Return the SHA-256 (hex) of a decision with all that it names its inputs by."""
    return sha256(decision_bytes(answer.decision)).hexdigest()


def completed(draft: Draft, organ: str, said: Mapping[str, object]) -> bytes:
    """Return a draft with the organ and what it said, as one line of JSON Lines."""
    place = draft["territory"]
    authority = {"name": organ, "division": place}
    whole = {**draft, "authority": authority, "source_unit": authority, **said}
    return msgspec.json.encode(whole, order="sorted") + b"\n"


def _on(about: Target, which: tuple[str, str, str, str], on: date) -> Draft:
    measure, rule, edition, territory = which
    return {
        "about": msgspec.to_builtins(about),
        "measure": measure,
        "rule": rule,
        "edition": edition,
        "territory": territory,
        "answered_on": on.isoformat(),
    }


def _common(kind: str, subject: object, on: date) -> Draft:
    return {
        "v": 1,
        "type": kind,
        "subject": subject,
        "decided_on": on.isoformat(),
        "publication": "government",
        "severity": {"class": "unclassified"},
        "provenance": {"kind": "original"},
    }


def _subject(file: SubjectFile) -> Draft:
    codes = {_CODES[scheme]: code for scheme, code in file.identifiers if scheme in _CODES}
    return {"kind": file.kind, "name": file.name, **codes}
