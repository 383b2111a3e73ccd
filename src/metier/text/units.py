"""Units of measure, currencies and scale words in English and German, with what converts into what."""

import re
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal

Kind = Literal[
    "money",
    "percent",
    "duration",
    "length",
    "area",
    "volume",
    "mass",
    "temperature",
    "other",
    "number",
    "reference",
]

_SPELLINGS: Final[tuple[tuple[str, Kind, str], ...]] = (
    # canonical, kind, spellings (";"-separated)
    ("EUR", "money", "€;EUR;Euro;Euros;T€;TEUR;k€;kEUR;M€;MEUR"),
    ("USD", "money", "$;US$;USD;US-Dollar;US dollars;US dollar;dollar;dollars"),
    ("GBP", "money", "£;GBP;pounds sterling;pound sterling;British pounds"),
    ("CHF", "money", "CHF;Franken;Swiss francs;SFr;sFr."),
    ("JPY", "money", "¥;JPY;yen"),
    ("ct", "money", "ct;Cent;cents;Cents"),
    ("%", "percent", "%;percent;per cent;Prozent;v.H.;v. H.;pct"),
    (
        "pp",
        "percent",
        "percentage points;percentage point;Prozentpunkte;Prozentpunkten;Prozentpunkt;pp;%-Punkte;%-Punkten",
    ),
    ("bp", "percent", "basis points;basis point;Basispunkte;Basispunkten;bps"),
    ("‰", "percent", "‰;per mille;Promille"),
    ("seconds", "duration", "s;sec;secs;second;seconds;Sekunde;Sekunden;Sek.;Sek"),
    ("ms", "duration", "ms;millisecond;milliseconds;Millisekunden;Millisekunde"),
    ("minutes", "duration", "min;min.;mins;minute;minutes;Minute;Minuten;Min.;Min"),
    ("hours", "duration", "h;hr;hrs;hour;hours;Stunde;Stunden;Std.;Std"),
    (
        "days",
        "duration",
        (
            "d;day;days;calendar days;calendar day;Tag;Tage;Tagen;Tages;Kalendertage;Kalendertagen;Kalendertag;"
            "Urlaubstage;Urlaubstagen;vacation days;days'"
        ),
    ),
    (
        "workdays",
        "duration",
        (
            "working days;working day;workdays;workday;business days;business day;Arbeitstage;Arbeitstagen;Arbeitstag;"
            "Werktage;Werktagen;Werktag;Bankarbeitstage;Bankarbeitstagen"
        ),
    ),
    ("weeks", "duration", "week;weeks;weeks';Woche;Wochen;Kalenderwochen;wk;wks"),
    (
        "months",
        "duration",
        "month;months;months';calendar months;Monat;Monate;Monaten;Monats;Kalendermonate;Kalendermonaten;mth;mths",
    ),
    ("quarters", "duration", "quarters;Quartale;Quartalen"),
    (
        "years",
        "duration",
        "year;years;years';yr;yrs;Jahr;Jahre;Jahren;Jahres;Kalenderjahre;Kalenderjahren;calendar years",
    ),
    ("µm", "length", "µm;μm;micrometre;micrometres;micron;microns;Mikrometer"),
    ("mm", "length", "mm;millimetre;millimetres;millimeter;millimeters;Millimeter;Millimetern"),
    ("cm", "length", "cm;centimetre;centimetres;centimeter;centimeters;Zentimeter;Zentimetern"),
    ("m", "length", "m;metre;metres;meter;meters;Metern"),
    ("km", "length", "km;kilometre;kilometres;kilometer;kilometers;Kilometern"),
    ("inch", "length", "in.;inch;inches;Zoll"),
    ("ft", "length", "ft;feet;foot"),
    ("mile", "length", "mile;miles;Meilen"),
    ("m²", "area", "m²;m2;qm;sqm;square metres;square meters;Quadratmeter;Quadratmetern"),
    ("km²", "area", "km²;km2;square kilometres;square kilometers;Quadratkilometer"),
    ("ha", "area", "ha;hectare;hectares;Hektar"),
    ("ml", "volume", "ml;millilitre;millilitres;milliliter;Milliliter"),
    ("l", "volume", "l;L;litre;litres;liter;liters;Litern"),
    ("m³", "volume", "m³;m3;cubic metres;cubic meters;Kubikmeter;Kubikmetern;cbm"),
    ("mg", "mass", "mg;milligram;milligrams;Milligramm"),
    ("g", "mass", "g;gram;grams;Gramm"),
    ("kg", "mass", "kg;kilo;kilos;kilogram;kilograms;Kilogramm"),
    ("t", "mass", "t;tonne;tonnes;Tonne;Tonnen"),
    ("lb", "mass", "lb;lbs;pounds"),
    ("°C", "temperature", "°C;° C;degrees Celsius;degree Celsius;Grad Celsius;℃"),
    ("°F", "temperature", "°F;° F;degrees Fahrenheit;Grad Fahrenheit;℉"),
    ("°", "other", "°;degrees;Grad"),
    ("km/h", "other", "km/h;kmh;kph;Stundenkilometer"),
    ("W", "other", "W;watt;watts"),
    ("kW", "other", "kW;kilowatt;kilowatts"),
    ("MW", "other", "MW;megawatt;megawatts"),
    ("kWh", "other", "kWh;kilowatt hours;Kilowattstunden"),
    ("MWh", "other", "MWh;Megawattstunden"),
    ("V", "other", "V;volt;volts"),
    ("A", "other", "A;ampere;amperes;amps"),
    ("mA", "other", "mA"),
    ("Hz", "other", "Hz;hertz"),
    ("kHz", "other", "kHz"),
    ("MHz", "other", "MHz"),
    ("GHz", "other", "GHz"),
    ("KB", "other", "KB;kilobytes"),
    ("MB", "other", "MB;megabytes;Megabyte"),
    ("GB", "other", "GB;gigabytes;Gigabyte"),
    ("TB", "other", "TB;terabytes;Terabyte"),
    ("Mbit/s", "other", "Mbit/s;Mbps"),
    ("Gbit/s", "other", "Gbit/s;Gbps"),
    ("bar", "other", "bar"),
    ("mbar", "other", "mbar"),
    ("Pa", "other", "Pa;pascal"),
    ("kPa", "other", "kPa"),
    ("MPa", "other", "MPa"),
    ("psi", "other", "psi"),
    ("N", "other", "N;newton"),
    ("Nm", "other", "Nm"),
    ("rpm", "other", "rpm;U/min;1/min;min-1"),
    ("l/h", "other", "l/h;L/h;litres per hour;liters per hour;Liter pro Stunde;Liter je Stunde"),
    ("l/min", "other", "l/min;L/min;litres per minute;liters per minute;Liter pro Minute;Liter je Minute"),
    ("m³/h", "other", "m³/h;m3/h;cubic metres per hour;Kubikmeter pro Stunde;Kubikmeter je Stunde"),
    ("dB", "other", "dB;dB(A);decibel;Dezibel"),
    ("pieces", "other", "pcs;pcs.;pieces;Stück;Stk.;Stk;St."),
)

UNITS: Final[dict[str, tuple[str, Kind]]] = {
    spelling: (unit, kind) for unit, kind, spellings in _SPELLINGS for spelling in spellings.split(";")
}
_UNITS_LOWER = {spelling.lower(): unit for spelling, unit in UNITS.items()}


@lru_cache(maxsize=4096)
def unit_of(spelling: str) -> tuple[str, Kind]:
    """(unit, kind); ("", "number") of what is none. Case matters where both cases are units (mW, MW); elsewhere people write it as
    they like."""
    lower = spelling.lower()
    return UNITS.get(spelling) or UNITS.get(lower) or _UNITS_LOWER.get(lower, ("", "number"))


CURRENCIES_BEFORE: Final[dict[str, str]] = {
    "€": "EUR", "EUR": "EUR", "Euro": "EUR", "$": "USD", "US$": "USD", "USD": "USD", "£": "GBP", "GBP": "GBP",
    "CHF": "CHF", "SFr.": "CHF", "¥": "JPY", "JPY": "JPY",
    "T€": "EUR", "TEUR": "EUR", "k€": "EUR", "kEUR": "EUR", "M€": "EUR", "MEUR": "EUR",
}  # fmt: skip

_THOUSAND, _MILLION, _BILLION = Decimal(1000), Decimal(10) ** 6, Decimal(10) ** 9
SCALES: Final[dict[str, Decimal]] = {
    "k": _THOUSAND, "thousand": _THOUSAND, "thousands": _THOUSAND, "tausend": _THOUSAND, "tsd.": _THOUSAND,
    "tsd": _THOUSAND, "million": _MILLION, "millions": _MILLION, "millionen": _MILLION,
    "mio.": _MILLION, "mio": _MILLION, "mn": _MILLION, "mln": _MILLION, "billion": _BILLION,
    "billions": _BILLION, "bn": _BILLION, "milliarde": _BILLION, "milliarden": _BILLION, "mrd.": _BILLION,
    "mrd": _BILLION, "trillion": Decimal(10) ** 12, "billionen": Decimal(10) ** 12, "hundred": Decimal(100),
}  # fmt: skip

# Currencies with a scale glued on, lower case.
SCALED_CURRENCIES: Final[dict[str, Decimal]] = {
    "t€": _THOUSAND, "teur": _THOUSAND, "k€": _THOUSAND, "keur": _THOUSAND, "m€": _MILLION, "meur": _MILLION,
}  # fmt: skip

# What is a multiple of what: unit -> (dimension, factor). Months and days do not convert into one another.
FACTORS: Final[dict[str, tuple[str, Decimal]]] = {
    unit: (dimension, Decimal(factor))
    for dimension, table in {
        "calendar": {"months": "1", "quarters": "3", "years": "12"},
        "time": {
            "ms": "0.001",
            "seconds": "1",
            "minutes": "60",
            "hours": "3600",
            "days": "86400",
            "weeks": "604800",
        },
        "length": {"µm": "0.000001", "mm": "0.001", "cm": "0.01", "m": "1", "km": "1000"},
        "area": {"m²": "1", "ha": "10000", "km²": "1000000"},
        "volume": {"ml": "0.001", "l": "1", "m³": "1000"},
        "mass": {"mg": "0.000001", "g": "0.001", "kg": "1", "t": "1000"},
        "rate": {"‰": "0.1", "%": "1"},
        "points": {"bp": "0.01", "pp": "1"},
        "power": {"W": "1", "kW": "1000", "MW": "1000000"},
        "energy": {"kWh": "1", "MWh": "1000"},
        "euro": {"ct": "0.01", "EUR": "1"},
        "frequency": {"Hz": "1", "kHz": "1000", "MHz": "1000000", "GHz": "1000000000"},
        "current": {"mA": "0.001", "A": "1"},
        "flow": {"l/h": "1", "l/min": "60", "m³/h": "1000"},
        "pressure": {"Pa": "1", "kPa": "1000", "mbar": "100", "bar": "100000", "MPa": "1000000"},
        "data": {"KB": "1", "MB": "1000", "GB": "1000000", "TB": "1000000000"},
    }.items()
    for unit, factor in table.items()
}


def _pattern(spelling: str) -> str:
    # "working days" also as "working-days", and over a line break
    return r"[\s\u00a0-]+".join(re.escape(part) for part in spelling.split(" "))


UNIT_PATTERN: Final = "|".join(_pattern(spelling) for spelling in sorted(UNITS, key=len, reverse=True))
