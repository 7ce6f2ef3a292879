"""A million records of ten members, pinned like ``baselines.py``: changed only with a decision.

100,000 records of each member's log, 250,000 subjects: every subject is registered once, the rest
falls upon few of them more than upon most (the fullest have some hundreds, half have at most
three). A fifth of what a member states is about the subjects of another. Acts name records of
their own log, each at most once.
"""

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache
from hashlib import sha256

from registry.demo.facts import MEMBERS
from registry.demo.organs import organ
from signing.record import encode_record, entry_of
from tests.bench.baselines import unified_code

PER_LOG = 100_000
SUBJECTS = 250_000
SEED = 20261124
OWN = SUBJECTS // len(MEMBERS)
FIRST_DAY = date(2024, 1, 5)
LAST_DAY = date(2026, 11, 20)

KINDS = {
    "permit": 30_000,
    "penalty": 33_000,
    "list_entry": 5_000,
    "list_exit": 2_000,
    "repair": 4_000,
    "withdrawal": 1_000,
}
"""Records of one log by type, beside one registration of each of its own subjects."""
SEVERITIES = ("minor",) * 30 + ("general",) * 50 + ("serious",) * 12 + ("unclassified",) * 8
LISTS = ("wage-arrears", "samr-serious", "anomaly-directory", "tax-grade-a")
_WORDS = ("建设", "电器", "食品", "物流", "化工", "机械", "纺织", "餐饮", "贸易", "科技")
_CALLED = ("云帆", "启明", "长风", "瑞禾", "恒泽", "星桥", "远澜", "安屿", "清源", "泰禾")
_OFFICES = ("market", "labour", "environment", "housing", "safety", "transport", "tax")
_KEEPERS = {"wage-arrears": "labour", "tax-grade-a": "tax"}

Fields = dict[str, object]


@cache
def subject(number: int) -> Fields:
    """Return subject ``number``, plainly invented; its home is member ``number % 10``."""
    member = MEMBERS[number % len(MEMBERS)]
    place = member.name.removesuffix("市").removesuffix("区")
    serial = number // len(MEMBERS)
    word, called = _WORDS[serial % 10], _CALLED[serial // 10 % 10]
    return {
        "kind": "organisation",
        "name": f"{place}虚构{called}{word}{serial}号有限公司",
        "uscc": unified_code(number, member.code),
        "legal_representative": f"示例{number % 997}",
    }


class Writer:
    """Writes the log of one member; equal places give equal lines."""

    def __init__(self, place: int) -> None:
        """Take which of the members it is."""
        self._place = place
        self._member = MEMBERS[place]
        self._chance = random.Random(SEED + place)
        self._written = 0
        self._open: dict[str, list[tuple[Fields, Fields]]] = {"penalty": [], "list_entry": []}
        self._organs = {office: organ(office, self._member) for office in _OFFICES}

    def lines(self) -> Iterator[bytes]:
        """Yield all record lines in the order of the log."""
        for serial in range(OWN):
            yield self._line("registration", self._registration(serial))
        kinds = [kind for kind, count in KINDS.items() for _ in range(count)]
        self._chance.shuffle(kinds)
        made: dict[str, Callable[[], Fields]] = {
            "permit": self._permit,
            "penalty": self._penalty,
            "list_entry": self._entry,
            "list_exit": lambda: self._act("list_entry", reason="performed"),
            "repair": lambda: self._act("penalty", text="信用修复完成（示例）"),
            "withdrawal": lambda: self._act("penalty", reason="revoked"),
        }
        # Acts come last: each finds a record to act upon.
        for kind in sorted(kinds, key=lambda kind: kind in {"list_exit", "repair", "withdrawal"}):
            yield self._line(kind, made[kind]())

    def _line(self, kind: str, fields: Fields) -> bytes:
        self._written += 1
        number = self._place * PER_LOG + self._written
        main: Fields = {
            "v": 1,
            "type": kind,
            "id": f"{kind}-{self._written}",
            "salt": sha256(f"salt {number}".encode()).hexdigest()[:32],
            "provenance": {"kind": "original"},
            "publication": "public",
            "source_unit": fields["authority"],
            "severity": {"class": "unclassified"},
            **fields,
        }
        line = encode_record(main)
        if kind in self._open:
            target: Fields = {
                "origin": self._member.origin,
                "id": main["id"],
                "entry": entry_of(line, None).hex(),
            }
            self._open[kind].append((main, target))
        return line

    def _somebody(self) -> Fields:
        """Return a subject: mostly one's own, the first of each member by far the most often."""
        home = self._place if self._chance.random() < 0.8 else self._chance.randrange(len(MEMBERS))
        return subject(int(OWN * self._chance.random() ** 2) * len(MEMBERS) + home)

    def _day(self) -> date:
        return FIRST_DAY + timedelta(days=self._chance.randrange((LAST_DAY - FIRST_DAY).days))

    def _registration(self, serial: int) -> Fields:
        on = date(2004, 3, 1) + timedelta(days=serial % 7_000)
        return {
            "subject": subject(serial * len(MEMBERS) + self._place),
            "authority": self._organs["market"],
            "decided_on": on.isoformat(),
            "registered_on": on.isoformat(),
            "status": "active",
            "division": self._member.code,
            "entity_type": "有限责任公司",
            "capital": {"text": "500万元人民币", "wan_yuan": "500"},
            "address": f"{self._member.name}示例路{serial}号",
            "industry": "C3852",
            "business_scope": "家用电器制造与销售",
        }

    def _permit(self) -> Fields:
        on = self._day()
        return {
            "subject": self._somebody(),
            "authority": self._organs[self._chance.choice(_OFFICES)],
            "decided_on": on.isoformat(),
            "decision_name": "准予行政许可决定书",
            "decision_no": f"示例许〔{on.year}〕{self._written}号",
            "category": "普通",
            "content": "食品经营",
            "valid_from": on.isoformat(),
            "valid_until": on.replace(year=on.year + 5, day=1).isoformat(),
            "state": "valid",
            "certificate_name": "食品经营许可证",
            "permit_no": f"示例许〔{on.year}〕{self._written}号",
        }

    def _penalty(self) -> Fields:
        on, office = self._day(), self._organs[self._chance.choice(_OFFICES)]
        level = self._chance.choice(SEVERITIES)
        classed = {"organ": office["name"], "rule": "信用修复管理办法（发展改革委令第36号）"}
        return {
            "subject": self._somebody(),
            "authority": office,
            "decided_on": on.isoformat(),
            "published_on": (on + timedelta(days=7)).isoformat(),
            "severity": {"class": level, **(classed if level != "unclassified" else {})},
            "procedure": "simple" if self._chance.random() < 0.2 else "ordinary",
            "decision_no": f"示例罚〔{on.year}〕{self._written}号",
            "violation_type": "产品质量违法行为",
            "facts": f"当事人第{self._written}批产品经检验不符合标准（示例事实）。",
            "basis": "《中华人民共和国产品质量法》第四十九条",
            "kinds": ["罚款"],
            "content": "罚款两千元。",
            "fine_wan_yuan": "0.2",
            "effective_until": (on + timedelta(days=365)).isoformat(),
            "publicity_until": (on + timedelta(days=1095)).isoformat(),
            "field": "product_quality",
        }

    def _entry(self) -> Fields:
        on, code = self._day(), self._chance.choice(LISTS)
        office = self._organs[_KEEPERS.get(code, "market")]
        level = {"anomaly-directory": "general", "tax-grade-a": "unclassified"}.get(code, "serious")
        classed = {"organ": office["name"], "rule": "示例名单管理办法"}
        return {
            "subject": self._somebody(),
            "authority": office,
            "decided_on": on.isoformat(),
            "published_on": on.isoformat(),
            "severity": {"class": level, **(classed if level != "unclassified" else {})},
            "list": code,
            "listed_on": on.isoformat(),
            "reason": "示例事实",
            "basis": "示例名单管理办法第五条",
            "decision_no": f"示例列〔{on.year}〕{self._written}号",
            "exit_conditions": "可以申请移出",
            **({"field": "product_quality"} if code == "samr-serious" else {}),
            **({"grade": "A"} if code == "tax-grade-a" else {}),
        }

    def _act(self, upon: str, **fields: object) -> Fields:
        """Act upon a record of this log that no act is upon yet."""
        waiting = self._open[upon]
        at = self._chance.randrange(len(waiting))
        waiting[at], waiting[-1] = waiting[-1], waiting[at]
        main, target = waiting.pop()
        decided = date.fromisoformat(str(main["decided_on"]))
        on = min(LAST_DAY, decided + timedelta(days=self._chance.randrange(95, 400)))
        listed = {"list": main["list"]} if upon == "list_entry" else {}
        return {
            "subject": main["subject"],
            "authority": main["authority"],
            "decided_on": on.isoformat(),
            "effective_on": on.isoformat(),
            "target": target,
            **listed,
            **fields,
        }
