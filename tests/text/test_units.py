from metier.text.units import CURRENCIES_BEFORE, FACTORS, SCALED_CURRENCIES, UNITS, unit_of


def test_every_convertible_unit_and_currency_exists() -> None:
    known = {unit for unit, _ in UNITS.values()}
    assert set(FACTORS) <= known
    assert set(CURRENCIES_BEFORE.values()) <= known
    assert set(SCALED_CURRENCIES) <= {spelling.lower() for spelling in UNITS}


def test_every_dimension_has_a_base_unit() -> None:
    bases = {dimension for dimension, factor in FACTORS.values() if factor == 1}
    assert bases == {dimension for dimension, _ in FACTORS.values()}


def test_a_unit_is_found_however_it_is_written_and_nothing_else_is_one() -> None:
    assert unit_of("KG") == unit_of("kilograms") == ("kg", "mass")
    assert (unit_of("kW"), unit_of("pump")) == (("kW", "other"), ("", "number"))
