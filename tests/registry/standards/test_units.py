"""Units as they are really written; what is one quantity, what is not; exact values."""

import subprocess
import sys
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.standards.unit_table import known
from registry.standards.unit_text import UNIT_MAX, UnitError, plain
from registry.standards.units import (
    comparable,
    read_quantity,
    read_unit,
    told_in,
    unit_fault,
)

SPELLED = {
    "mg/m³": (
        "mg/m3",
        "mg/m^3",
        "mg／m³",
        "㎎/㎥",
        "毫克每立方米",
        "毫克/立方米",
        "mg·m-3",
        "mg·m⁻³",
    ),
    "dB(A)": ("dBA", "分贝(A)", "分贝（A）", "dB（A）"),
    "W/(m·K)": ("W/(m.K)", "W·m-1·K-1", "W m^-1 K^-1", "W/(K·m)", "瓦/(米·开)"),
    "°C": ("℃", "摄氏度", "degC"),
    "kN/m²": ("KN/㎡", "千牛/平方米", "kN/m2"),
    "μg/kg": ("µg/kg", "ug/kg", "微克/千克", "微克/公斤"),
    "CFU/g": ("cfu/g", "CFU/克"),
    "CFU/100mL": ("CFU/100 mL", "cfu/100ml"),
    "MPa": ("Mpa", "兆帕", "N/mm2"),
    "万元/亩": ("万元/mu", "万元每亩"),
    "tce": ("吨标准煤", "吨标煤", "t标准煤", "10³·kgce"),
    "10⁻⁶/K": ("10-6/K", "×10⁻⁶/K"),
    "hm²": ("公顷", "ha"),
    "%(m/m)": ("%（质量分数）", "wt%", "g/100g"),
    "": ("无量纲", "—", "1"),
}


@pytest.mark.parametrize("normal", SPELLED)
def test_real_spellings_are_one_unit(normal: str):
    one = read_unit(normal)
    assert one.symbol == normal
    for said in SPELLED[normal]:
        other = read_unit(said.removeprefix("×"))
        assert (other.kind, other.factor, other.zero) == (one.kind, one.factor, one.zero), said


FACTORS = {
    ("1", "亩"): ("hm²", Decimal("0.0666666666667"), False),
    ("15", "亩"): ("hm²", Decimal(1), True),
    ("1", "tce"): ("GJ", Decimal("29.3076"), True),
    ("77", "℉"): ("℃", Decimal(25), True),
    ("-40", "℃"): ("°F", Decimal(-40), True),
    ("0.15", "mg/m³"): ("μg/L", Decimal("0.15"), True),
    ("1", "kN/m2"): ("kPa", Decimal(1), True),
    ("10", "℃/min"): ("K/min", Decimal(10), True),
    ("9", "°F/min"): ("K/min", Decimal(5), True),
    ("360", "kJ"): ("kWh", Decimal("0.1"), True),
    ("3", "百万元"): ("万元", Decimal(300), True),
    ("2", "万千瓦"): ("MW", Decimal(20), True),
    ("1", "kgce/t"): ("MJ/t", Decimal("29.3076"), True),
    ("1", "%(V/V)"): ("mL/L", Decimal(10), True),
    ("30", "g/(24h·m2)"): ("g/(m²·d)", Decimal(30), True),
}


@pytest.mark.parametrize("said", FACTORS, ids=str)
def test_values_convert_exactly(said: tuple[str, str]):
    unit, told, exact = FACTORS[said]
    assert told_in(read_quantity(*said), read_unit(unit)) == (told, exact)


DIFFERENT = {
    ("mg/m3", "ppm"): "share-of-concentration",
    ("%", "mg/kg"): "ratio-unstated",
    ("%", "%(V/V)"): "ratio-unstated",
    ("%(m/m)", "%(V/V)"): "quantities-differ",
    ("mg/kg", "mL/L"): "quantities-differ",
    ("℃", "K"): "temperature-or-difference",
    ("℃", "Δ℃"): "temperature-or-difference",
    ("N·m", "J"): "units-differ",  # a torque is no energy
    ("dB", "dB(A)"): "units-differ",
    ("级", "个"): "units-differ",
    ("CFU/g", "MPN/g"): "units-differ",
    ("Hz", "r/s"): "units-differ",
    ("Bq", "Hz"): "units-differ",
    ("Gy", "Sv"): "units-differ",
    ("a", "d"): "units-differ",
    ("", "%"): "units-differ",
    ("%RH", "%"): "units-differ",
}


@pytest.mark.parametrize("pair", DIFFERENT, ids=str)
def test_different_quantities_have_a_name(pair: tuple[str, str]):
    one, other = map(read_unit, pair)
    for first, second in ((one, other), (other, one)):
        with pytest.raises(UnitError) as refused:
            comparable(first, second)
        assert refused.value.detail_code == DIFFERENT[pair]
        assert refused.value.zh
        assert refused.value.en


def test_what_is_alike_passes():
    for one, other in (("%", "‰"), ("", "pH"), ("pH", ""), ("ΔK", "Δ℃"), ("MPa", "kN/m2")):
        comparable(read_unit(one), read_unit(other))


REFUSED = {
    "W/m·K": ("unit-ambiguous", "W/(m·K)"),
    "m/s/s": ("unit-ambiguous", "m/(s·s)"),
    "mpa": ("unit-unknown", "MPa"),
    "毫克每升水": ("unit-unknown", ""),
    "foo": ("unit-unknown", ""),
    "30%": ("unit-unknown", ""),
    "mgl": ("unit-unknown", "mg"),
    "m^99": ("unit-unknown", ""),
    "m0": ("unit-unknown", ""),
    "0m": ("unit-unknown", ""),
    "((((m))))": ("unit-unknown", ""),
    "(m": ("unit-unknown", ""),
    "m)": ("unit-unknown", ""),
    "m^(2": ("unit-unknown", ""),
    "()": ("unit-unknown", ""),
    "(((999999^12)^12)^12)m": ("unit-unknown", ""),  # ten thousand digits
    "((m^12)^12)": ("unit-unknown", ""),
    "g" * (UNIT_MAX + 1): ("unit-unknown", ""),
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_is_no_unit_is_refused_with_what_would_be_right(said: str):
    with pytest.raises(UnitError) as refused:
        read_unit(said)
    code, near = REFUSED[said]
    assert refused.value.detail_code == code
    assert near in refused.value.suggestions or not near
    assert refused.value.extra["suggestions"] == list(refused.value.suggestions)


@pytest.mark.parametrize(
    "value", ["", "1,000", "1e3", "½", "١", "0.1234567", "1" * 15, "≤5", "NaN"]
)
def test_what_is_no_number_is_refused(value: str):
    with pytest.raises(UnitError) as refused:
        read_quantity(value, "mg")
    assert refused.value.detail_code == "not-a-number"


def test_every_spelling_reads_as_its_unit_and_the_normal_form_as_itself():
    for said, symbol in known().spellings.items():
        if len(said) <= UNIT_MAX:
            assert read_unit(said).symbol == symbol, said
            assert read_unit(symbol) == read_unit(said)


def test_no_two_spellings_are_one_text():
    texts: dict[str, str] = {}
    for said, symbol in known().spellings.items():
        assert texts.setdefault(plain(said), symbol) == symbol, said


@given(
    st.lists(
        st.tuples(st.sampled_from(["mg", "m", "L", "kWh", "亩", "μg", "°C"]), st.integers(-3, 3)),
        max_size=3,
    ),
    st.sampled_from(["", "10^3·", "10^-6·"]),
)
def test_a_normal_form_reads_back_as_the_same_unit(factors: list[tuple[str, int]], number: str):
    said = number + "·".join(f"{symbol}^{power}" for symbol, power in factors if power)
    if len(said) > UNIT_MAX or said.endswith("·"):
        return
    unit = read_unit(said)
    assert read_unit(unit.symbol) == unit


@given(st.text(max_size=UNIT_MAX))
def test_any_text_is_a_unit_or_refused_by_name(said: str):
    refused = ""
    try:
        read_unit(said)
    except UnitError as error:
        refused = error.detail_code
    assert refused in {"", "unit-unknown", "unit-ambiguous"}
    assert unit_fault(said) == refused


def test_quantities_are_exact():
    assert read_quantity("0.1", "g").base + read_quantity("0.2", "g").base == Fraction(3, 10)
    assert read_quantity("1", "亩").base * 3 == 2000


def test_pint_is_not_loaded_before_a_unit_is_read():
    code = (
        "import sys; import registry.standards.compare; import registry.cli.main;"
        "sys.exit('pint' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
