"""The words of the answer, in both languages; the first two sentences are those of the pages.

The software tells what documents say and what law says; it recognises nothing itself. That no
document was found is never put as "not allowed".
"""

from collections.abc import Mapping
from typing import Final

from registry.domain.divisions import division_name
from registry.standards.statutes import Named

FIRST: Final[Named] = (
    "符合强制性标准的产品可以在全国销售，无需{place}认可。以下只回答：{use}中，{number}能否作为依据。",
    (
        "Products that meet mandatory standards may be sold nationwide and need no recognition by"
        " {place}. What follows answers only whether {number} can be a basis for {use}."
    ),
)
FIRST_SALE: Final[Named] = (
    "符合强制性标准的产品可以在全国销售，无需{place}认可。",
    (
        "Products that meet mandatory standards may be sold nationwide and need no recognition by"
        " {place}."
    ),
)
NO_DOCUMENT: Final[Named] = (
    "未查询到{place}认可该标准的文件。这不表示该产品不得在{place}销售或使用。",
    (
        "No document by which {place} recognises this standard was found. That does not mean that"
        " the product must not be sold or used in {place}."
    ),
)
NOTES: Final[Mapping[str, Named]] = {
    "no-document": NO_DOCUMENT,
    "by-law": (
        "依法无需认可即可作为依据，见所列规定。",
        "By law it may be a basis without recognition; see the provisions named.",
    ),
    "stays-home": (
        "强制性地方标准和食品安全地方标准只在本行政区域内适用，{place}不能认可；这不表示该产品不得在{place}销售或使用。",
        (
            "Mandatory local standards and local food-safety standards apply at home only; {place}"
            " cannot recognise them. That does not mean that the product must not be sold or used"
            " in {place}."
        ),
    ),
    "edition-void": (
        "{number}已废止，不宜作为依据；请查看代替它的标准。",
        "{number} is void and no basis; see what replaced it.",
    ),
    "edition-upcoming": (
        "{number}尚未实施，自{effective}起可作为依据，以届时有效的文件为准。",
        (
            "{number} is not in force yet; from {effective} it may be a basis, by the documents"
            " then in effect."
        ),
    ),
    "edition-unknown": (
        "本库没有该标准的版本信息，其是否现行请向发布机构核实。",
        "No edition of this standard is on record here; ask its publisher whether it is in force.",
    ),
    "check-edition": (
        "查明该标准现行有效的，依所列规定无需认可。",
        "If it turns out to be in force, it needs no recognition by the provisions named.",
    ),
    "state-unknown": (
        "本库未载明{number}的实施和废止日期，须先核实其现行有效。",
        (
            "The days on which {number} begins and ends are not on record; check first that it is"
            " in force."
        ),
    ),
    "partly-replaced": (
        "{number}已被部分代替，被代替的部分不再作为依据。",
        "{number} is replaced in part; what is replaced is no basis any more.",
    ),
    "refused-here": (
        "当地有机关不予认可或者已暂停，见下；依法可以作为依据的，请与该机关核实具体事项。",
        "An organ there refuses or has suspended it, see below; ask that organ about the matter.",
    ),
    "organs-differ": (
        "不同机关的文件不一致，均列于下；请向承办机关核实。",
        "Documents of different organs differ; all are shown. Ask the organ that handles it.",
    ),
}
WHY: Final[Mapping[str, Named]] = {
    "organ-without-division": (
        "未载明作出机关所属的行政区划",
        "the division of the organ is not stated",
    ),
    "not-competent": (
        "作出机关无权代表该地区认可（市级机关不能代表省）",
        "the organ is not competent for that territory (a city not for its province)",
    ),
    "not-its-log": (
        "不是由作出机关所在地区的日志报送，也未注明转载",
        "stated in another member's log as if its own, and not as relayed",
    ),
    "ends-before-it-begins": ("终止日期早于起始日期", "it ends before it begins"),
    "does-not-travel": (
        "强制性地方标准、食品安全地方标准不能跨地区认可",
        "mandatory local and local food-safety standards do not travel",
    ),
    "edition-void-then": ("作出时该版本已经废止", "the edition was void when it was made"),
    "route-not-regional": (
        "途径为区域统一地方标准，但编号不在310号段",
        "by the regional route, but the number is not of the 310 block",
    ),
    "route-not-tender": (
        "途径为招标文件，但用途不是招标投标",
        "by the route of tender documents, but for another use",
    ),
    "route-no-local-standards": (
        "途径为转化为地方标准，但该地区无权制定地方标准",
        "by adoption as a local standard, but that place makes none",
    ),
    "change-other-log": ("变更不是由同一日志报送", "the change stands in another log"),
    "change-other-organ": ("变更不是由原机关作出", "the change is by another organ"),
    "change-after-end": ("变更时已经终止或者期满", "it had already ended or run out"),
    "change-other-standard": ("变更涉及另一标准", "the change is about another standard"),
    "nothing-to-resume": ("恢复时并未暂停", "it was not suspended"),
    "not-an-extension": (
        "延期未载明更晚的截止日",
        "an extension that names no later last day",
    ),
}
CODES: Final[Mapping[str, Named]] = {
    "": ("有效{review}", "in effect{review}"),
    "defect": ("不发生效力：{why}", "without effect: {why}"),
    "other-product": ("不含所问产品，仅限：{products}", "other products only: {products}"),
    "not-yet": ("自{from}起生效", "in effect from {from}"),
    "ended": ("已终止", "ended"),
    "expired": ("有效期至{until}，已届满", "ran out on {until}"),
    "superseded": ("以同一机关的另一文件为准", "another one of the same organ counts"),
    "to-be-reviewed": (
        "只认可{held}，是否适用于新版本待复审{review}",
        "holds for {held}; whether for the newer edition is to be reviewed{review}",
    ),
    "other-edition": ("只认可{held}，不是所问版本", "holds for {held}, not for this edition"),
    "suspended": ("已暂停{review}", "suspended{review}"),
    "excluded": ("明确不含所问产品", "expressly not for this product"),
}
REVIEW: Final[Named] = ("（复审日{day}）", " (review due by {day})")
OVERDUE: Final[Named] = (
    "（复审日{day}已过，未见机关的决定）",
    " (to be reviewed by {day}, which has passed without a decision on record)",
)
DEGREES: Final[Mapping[str, Named]] = {
    "full": ("完全认可", "full"),
    "partial": ("部分认可", "partial"),
    "conditional": ("附条件认可", "conditional"),
    "refused": ("不予认可", "refused"),
}
CHANGES: Final[Mapping[str, Named]] = {
    "suspended": ("暂停", "suspended"),
    "resumed": ("恢复", "resumed"),
    "ended": ("终止", "ended"),
    "extended": ("延期", "extended"),
    "reviewed": ("复审并适用于{number}", "reviewed: holds for {number}, too"),
}
EVENTS: Final[Mapping[str, Named]] = {
    "void": ("废止", "void"),
    "replaced": ("被代替", "replaced"),
    "replaced_in_part": ("被部分代替", "replaced in part"),
    "amended": ("修改单", "amended"),
    "reviewed_valid": ("复审继续有效", "reviewed: still valid"),
}
FIELDS: Final[Mapping[str, Named]] = {
    "effective_on": ("实施日期", "effective date"),
    "void_on": ("废止日期", "void date"),
    "obligation": ("性质", "obligation"),
    "title": ("名称", "title"),
}


def place_name(code: str) -> Named:
    """Return the name of a territory in both languages; a code nobody knows stands for itself."""
    if code == "CN":
        return ("全国", "China")
    name = division_name(code) or code
    return (name, f"{name} ({code})" if name != code else code)


def both(texts: Named, zh: Mapping[str, str], en: Mapping[str, str] | None = None) -> Named:
    """Fill both texts; English has the same words where no others are given."""
    return (texts[0].format_map(zh), texts[1].format_map(zh if en is None else en))
