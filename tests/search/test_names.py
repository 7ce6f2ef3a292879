"""Normal forms of names: each takes away one difference and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.names import CORE_MIN, bigrams, fold, normalise
from search.places import CITIES, COUNTIES, DISTRICTS, PROVINCES


@pytest.mark.parametrize(
    ("name", "place", "core", "legal_form"),
    [
        ("南京朝劳劳动服务有限公司", "南京", "朝劳劳动服务", "有限公司"),
        ("江苏省南京市朝劳劳动服务有限责任公司", "江苏南京", "朝劳劳动服务", "有限责任公司"),
        ("安徽省泽乾冶金科技有限公司", "安徽", "泽干冶金科技", "有限公司"),
        ("丹阳市立昇智能电子科技有限公司", "丹阳", "立升智能电子科技", "有限公司"),
        ("丹阳立升智能", "丹阳", "立升智能", ""),
        ("镇江市丹徒区乾升光电设备有限公司", "镇江丹徒", "干升光电设备", "有限公司"),
        ("中昇建机(南京)重工有限公司", "南京", "中升建机重工", "有限公司"),
        ("中昇建机（南京）重工有限公司", "南京", "中升建机重工", "有限公司"),
        ("江苏省镇江船厂(集团)有限公司", "江苏镇江", "船厂集团", "有限公司"),
        ("中国工商银行股份有限公司南京卫岗支行", "", "中国工商银行南京卫岗支行", "股份有限公司"),
        ("南京友邦电子公司", "南京", "友邦电子", "公司"),
        ("芜湖市汽车运输总公司", "芜湖", "汽车运输", "总公司"),
        ("某某建设公司南京分公司", "", "某某建设公司南京分公司", ""),
        ("南京青禾创业投资中心(有限合伙)", "南京", "青禾创业投资中心", "(有限合伙)"),
        ("南京甲乙合伙企业（普通合伙）", "南京", "甲乙", "合伙企业(普通合伙)"),
        ("南京金湖餐饮有限公司", "南京", "金湖餐饮", "有限公司"),
        ("江苏金湖餐饮有限公司", "江苏", "金湖餐饮", "有限公司"),
        ("淮安金湖县餐饮有限公司", "淮安金湖", "餐饮", "有限公司"),
        ("吉林省吉林市化工厂", "吉林吉林", "化工厂", ""),
        ("南京公司", "", "南京", "公司"),
        ("南京", "", "南京", ""),
        ("有限公司", "", "有限公司", ""),
        ("(南京)甲有限公司", "", "南京甲", "有限公司"),
        ("万科(天津)中心(南京)店", "天津", "万科中心南京店", ""),
        ("ｉｂｍ（中国）有限公司", "", "IBM中国", "有限公司"),
        ("", "", "", ""),
        ("！？", "", "", ""),
    ],
)
def test_place_core_and_legal_form_come_apart(
    name: str, place: str, core: str, legal_form: str
) -> None:
    forms = normalise(name)
    assert (forms.place, forms.core, forms.legal_form) == (place, core, legal_form)


def test_exact_folds_only_width_case_spaces_and_brackets() -> None:
    assert normalise("ａｂ　【甲】〔乙〕 [丙]").exact == "AB(甲)(乙)(丙)"
    assert normalise("環思").exact == "環思"
    assert normalise("環思").simplified == "环思"
    assert normalise("甲-乙·丙(丁)").simplified == "甲乙丙丁"
    assert (
        normalise("鉅盛").simplified == normalise("钜盛").simplified == normalise("巨盛").simplified
    )


def test_bigrams_are_distinct_and_in_order() -> None:
    assert normalise("南京甲乙甲乙丙有限公司").bigrams == ("甲乙", "乙甲", "乙丙")
    assert bigrams("甲") == bigrams("") == ()


def test_controls_vanish_but_rare_characters_stay() -> None:
    assert fold("a\x00\u200b\ud800\ue000") == "A\ue000"


@given(st.text(max_size=60))
def test_folding_and_forms_are_stable(name: str) -> None:
    forms = normalise(name)
    again = normalise(forms.exact)
    assert again == forms
    assert normalise(forms.simplified).simplified == forms.simplified
    assert len(forms.core) <= len(forms.body) <= len(forms.simplified)
    assert forms.core or not forms.simplified
    if forms.place:
        assert len(forms.core) >= CORE_MIN


@given(
    st.sampled_from(CITIES),
    st.sampled_from(["", "市"]),
    st.text("甲乙丙丁戊己庚辛", min_size=2, max_size=8),
    st.sampled_from(["有限公司", "有限责任公司", "股份有限公司", "总公司", ""]),
)
def test_what_is_put_together_comes_apart(
    city: str, ending: str, core: str, legal_form: str
) -> None:
    forms = normalise(city + ending + core + legal_form)
    assert (forms.place, forms.core, forms.legal_form) == (city, core, legal_form)


def test_the_table_of_places_has_no_strays() -> None:
    assert len(PROVINCES) == 34
    for names in (PROVINCES, CITIES, COUNTIES, DISTRICTS):
        assert len(set(names)) == len(names)
    assert all(name[-1] in "县市" for name in COUNTIES)
    assert all(name[-1] == "区" for name in DISTRICTS)
    assert {"南京", "镇江", "扬州", "淮安", "马鞍山", "滁州", "芜湖", "宣城"} <= set(CITIES)
    assert {"溧阳市", "丹阳市", "无为县", "无为市"} <= set(COUNTIES)
    assert "金坛区" in DISTRICTS
