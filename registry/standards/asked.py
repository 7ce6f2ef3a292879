"""Questions about standards as they are written, by a program or in a row of a spreadsheet."""

from collections.abc import Mapping
from datetime import date
from typing import Final, cast, get_args

from registry.domain.records.standards import Use
from registry.errors import MalformedRefusal
from registry.standards.model import Ask
from registry.standards.numbers import (
    NumberError,
    StandardNumber,
    format_number,
    identity_and_group,
    parse,
)

ASKABLE: Final = (*get_args(Use), "sale")
"""What a standard may be asked to serve for."""
_PRODUCT_MAX: Final = 200


def number_of(text: str) -> StandardNumber:
    """Read a number.

    Raises:
        MalformedRefusal: it cannot be one; the code says why, ``suggestions`` what may be meant.
    """
    try:
        return parse(text)
    except NumberError as error:
        raise MalformedRefusal(
            error.zh, error.en, code=error.code, extra={"suggestions": list(error.suggestions)}
        ) from error


def keys_of(number: StandardNumber) -> tuple[str, ...]:
    """Return what a number is looked up by: its identity, and its group where it has one."""
    return tuple(dict.fromkeys(identity_and_group(number)))


def ask_of(
    number: str, territory: str, use: str, on: date, product: str, places: Mapping[str, str]
) -> Ask:
    """Return the question, its number in normal form.

    Raises:
        MalformedRefusal: a number that cannot be one, a territory that is no member's
            (``unknown-territory``), a use there is not (``unknown-use``), a product too long.
    """
    normal = format_number(number_of(number))
    if territory not in places:
        codes = ", ".join(f"{code} {name}" for code, name in sorted(places.items()))
        raise MalformedRefusal(
            f"“{territory[:20]}”不是成员地区的区划代码。应为以下之一：{codes}",
            f"{territory[:20]!r} is not the code of a member; it should be one of: {codes}",
            code="unknown-territory",
        )
    if use not in ASKABLE:
        raise MalformedRefusal(
            f"“{use[:20]}”不是用途。应为以下之一：{', '.join(ASKABLE)}",
            f"{use[:20]!r} is no use; it should be one of: {', '.join(ASKABLE)}",
            code="unknown-use",
        )
    if len(product) > _PRODUCT_MAX:
        raise MalformedRefusal(
            f"产品名称不应超过 {_PRODUCT_MAX} 个字符。",
            f"A product should have no more than {_PRODUCT_MAX} characters.",
            code="product-too-long",
        )
    return Ask(normal, territory, cast("Use", use), on, product)
