"""Random small worlds of records about a few standards, all of whose days lie in one short window.

Few numbers, places and days, so that documents meet: one of them supersedes, refuses, suspends or
recognises in return another.
"""

import random
from datetime import date, timedelta

from registry.standards.cases import known_of, records_of
from registry.standards.model import Ask, Known

START = date(2024, 9, 1)
DAYS = 40
NUMBERS = (
    "T/CAS 290-2017",
    "T/CAS 290-2022",
    "T/MAS 11-2018",
    "GB/T 1000-2009",
    "GB/T 1000-2020",
    "GB 2000-2015",
    "DB32/T 310012-2023",
    "DB34/T 310012-2023",
    "DB34 100-2010",
    "DB3201/T 100-2020",
)
PLACES = ("320000", *("320100",) * 5, "320115", "340500")
PRODUCTS = ("锂电池", "电动自行车", *("全部产品",) * 4)
USES = ("tender",) * 6 + ("funds",)
DEGREES = ("full", "full", "partial", "conditional", "refused")


class Dice:
    """A seeded source of records; what it makes depends on the seed alone."""

    def __init__(self, seed: int, salt: int = 0) -> None:
        self.random = random.Random(seed * 2 + salt)
        self.numbers = random.Random(seed).sample(NUMBERS, 3)
        if self.numbers[0].startswith("T/CAS"):
            self.numbers = list(NUMBERS[:3])

    def day(self) -> str:
        return str(START + timedelta(days=self.random.randrange(DAYS)))

    def maybe(self, chance: float) -> bool:
        return self.random.random() < chance

    def pick(self, values):
        return self.random.choice(values)

    def standard(self, number: str, name: str) -> dict:
        mandatory = number.startswith(("GB ", "DB34 "))
        members = {
            "id": name,
            "number": number,
            "obligation": "mandatory" if mandatory else "voluntary",
        }
        if self.maybe(0.85):
            members["effective_on"] = self.day() if self.maybe(0.5) else "2015-06-01"
        if self.maybe(0.15):
            members["void_on"] = self.day()
        if self.maybe(0.2):
            members["state"] = self.pick(("upcoming", "in_force", "void"))
            members["decided_on"] = self.day()
        if self.maybe(0.2):
            members["replaces"] = [
                {"number": self.pick(NUMBERS), "extent": self.pick(("whole", "part"))}
            ]
        return {"standard": members}

    def notice(self, name: str) -> dict:
        event = self.pick(("void", "replaced", "replaced_in_part", "amended", "reviewed_valid"))
        members = {
            "id": name,
            "number": self.pick(self.numbers),
            "event": event,
            "effective_on": self.day(),
            "decided_on": self.day(),
        }
        if event.startswith("replaced"):
            members["by"] = self.pick(NUMBERS)
        return {"standard_notice": members}

    def document(self, name: str) -> dict:
        place = self.pick(PLACES)
        members = {
            "id": name,
            "number": self.pick(self.numbers),
            "territory": place,
            "use": self.pick(USES),
            "degree": self.pick(DEGREES),
            "products": [self.pick(PRODUCTS)],
            "in_force_from": self.day() if self.maybe(0.6) else "2020-01-01",
            "decided_on": self.day() if self.maybe(0.6) else "2019-12-01",
        }
        if self.maybe(0.4):
            members["in_force_until"] = self.day()
        if self.maybe(0.2):
            members["exclusions"] = [self.pick(PRODUCTS[:2])]
        if self.maybe(0.2):
            members["conditions"] = ["附报告"]
        if self.maybe(0.2):
            division = self.pick(PLACES)
            members["organ"] = {"name": f"{division}住建局", "division": division}
        if self.maybe(0.05):
            members["log"] = self.pick(PLACES)
        if self.maybe(0.3):
            return {"result_acceptance": {**members, "results": "either"}}
        if self.maybe(0.4):
            members["counterpart"] = self.pick(self.numbers)
            members["counterpart_territory"] = self.pick(("320100", "340500"))
        if self.maybe(0.3):
            members["review_by"] = self.day()
        return {"standard_recognition": members}

    def pair(self, names: tuple[str, str]) -> list[dict]:
        """Two recognitions in return, as they are now and then not quite."""
        mine, theirs = self.pick(self.numbers), self.pick(self.numbers)
        here, there = "320100", "340500"
        made = []
        for name, number, other, place, away in (
            (names[0], mine, theirs, here, there),
            (names[1], theirs, mine, there, here),
        ):
            members = {
                "id": name,
                "number": number,
                "territory": place,
                "degree": self.pick(DEGREES),
                "decided_on": "2019-12-01",
                "in_force_from": self.day() if self.maybe(0.5) else "2020-01-01",
                "counterpart": other if self.maybe(0.7) else other.rpartition("-")[0],
                "counterpart_territory": away if self.maybe(0.9) else "320000",
            }
            if self.maybe(0.3):
                members["in_force_until"] = self.day()
            if self.maybe(0.1):
                members["use"] = "funds"
            made.append({"standard_recognition": members})
        return made

    def change(self, of: str, name: str) -> dict:
        kind = self.pick(("suspended", "suspended", "resumed", "ended", "extended", "reviewed"))
        members = {"id": name, "of": of, "change": kind, "effective_on": self.day()}
        if kind == "extended" and self.maybe(0.8):
            members["until"] = self.day()
        if kind == "suspended" and self.maybe(0.7):
            members["review_by"] = self.day()
        if kind == "reviewed":
            members["number"] = self.pick(NUMBERS[:2])
        if self.maybe(0.1):
            members["log"] = "999999"
        return {"recognition_change": members}


def world(seed: int) -> Known:
    """Return what is known in a world: editions, notices, documents and changes on them."""
    dice = Dice(seed)
    given = [
        dice.standard(number, f"s{place}")
        for place, number in enumerate(NUMBERS)
        if dice.maybe(0.7)
    ]
    given += [dice.notice(f"n{place}") for place in range(dice.random.randrange(3))]
    documents = [f"d{place}" for place in range(dice.random.randrange(1, 12))]
    given += [dice.document(name) for name in documents]
    if dice.maybe(0.7):
        given += dice.pair(("p0", "p1"))
        documents += ["p0", "p1"]
    given += [
        dice.change(dice.pick(documents), f"c{place}") for place in range(dice.random.randrange(9))
    ]
    return known_of(records_of(given))


def ask(seed: int) -> Ask:
    """Return a question that a world of the same seed may have an answer to."""
    dice = Dice(seed, 1)
    number = dice.pick(dice.numbers)
    if dice.maybe(0.2):
        number = number.rpartition("-")[0]
    return Ask(
        number,
        dice.pick(PLACES),
        dice.pick((*USES, "sale") if dice.maybe(0.1) else USES),
        START + timedelta(days=dice.random.randrange(DAYS)),
        dice.pick(("", "锂电池")),
    )


def shuffled(known: Known, seed: int) -> Known:
    """Return the same in another order, with some records twice."""
    dice = random.Random(seed)
    turned = {}
    for field in Known.__struct_fields__:
        stated = list(getattr(known, field))
        stated += stated[:1]
        dice.shuffle(stated)
        turned[field] = tuple(stated)
    return Known(**turned)
