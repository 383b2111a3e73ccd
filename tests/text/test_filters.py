import pytest

from metier.errors import UserError
from metier.text.filters import read_filter, type_of
from metier.types import Filter


def test_a_year_and_a_month_mean_their_first_or_last_day() -> None:
    assert read_filter(since="2024", until="2024-02") == Filter(since="2024-01-01", until="2024-02-29")
    assert read_filter(as_of="2025") == Filter(as_of="2025-12-31")
    assert read_filter(since=" 2025-03-09 ") == Filter(since="2025-03-09")


def test_paths_and_types_are_kept_as_they_are_compared() -> None:
    wanted = read_filter(["./contracts/**", "hr\\a.pdf", "contracts/**"], [".PDF", "jpeg"])
    assert wanted == Filter(("contracts/**", "hr/a.pdf"), ("pdf", "jpg"))
    assert str(wanted) == "in contracts/**, hr/a.pdf; type pdf, jpg"
    assert read_filter() is None


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"since": "last year"}, "since 'last year' is no day"),
        ({"until": "2025-02-30"}, "no day"),
        ({"as_of": "2025-13"}, "no day"),
        ({"since": "2026", "until": "2025"}, "after until"),
        ({"as_of": "2025", "since": "2024"}, "leave out since"),
        ({"paths": [" "]}, "`in` is empty"),
        ({"types": ["."]}, "`type` is empty"),
        ({"paths": [f"{n}/**" for n in range(51)]}, "50 are the limit"),
    ],
)
def test_nonsense_is_refused_with_what_to_do(asked: dict[str, object], told: str) -> None:
    with pytest.raises(UserError, match=told):
        read_filter(**asked)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a/b.PDF", "pdf"),
        ("mails.zip//a.htm", "html"),
        ("a.b/README", ""),
        (".hidden", ""),
        ("x.tar.gz", "gz"),
    ],
)
def test_the_type_is_the_ending_of_the_name(path: str, kind: str) -> None:
    assert type_of(path) == kind
