"""Spreadsheet values as their reader sees them: number formats (ECMA-376 part 1, 18.8.30-31) applied to figures.

Covers decimals, thousands, percent, literals and currency signs; dates are printed as ISO dates whatever their format,
because 03/04/2025 is two dates. Fractions and scientific formats fall back to the plain number.
"""

import datetime
import re
import zipfile
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path

from lxml import etree

_BUILT_IN = {1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: "$#,##0", 6: "$#,##0", 7: "$#,##0.00", 8: "$#,##0.00",
             9: "0%", 10: "0.00%", 37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00", 41: "#,##0", 42: "$#,##0",
             43: "#,##0.00", 44: "$#,##0.00"}  # fmt: skip
_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")
Formats = Mapping[tuple[int, int], str]  # format code by 0-based (row, column)


def sheet_formats(path: Path) -> dict[str, dict[tuple[int, int], str]]:
    """Format codes other than General of each sheet of an XLSX file; {} for what is not there or not XML."""
    try:
        with zipfile.ZipFile(path) as package:
            styles = _styles(package)
            return {name: _cells(package, part, styles) for name, part in _parts(package) if any(styles)}
    except (zipfile.BadZipFile, KeyError, etree.XMLSyntaxError, OSError, ValueError, NotImplementedError):
        return {}


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True)


def _styles(package: zipfile.ZipFile) -> list[str]:
    """Format code by style index."""
    root = etree.fromstring(package.read("xl/styles.xml"), _parser())
    own = {int(f.get("numFmtId", "0")): f.get("formatCode", "") for f in root.iter(_S + "numFmt")}
    table = root.find(_S + "cellXfs")
    if table is None:
        return []
    ids = [int(style.get("numFmtId", "0")) for style in table]
    return [own.get(number, _BUILT_IN.get(number, "")).replace("General", "") for number in ids]


def _parts(package: zipfile.ZipFile) -> list[tuple[str, str]]:
    """Sheet names with their parts."""
    relations = etree.fromstring(package.read("xl/_rels/workbook.xml.rels"), _parser())
    targets = {r.get("Id"): r.get("Target", "") for r in relations}
    book = etree.fromstring(package.read("xl/workbook.xml"), _parser())
    found = []
    for sheet in book.iter(_S + "sheet"):
        target = targets.get(sheet.get(_R + "id"), "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if part in package.namelist():
            found.append((sheet.get("name", ""), part))
    return found


def _cells(package: zipfile.ZipFile, part: str, styles: list[str]) -> dict[tuple[int, int], str]:
    found: dict[tuple[int, int], str] = {}
    with package.open(part) as stream:
        for _, cell in etree.iterparse(stream, tag=_S + "c", resolve_entities=False, no_network=True):
            style, place = cell.get("s"), _CELL.fullmatch(cell.get("r", ""))
            if (
                style
                and place
                and style.isdigit()
                and int(style) < len(styles)
                and (code := styles[int(style)])
            ):
                column = 0
                for letter in place[1]:
                    column = column * 26 + ord(letter) - 64
                found[int(place[2]) - 1, column - 1] = code
            cell.clear()
    return found


def shown(value: object, code: str) -> str:
    """The cell's text as displayed."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time.min
        return value.date().isoformat() if midnight else value.isoformat(" ", "minutes")
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat() if isinstance(value, datetime.date) else value.isoformat("auto")
    if isinstance(value, (int, float)):
        return _number(value, code)
    return str(value)


_LITERAL = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|\[\$([^\]-]*)(?:-[^\]]*)?\]|\[[^\]]*\]')
_PATTERN = re.compile(r"[#0?][#0?,.]*")


def _number(value: float, code: str) -> str:
    sections = _sections(code)
    negative = value < 0
    section = sections[1] if negative and len(sections) > 1 else sections[0]
    section = sections[2] if value == 0 and len(sections) > 2 else section
    literals: list[str] = []

    def keep(match: re.Match[str]) -> str:
        literals.append(next((group for group in match.groups() if group), ""))
        return f"\ue000{chr(0xE100 + len(literals) - 1)}"

    body = _LITERAL.sub(keep, section)
    pattern = _PATTERN.search(body)
    if not pattern and literals and "@" not in body:  # a section that shows words instead of the figure
        return " ".join("".join(literals).split())
    if not pattern or re.search(r"[eE][+-]|/", body):
        return _plain(value)
    written = _digits(abs(value) if negative and len(sections) > 1 else value, pattern[0], "%" in body)
    text = body[: pattern.start()] + written + body[pattern.end() :]
    text = re.sub("\ue000(.)", lambda m: literals[ord(m[1]) - 0xE100], text, flags=re.DOTALL)
    return " ".join(text.split())


def _sections(code: str) -> list[str]:
    """positive;negative;zero, divided outside quotes."""
    marked = re.sub(r'"[^"]*"|\\.', lambda match: match[0].replace(";", "\ue200"), code)
    return [section.replace("\ue200", ";") for section in marked.split(";")[:3]]


def _digits(value: float, pattern: str, percent: bool) -> str:
    try:
        number = Decimal(repr(value)) * (100 if percent else 1)
    except InvalidOperation:
        return str(value)
    thousands = len(pattern) - len(pattern.rstrip(","))  # trailing commas divide by 1,000
    whole, _, decimals = pattern.rstrip(",").partition(".")
    number = number.scaleb(-3 * thousands)
    places, least = sum(c in "0#?" for c in decimals), decimals.count("0")
    number = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    text = f"{number:,f}" if "," in whole else f"{number:f}"
    head, _, tail = text.partition(".")
    while len(tail) > least and tail.endswith("0"):
        tail = tail[:-1]
    sign, head = ("-", head[1:]) if head.startswith("-") else ("", head)
    head = head.zfill(whole.count("0")) if "," not in whole else head
    return f"{sign}{head}.{tail}" if tail else sign + head


def _plain(value: float) -> str:
    """General: up to 11 digits, no trailing zeros."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.11g}"
