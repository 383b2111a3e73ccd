import datetime

import pytest

from metier.extract.number_format import shown


@pytest.mark.parametrize(
    ("value", "code", "wanted"),
    [
        (1234.5, "", "1234.5"),
        (1234.0, "", "1234"),
        (0.1 + 0.2, "", "0.3"),
        (1234.5, "#,##0.00", "1,234.50"),
        (1234.5, "0", "1235"),
        (0.155, "0.0%", "15.5%"),
        (-5, '#,##0.00;[Red]"-"#,##0.00', "-5.00"),
        (-5, "#,##0.00;(#,##0.00)", "(5.00)"),
        (0, '0.0;-0.0;"none"', "none"),
        (12, '"EUR" #,##0', "EUR 12"),
        (12, "[$€-407] #,##0", "€ 12"),
        (3, '0.00\\ "€"', "3.00 €"),
        (1500000, '#,##0.0,,"m"', "1.5m"),
        (7, "000", "007"),
        (1.5, "#,##0.##", "1.5"),
        (12345.678, "0.00E+00", "12345.678"),
        (True, "0", "TRUE"),
        (datetime.date(2025, 3, 1), "", "2025-03-01"),
        (datetime.time(8, 30), "", "08:30:00"),
        ("text", "0.00", "text"),
    ],
)
def test_values_as_a_reader_sees_them(value, code, wanted):
    assert shown(value, code) == wanted
