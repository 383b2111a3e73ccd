from pathlib import Path

import pytest

from metier.cli.targets import check_new_sheet, check_targets
from metier.errors import UserError


def test_what_cannot_be_written_in_the_end_is_known_before(tmp_path: Path) -> None:
    check_targets(None, tmp_path / "a.json")
    with pytest.raises(UserError, match="is a folder; name a file in it"):
        check_targets(tmp_path)
    with pytest.raises(UserError, match="make it first"):
        check_targets(None, tmp_path / "missing" / "a.json")


def test_a_sheet_that_somebody_filled_is_not_written_over(tmp_path: Path) -> None:
    sheet = tmp_path / "marks.csv"
    check_new_sheet(sheet)
    sheet.write_text("id,question,right\na,Who?,\n", encoding="utf-8-sig")
    check_new_sheet(sheet)
    for filled in ("id,question,right\na,Who?,y\n", "id,valid\na,n\n"):
        sheet.write_text(filled, encoding="utf-8-sig")
        with pytest.raises(UserError, match="somebody filled it in"):
            check_new_sheet(sheet)
    sheet.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="somebody filled it in"):
        check_new_sheet(sheet)
