"""Personal data that patterns can find: addresses of mail, telephone and networks, accounts, cards, public ids.

Checksums are verified where the number has one, so that a part number is not taken for an account. Names, postal
addresses and free descriptions of people are not found here.
"""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

PersonalKind = Literal["email", "phone", "iban", "credit_card", "national_id", "ip_address", "birth_date"]


@dataclass(frozen=True, slots=True)
class PersonalSpan:
    """One piece of personal data and its range. `value` is its plain form (no spaces, lower case)."""

    kind: PersonalKind
    value: str
    start: int
    end: int


_IBAN_LENGTHS = {  # SWIFT IBAN registry, countries of the SEPA area and large partners
    "AD": 24, "AE": 23, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20,
    "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GI": 23, "GL": 18, "GR": 27, "HR": 21, "HU": 28, "IE": 22,
    "IL": 23, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MT": 31, "NL": 18, "NO": 15,
    "PL": 28, "PT": 25, "RO": 24, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TR": 26,
}  # fmt: skip

_EMAIL = re.compile(
    r"(?<![\w.+-])[\w.!#$%&'*+/=?^`{|}~-]+@(?:[\w](?:[\w-]{0,61}[\w])?\.)+[^\W\d_]{2,24}(?![\w-])"
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]){11,30}\b", re.IGNORECASE)
_CARD = re.compile(r"(?<![\w.,-])\d(?:[ -]?\d){11,18}(?![\w-]|[.,]\d)")
# Prefixes and lengths of the issuers: Visa, Mastercard, Amex, Diners, JCB, Maestro and Discover.
_CARD_FORM = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|35\d{14}|(?:1800|2131)\d{11}"
    r"|(?:5[06-8]|6\d)\d{10,17}"
)
_PHONE = re.compile(
    r"(?<![\w.,/+(-])(?<!\d\s)(?:\+|00(?=[1-9]))[1-9]\d{0,2}[ ./()-]*(?:\(0\)[ ./-]*)?(?:\d[ ./()-]{0,2}){6,13}\d(?!\w)"
    r"|(?<![\w.,/+-])(?<!\d\s)\(?0[1-9]\d{1,4}\)?[ /-]+(?:\d[ -]?){3,9}\d(?![\w]|[.,]\d)"
    r"|(?<![\w.,/+-])(?:1[-. ])?(?:\(\d{3}\)\s?|\d{3}[-. ])\d{3}[-. ]\d{4}(?:x\d{1,5})?(?!\w)"
)
_PHONE_CUE = re.compile(
    r"(?:\b(?:tel|telefon|phone|telephone|mobile?|mobil|handy|cell|fax|call|whatsapp|durchwahl|ext|rufnummer)\b\.?"
    r"(?:\s*(?:number|nr|no)\.?)?\s*(?:is|ist|me at|us at)?[:\s]*)(?P<number>\+?\(?\d[\d ./()x-]{5,20}\d)(?!\w)",
    re.IGNORECASE,
)
_SSN = re.compile(r"(?<![\w-])(?!000|666|9\d\d)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-])")
_SSN_CUE = re.compile(
    r"\b(?:ssn|social security)\b[^.\n]{0,30}?(?<!\d)(?P<number>\d{9}|\d{3}[- ]\d{2}[- ]\d{4})(?!\d)",
    re.IGNORECASE,
)
_GERMAN_TAX_ID = re.compile(r"(?<![\w.,-])[1-9]\d(?:[ ]?\d{3}){3}(?![\w-]|[.,]\d)")
_GERMAN_PENSION = re.compile(r"\b\d{2}\s?[0-3]\d[01]\d\d{2}\s?[A-Z]\s?\d{2}\s?\d\b")
_NINO = re.compile(
    r"\b(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D]\b"
)
_AHV = re.compile(r"\b756\.?\d{4}\.?\d{4}\.?\d{2}\b")
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{1,4}(?![\w:])")
_BIRTH = re.compile(
    r"\b(?:geb(?:oren)?\.?\s+am|geburtsdatum|date of birth|born on|dob)\b\W{0,3}(?P<number>[\w. /-]{6,20}?\d{2,4})(?!\d)",
    re.IGNORECASE,
)


def personal_data(text: str) -> list[PersonalSpan]:
    """Personal data of `text` in order of place, none inside another."""
    found: list[PersonalSpan] = []
    for kind, pattern, valid in _RULES:
        for match in pattern.finditer(text):
            group = "number" if "number" in match.groupdict() else 0
            start, end = match.span(group)
            if any(start < span.end and span.start < end for span in found):
                continue
            fitting = valid(match.group(group))
            if fitting:
                found.append(
                    PersonalSpan(kind, fitting, start, start + _raw_length(text[start:end], fitting))
                )
    return sorted(found, key=lambda span: span.start)


def iban_valid(iban: str) -> bool:
    """ISO 13616: the length of its country and a remainder of 1 modulo 97."""
    plain = re.sub(r"\s", "", iban).upper()
    if not plain.isalnum() or _IBAN_LENGTHS.get(plain[:2]) != len(plain):
        return False
    return int("".join(str(int(character, 36)) for character in plain[4:] + plain[:4])) % 97 == 1


def luhn_valid(number: str) -> bool:
    """ISO/IEC 7812-1 annex B: the checksum of payment cards."""
    digits = [int(character) for character in number if character.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return bool(digits) and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _raw_length(raw: str, plain: str) -> int:
    """How much of `raw` carries the characters of `plain` (an IBAN may be followed by a word in capitals)."""
    count = 0
    wanted = sum(character.isalnum() for character in plain)
    for index, character in enumerate(raw):
        count += character.isalnum()
        if count == wanted and character.isalnum():
            rest = raw[index + 1 :]
            return index + 1 if any(character.isalnum() for character in rest) else len(raw.rstrip(" ./-("))
    return len(raw)


def _plain(raw: str) -> str:
    return re.sub(r"[^\w+]", "", raw).lower()


def _email(raw: str) -> str:
    return raw.lower()


def _iban(raw: str) -> str:
    plain = raw.replace(" ", "").upper()
    plain = plain[: _IBAN_LENGTHS.get(plain[:2], 0)]
    return plain if iban_valid(plain) else ""


def _card(raw: str) -> str:
    plain = re.sub(r"\D", "", raw)
    return plain if _CARD_FORM.fullmatch(plain) and luhn_valid(plain) else ""


def _phone(raw: str) -> str:
    digits = re.sub(r"\D", "", raw.split("x")[0])
    if re.fullmatch(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|(?:\d{1,3}\.){3}\d{1,3}", raw.strip()):
        return ""  # a date, an IP address
    return _plain(raw) if 7 <= len(digits) <= 15 else ""


def _tax_id(raw: str) -> str:
    """German Identifikationsnummer: ISO 7064 MOD 11,10, and one digit two or three times among the first ten."""
    plain = raw.replace(" ", "")
    counts = sorted(plain[:10].count(digit) for digit in set(plain[:10]))
    if counts[-1] not in (2, 3) or counts[:-1] != [1] * (len(counts) - 1):
        return ""
    product = 10
    for digit in plain[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return plain if (11 - product) % 10 == int(plain[10]) else ""


def _pension(raw: str) -> str:
    """German Rentenversicherungsnummer: weighted cross sum modulo 10."""
    plain = raw.replace(" ", "")
    letter = f"{ord(plain[8]) - 64:02d}"
    digits = plain[:8] + letter + plain[9:11]
    total = 0
    for digit, weight in zip(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True):
        product = int(digit) * weight
        total += product // 10 + product % 10
    return plain.lower() if total % 10 == int(plain[11]) else ""


def _ahv(raw: str) -> str:
    """Swiss AHV number: EAN-13 check digit."""
    digits = [int(character) for character in raw if character.isdigit()]
    total = sum(digit * (3 if index % 2 else 1) for index, digit in enumerate(digits[:12]))
    return "".join(map(str, digits)) if (10 - total) % 10 == digits[12] else ""


def _ip(raw: str) -> str:
    try:
        return str(ipaddress.ip_address(raw))
    except ValueError:
        return ""


_RULES: tuple[tuple[PersonalKind, re.Pattern[str], Callable[[str], str]], ...] = (
    ("email", _EMAIL, _email),
    ("iban", _IBAN, _iban),
    ("ip_address", _IPV6, _ip),
    ("ip_address", _IPV4, _ip),
    ("national_id", _AHV, _ahv),
    ("national_id", _GERMAN_PENSION, _pension),
    ("national_id", _NINO, _plain),
    ("national_id", _SSN, _plain),
    ("national_id", _SSN_CUE, _plain),
    ("credit_card", _CARD, _card),
    ("national_id", _GERMAN_TAX_ID, _tax_id),
    ("birth_date", _BIRTH, _plain),
    ("phone", _PHONE, _phone),
    ("phone", _PHONE_CUE, _phone),
)
