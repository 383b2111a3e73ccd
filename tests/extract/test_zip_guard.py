import zipfile

import pytest


@pytest.mark.parametrize(("inner", "ending"), [("word/document.xml", "docx"), ("xl/workbook.xml", "xlsx")])
def test_zip_bombs_are_not_opened(inner, ending, tmp_path, fail):
    path = tmp_path / f"bomb.{ending}"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        with package.open(inner, "w") as member:
            for _ in range(300):
                member.write(b" " * (1 << 20))
    failure = fail(path)
    assert failure.reason == "bomb"
    assert "unpack" in failure.detail
