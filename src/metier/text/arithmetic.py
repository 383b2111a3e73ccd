"""Calculations as they are written out ("4,145 − 3,142 = EUR 1,003 thousand"): found in a text, and done again.

A figure that no source states may stand in an answer if its calculation stands there too, with figures that a source
does state. Signs of one line only: + − × ÷ / and brackets.
"""

import ast
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, DivisionByZero, InvalidOperation
from functools import lru_cache

from metier.text.numbers import NUMBER, parse_number, written_step

_SIGN = r"[+−–×÷*/:-]"
_MONEY = r"(?:[$€£¥]|(?:EUR|USD|GBP|CHF)\s)?"
_TERM = rf"\(*[-−]?{_MONEY}{NUMBER}\)*"
_CALCULATION = re.compile(
    rf"(?:[^\W\d_]+(?: [^\W\d_]+)?:\s+)?"
    rf"(?P<terms>{_TERM}(?:\s+{_SIGN}\s+{_TERM})+)\s+=\s+"
    rf"(?P<minus>[-−])?[^\d\s.;,=+−–-]{{0,4}}\s?(?P<sign>[-−])?(?P<number>{NUMBER})(?:\s?(?P<percent>%))?"
    r"(?:\s(?:thousand|million|billion|tausend|Millionen|Milliarden)\b)?"
)
_PYTHON = str.maketrans({"−": "-", "–": "-", "×": "*", "÷": "/", ":": "/"})
_DO: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_MEAN = re.compile(r"\((?P<sum>[^/×*]+)\) / (?P<n>\d{1,3})")
_LONGEST = 200  # characters of a calculation


@dataclass(frozen=True, slots=True)
class Calculation:
    """One calculation that is right, to the digits its result is written with."""

    start: int  # of the whole, with a label of one or two words before it ("Difference: ...")
    end: int
    terms: tuple[int, int]  # where the terms stand
    result: tuple[int, int]  # where the number of the result stands
    # of a mean: where the number of its terms stands, which no source states; -1 if it is none
    count: int = -1


@lru_cache(maxsize=1024)
def calculations(text: str, language: str = "") -> tuple[Calculation, ...]:
    """The calculations of `text` that are right, in order; a wrong one is none."""
    found: list[Calculation] = []
    for match in _CALCULATION.finditer(text) if "=" in text else ():
        terms = match["terms"]
        stated = parse_number(match["number"], language)
        if stated is None or len(terms) > _LONGEST:
            continue
        done = _evaluate(terms, language)
        if done is None:
            continue
        said = (-stated if match["minus"] or match["sign"] else stated) / (100 if match["percent"] else 1)
        step = written_step(match["number"], stated) / (100 if match["percent"] else 1)
        if abs(done - said) * 2 <= step:
            count = _count(terms)
            at = match.start("terms") + count if count >= 0 else -1
            found.append(Calculation(*match.span(), match.span("terms"), match.span("number"), at))
    return tuple(found)


def without_calculations(text: str, language: str = "") -> str:
    """The text without its right calculations: what is left to be asked of a source, besides their operands."""
    for item in reversed(calculations(text, language)):
        text = text[: item.start] + text[item.end :]
    return text.strip()


def _count(terms: str) -> int:
    """Where the divisor of a mean stands in its terms "(a + b + c) / 3"; -1 if they are no mean."""
    mean = _MEAN.fullmatch(terms)
    return mean.start("n") if mean and int(mean["n"]) == mean["sum"].count(" + ") + 1 else -1


def _evaluate(terms: str, language: str) -> Decimal | None:
    """The value of the terms; None if they are no calculation (a number that is none, an open bracket, nothing to divide by)."""

    def plain(number: re.Match[str]) -> str:
        value = parse_number(number.group(), language)
        return "?" if value is None else repr(str(value))

    written = re.sub(NUMBER, plain, re.sub(rf"{_MONEY}(?=\d)", "", terms)).translate(_PYTHON)
    try:
        return _value(ast.parse(written, mode="eval").body)
    except (SyntaxError, DivisionByZero, InvalidOperation, TypeError):
        return None


def _value(node: ast.expr) -> Decimal:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return Decimal(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand)
    if isinstance(node, ast.BinOp) and type(node.op) in _DO:
        return _DO[type(node.op)](_value(node.left), _value(node.right))
    raise TypeError(ast.dump(node))
