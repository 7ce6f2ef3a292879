"""What the organs of the demonstration region did with measures, as ``region.yaml`` tells it."""

from registry.demo.facts import BY_SEGMENT, FACTS, AnswerOf
from registry.demo.organs import organ
from registry.demo.statements import Fields, Statement, subject
from registry.demo.story import Stage


def tell_answers(stage: Stage, edition: str) -> None:
    """Write every use of a measure and every answer to a push, in the order in which they came."""
    for told in FACTS.answers:
        writer = stage.writers[told.place]
        named = _answered(stage, told)
        who = subject(stage.firms[told.firm])
        authority = organ(told.office, BY_SEGMENT[told.place])
        fields: Fields = {
            "type": "measure_use" if told.matter else "measure_reply",
            "subject": who,
            "authority": authority,
            "decided_on": told.on.isoformat(),
            "publication": "government",
            "severity": {"class": "unclassified"},
            "measure": told.measure,
            "rule": told.rule,
            "edition": edition,
            "territory": writer.member.code,
            "result": told.result,
            "reasons": told.reasons,
        }
        writer.write({**fields, **(_use(told, named) if told.matter else _reply(told, named))})


def _use(told: AnswerOf, cause: Fields) -> Fields:
    until = {} if told.until is None else {"until": told.until.isoformat()}
    return {
        "matter": told.matter,
        "matter_name": told.matter_name,
        "handled_on": told.on.isoformat(),
        "causes": [cause],
        **until,
    }


def _reply(told: AnswerOf, about: Fields) -> Fields:
    return {"about": about, "answered_on": told.on.isoformat()}


def _answered(stage: Stage, told: AnswerOf) -> Fields:
    """Return how the answer names its record: the listing, or the own use that is lifted."""
    place, kind = (
        (told.place, "measure_use") if told.result == "lifted" else (told.of, "list_entry")
    )
    writer, code = stage.writers[place], stage.firms[told.firm].uscc
    return writer.target([one for one in writer.written if _is_of(one, kind, code)][-1])


def _is_of(statement: Statement, kind: str, code: str) -> bool:
    who = statement.main["subject"]
    return statement.type == kind and isinstance(who, dict) and who.get("uscc") == code
