"""Checks of the remark: where tags, addresses and document numbers land that nobody may be shown.

Only the remark is looked at for words: in the facts they may be what the decision is about (that
tobacco was sold to minors, that a trade secret was betrayed).
"""

import re
from functools import lru_cache
from typing import Final

from msgspec import UNSET

from registry.domain.records import Record
from registry.ingest.checks_codes import NONE, Findings
from registry.ingest.checks_shape import show
from registry.ingest.reasons import finding
from registry.ingest.words import PLACEHOLDERS

_TAGS: Final = {
    "secret-tag": re.compile(r"涉密|绝密|机密|(?<!商业)秘密"),
    "address-in-remark": re.compile(
        r"(?:住址|居住地|现住|家住|户籍)[^。；;\n]{0,40}?[0-9０-９一二三四五六七八九十](?:号|室|栋|幢|单元|组)"
    ),
}
_OF_PUBLIC: Final = {"minor-tag": "未成年", "privacy-tag": "隐私"}
"""What a remark may say only where the record is not public."""
_SHOWN: Final = 4
"""Characters told of what was found: findings travel to screens and files."""
_DOCUMENT: Final = re.compile(
    r"(?:身份证|证件|护照|通行证)[^0-9A-Za-z]{0,8}([0-9]{15}|[A-Z]{1,2}[0-9]{7,9})(?![0-9A-Za-z])"
)


def remark_fit_to_share(record: Record) -> Findings:
    """The remark holds no mark of secrecy, of a minor or of privacy, no address, no document.

    Sources: Law on Guarding State Secrets 26, Personal Information Protection Law 6 and 28,
    Administrative Penalty Law 50 (secrets and privacy are kept).
    """
    remark = record.remark
    if remark is UNSET:
        return NONE
    return _of_remark(remark, public=record.publication == "public")


@lru_cache(maxsize=1024)  # a catalogue, or a form, says the same again and again
def _of_remark(remark: str, *, public: bool) -> Findings:
    if remark in PLACEHOLDERS:
        return (finding("placeholder-optional", "/remark", value=remark),)
    found = [
        finding(code, "/remark", value=show(match[0][:_SHOWN]))
        for code, words in _TAGS.items()
        if (match := words.search(remark))
    ]
    if public:
        found += [finding(code, "/remark") for code, word in _OF_PUBLIC.items() if word in remark]
    if match := _DOCUMENT.search(remark):
        found.append(finding("document-number-in-main", "/remark", value=f"{match[1][:4]}…"))
    return tuple(found)
