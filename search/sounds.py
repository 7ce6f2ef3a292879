"""How names sound: pinyin without tones, and first letters, the same for what is stored and typed.

Readings come from `pypinyin`. A character of several readings is read by the word it stands in; its
other readings are alternatives, since people, keyboards and registers do not agree on them.
"""

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final, cast

from pypinyin import Style, constants, lazy_pinyin, phrases_dict
from pypinyin.seg import mmseg

if TYPE_CHECKING:
    from collections.abc import Callable


def _table(text: str) -> dict[str, tuple[str, ...]]:
    pairs = (pair.split(":") for pair in text.upper().split())
    return {one: tuple(readings.split(",")) for one, readings in pairs}


_SEVERAL: Final = _table(
    """
    干:gan,qian 行:hang,xing 长:chang,zhang 重:zhong,chong 乐:le,yue 朝:chao,zhao 模:mo,mu
    都:du,dou 调:tiao,diao 会:hui,kuai 弹:dan,tan 畜:chu,xu 劲:jin,jing 轧:zha,ya 柏:bai,bo
    卡:ka,qia 堡:bao,bu,pu 佛:fo,fu 粘:nian,zhan 绿:lv,lu 伽:jia,ga,qie 曾:zeng,ceng
    盛:sheng,cheng 单:dan,shan 传:chuan,zhuan 藏:cang,zang 降:jiang,xiang 车:che,ju 省:sheng,xing
    宿:su,xiu 厦:xia,sha 蚌:bang,beng 六:liu,lu 解:jie,xie 翟:zhai,di 种:zhong,chong 率:lv,shuai
    铅:qian,yan 薄:bo,bao 便:bian,pian 落:luo,la 泊:bo,po 屏:ping,bing 尉:wei,yu 蔚:wei,yu
    巷:xiang,hang 系:xi,ji 炮:pao,bao 圈:quan,juan 称:cheng,chen 壳:ke,qiao 贾:jia,gu 覃:qin,tan
    朴:pu,piao,po 俞:yu,shu 幢:chuang,zhuang 秘:mi,bi 娜:na,nuo 阿:a,e 校:xiao,jiao 强:qiang,jiang
    角:jiao,jue 脉:mai,mo 折:zhe,she 殷:yin,yan 拓:tuo,ta 磅:bang,pang 埔:pu,bu 沈:shen,chen
    仇:chou,qiu 谷:gu,yu 洗:xi,xian 差:cha,chai 露:lu,lou 涡:wo,guo 仔:zai,zi 晟:sheng,cheng
    荨:qian,xun 铬:ge,luo 钿:dian,tian
    """
)
"""Characters whose reading depends on the word, and their readings; 干 is 乾 (qián), too."""
ALTERNATIVES_MAX: Final = 4
"""Readings of one name beside the likeliest: one character read otherwise at a time."""
_AROUND: Final = 1
"""Characters before and behind one that tell how it is read: 银行, 长江; more hardly ever do."""
_WORD: Final = re.compile(r"[A-Z0-9]+\Z")
_APART: Final = cast("Callable[[str], str]", list)
"""What has no reading stays, each character for itself; the types of pypinyin know no lists."""
_PINYIN: Final = re.compile(
    "(?:(?:[ZCS]H|[BPMFDTNLGKHJQXRZCSYW])?(?:IANG|IONG|UANG|ANG|ENG|ING|ONG|IAN|IAO|UAI|UAN|VAN|"
    "AI|AN|AO|EI|EN|ER|IA|IN|IU|OU|UA|UI|UN|UO|VN|A|E|I|O|U|V))*+"
)
"""Syllables, the longest each time and never taken back: 'ie' and 'ue' are read as two."""
_COARSE: Final = (("ZH", "Z"), ("CH", "C"), ("SH", "S"), ("NG", "N"), ("LV", "LU"), ("NV", "NU"))
"""What ears and keyboards of the region confuse (z and zh, an and ang, lü typed as lv or lu)."""


def _keep_words() -> None:
    """Have the library forget the words (45 MiB) by which nothing is read here.

    Left are those by which a character of several readings is read among its neighbours.
    """
    longest, several = 2 * _AROUND + 1, _SEVERAL.keys()
    words = constants.PHRASES_DICT
    told = {w: read for w, read in words.items() if len(w) <= longest and several & set(w)}
    phrases_dict.phrases_dict.clear()
    words.clear()
    words.update(told)
    prefixes = mmseg.PrefixSet()
    prefixes.train(iter(told))
    mmseg.seg = mmseg.Seg(prefixes, no_non_phrases=True)
    mmseg.p_set = prefixes


_keep_words()


@lru_cache(maxsize=32_768)
def _usual(one: str) -> str:
    """Return the usual reading of one character, or the character itself."""
    return lazy_pinyin(one, style=Style.NORMAL, errors="default")[0].upper()


@lru_cache(maxsize=32_768)
def _read_in(words: str, at: int) -> str:
    """Return how one character is read among its neighbours."""
    read = lazy_pinyin(words, style=Style.NORMAL, errors=_APART)
    return read[at].upper() if len(read) == len(words) else _usual(words[at])


@lru_cache(maxsize=4096)
def readings(text: str) -> tuple[tuple[str, ...], ...]:
    """List the likeliest reading of a text, that by usual ones, then some with one changed.

    A reading has one syllable in capitals for each character.
    """
    usual = tuple(map(_usual, text))
    unclear = [at for at, one in enumerate(text) if one in _SEVERAL]
    if not unclear:
        return (usual,)
    first = list(usual)
    for at in unclear:
        begin = max(0, at - _AROUND)
        first[at] = _read_in(text[begin : at + _AROUND + 1], at - begin)
    found = [tuple(first), usual]
    for at in unclear:
        found += [(*first[:at], other, *first[at + 1 :]) for other in _SEVERAL[text[at]]]
    return tuple(dict.fromkeys(found))[: ALTERNATIVES_MAX + 1]


def syllables(text: str) -> tuple[str, ...]:
    """Read a text in the likeliest way."""
    return readings(text)[0]


@lru_cache(maxsize=256)
def spelled(text: str) -> str:
    """Return a folded text as pinyin is typed: letters and digits, without tone marks."""
    apart = unicodedata.normalize("NFD", text)
    return "".join(one for one in apart if one.isalnum())


def coarse(spelling: str) -> str:
    """Take away what is easily confused; both sides of a comparison go through this."""
    for fine, rough in _COARSE:
        spelling = spelling.replace(fine, rough)
    return spelling


def sounds(text: str) -> tuple[str, ...]:
    """List the coarse spellings of a text, the likeliest first."""
    return tuple(dict.fromkeys(coarse("".join(reading)) for reading in readings(text)))


def initials(text: str) -> tuple[str, ...]:
    """List the first letters of a text as read in its ways, the likeliest first."""
    return tuple(dict.fromkeys("".join(s[0] for s in reading) for reading in readings(text)))


def is_spelling(text: str) -> bool:
    """Tell whether a text as `spelled` could be pinyin or initials."""
    return bool(_WORD.match(text)) and not text.isdigit()


def is_pinyin(letters: str) -> bool:
    """Tell whether capital letters can be read as syllables of pinyin, one after the other."""
    return bool(letters) and read_up_to(letters) == len(letters)


def read_up_to(letters: str) -> int:
    """Return how many capital letters can be read as syllables of pinyin, from the beginning."""
    read = _PINYIN.match(letters)
    return read.end() if read else 0
