"""Names that are the same but for one slip, by ear, in pinyin or by their first letters.

A slip weighs by what it hits. The first two characters of a name without its place are those that
tell it from others of its trade: 鑫源商贸 and 鑫泉商贸 are two enterprises more often than one that
was typed wrong, while 鑫源商货 is nobody but 鑫源商贸. A swap, a gap or a character of the same
sound or shape is how people err; the name of another enterprise is unlike by chance.
"""

from collections.abc import Set as AbstractSet
from typing import Final

from rapidfuzz.distance import OSA

from search.names import CORE_MIN, NameForms
from search.near import mended_spellings, spellings
from search.reasons import (
    ADDED,
    DIFFERS,
    INITIALS,
    LOOKALIKE,
    MISSING,
    PINYIN,
    PINYIN_SLIP,
    SAME_SOUND,
    SWAPPED,
    WITHOUT_PLACE,
    Scored,
)
from search.sounds import coarse, initials, is_pinyin, is_spelling, sounds, spelled, syllables


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SCORES: Final = {
    SAME_SOUND: 0.93, SWAPPED: 0.92, LOOKALIKE: 0.9, MISSING: 0.9, ADDED: 0.89, DIFFERS: 0.885,
}  # fmt: skip
_IN_TRADE_NAME: Final = 0.82
"""Another character where names of one trade differ: likely another enterprise."""
_MISSPELLED: Final = 0.9
"""A letter too many, too few or out of place, so that what was typed is no pinyin."""
_PLACE_LEFT_OUT: Final = 0.005
_OTHER_PLACE: Final = 0.06
_ELSEWHERE: Final = 0.88
"""A slip in the place or the legal form, which tell no two names apart."""
_TRADE_NAME: Final = 2
"""Characters that a trade name has at least."""
_LONG: Final = 9
"""So long are the names of branches, which differ in any part."""
_BRANCH: Final = tuple("行部店所站局处社厂司")
_LOOKALIKES: Final = _words(
    """
    未末 土士 己已巳 日曰 人入八 千干于 天夭 大太犬 木本术 王玉主 白自百 田由甲申 目日 贝见 儿几
    力刀 万方 厂广 元无 云去 午牛 今令 户尸 币巾 历厉 仓仑 辛幸 亨享 享亭 析折 拆折 科枓 抡枪 沧沦
    治冶 洽恰 淸清 晴睛 请情 圆园 圈圆 国图 因困 阳阴 陪陷 宣宜 宇字 官宫 管菅 鑫森 森淼 晶品 昌冒
    明朋 朗郎 即既 郁都 部郎 候侯 修俢 傅博 搏博 埔浦 铺辅 铭铬 钢钩 钓钩 银锒 锋烽 峰蜂 逢逄 兔免
    鸟乌 岛鸟 爪瓜 孤狐 凤风 夙凤 侍待 持特 授受 爱受 密蜜 密宓 赢嬴 羸赢 微徽 徵微 微薇 栗粟 票栗
    茶荼 茂茷 苗笛 崇祟 祟票 壁璧 辟壁 戊戌 戌戍 成戊 盛晟 旭旮 昊吴 昊旻 旲昊 晨震 展晨 冷泠 准淮
    淮维 推准 堆推 唯维 惟唯 仟任 伍任 住往 佳桂 桂挂 桔枯 枝技 肢枝 颀欣 硕顾 顺颂 领颂 须项 顶项
    """
)
"""Characters taken for each other by the eye, each group as one word."""


def _alike(one: str, other: str) -> bool:
    return any(one in group and other in group for group in _LOOKALIKES)


def _slip(asked: str, stored: str) -> str:
    """Say by which one slip two texts differ; '' if they are the same, or differ by more."""
    more = len(asked) - len(stored)
    if abs(more) > 1 or OSA.distance(asked, stored, score_cutoff=1) != 1:
        return ""
    if more:
        return ADDED if more > 0 else MISSING
    pairs = [(one, other) for one, other in zip(asked, stored, strict=True) if one != other]
    if len(pairs) > 1:
        return SWAPPED
    return LOOKALIKE if _alike(*pairs[0]) else DIFFERS


def _in_trade_name(asked: str, stored: str) -> bool:
    """Tell whether two names of one length differ where names differ: that may be on purpose."""
    first = next(at for at, one in enumerate(asked) if one != stored[at])
    branch = len(stored) >= _LONG and stored.endswith(_BRANCH)
    return first < _TRADE_NAME or len(stored) <= _TRADE_NAME + 1 or branch


def slipped(asked: NameForms, stored: NameForms, place: Scored, form: Scored) -> Scored | None:
    """Score names that differ by one slip in any part, or that sound the same.

    ``place`` and ``form`` say how well those parts agree, where they were read in both.
    """
    if min(len(asked.core), len(stored.core)) < CORE_MIN:
        return None
    found: list[Scored] = []
    parts, why = place[0] * form[0], (*form[1], *place[1])
    if slip := _slip(asked.core, stored.core):
        score = _SCORES[slip]
        if slip == DIFFERS and _in_trade_name(asked.core, stored.core):
            score = _IN_TRADE_NAME
        found.append((score * parts, (slip, *why)))
    if asked.core != stored.core:  # the slip may have kept the place or the legal form unread
        if asked.place != stored.place and (slip := _slip(asked.body, stored.body)):
            found.append((_ELSEWHERE * form[0], (slip, *form[1])))
        other_form = asked.legal_form != stored.legal_form
        if other_form and (slip := _slip(asked.simplified, stored.simplified)):
            found.append((_ELSEWHERE, (slip,)))
    if _sound_the_same(asked.core, stored.core):
        found.append((_SCORES[SAME_SOUND] * parts, (SAME_SOUND, *why)))
    elif _sound_the_same(asked.simplified, stored.simplified):
        found.append((_SCORES[SAME_SOUND], (SAME_SOUND,)))
    return max(found, default=None)


def _sound_the_same(asked: str, stored: str) -> bool:
    """Tell whether two texts have one syllable after the other in common."""
    if len(asked) != len(stored):
        return False
    return syllables(asked) == syllables(stored) or sounds(asked)[0] in sounds(stored)


def spelled_out(asked: NameForms, stored: NameForms) -> Scored | None:
    """Score a question that is a name in pinyin, or that has its first letters."""
    typed = spelled(asked.simplified)
    if not is_spelling(typed):
        return None
    whole, core = {*sounds(stored.simplified), *sounds(stored.body)}, sounds(stored.core)
    for left_out, spelling in enumerate(spellings(typed)):
        if spelling in whole:
            return 0.95 - left_out / 200, (PINYIN,)
        if spelling in core:
            return 0.94 - left_out / 200, (PINYIN, WITHOUT_PLACE)
    for score, form in ((0.92, stored.simplified), (0.9, stored.body), (0.88, stored.core)):
        if typed in initials(form):
            return score, (INITIALS,)
    return _misspelled(typed, whole, stored.core)


def _misspelled(typed: str, whole: AbstractSet[str], core: str) -> Scored | None:
    """Score a question that is a name in pinyin but for one letter of it.

    Where it can be read as it stands, and differs where names of one trade do, it is likely another
    name; and so it is where it has a place, but not that of the name.
    """
    meant = mended_spellings(typed)
    why: tuple[str, ...] = (PINYIN_SLIP,)
    score, heard = _MISSPELLED, whole & meant.keys()
    if not heard:
        heard = {sound for sound in sounds(core) if sound in meant}
        score, why = score - _PLACE_LEFT_OUT, (*why, WITHOUT_PLACE)
    if not heard:
        return None
    if all(meant[sound] for sound in heard):
        score -= _OTHER_PLACE
    if is_pinyin(typed):
        trade_name = coarse("".join(syllables(core)[:_TRADE_NAME]))
        same = len(core) > _TRADE_NAME + 1 and trade_name in coarse(typed)
        score = min(score, _SCORES[DIFFERS] if same else _IN_TRADE_NAME)
    return score, why
