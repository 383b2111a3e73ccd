from tests.extract.conftest import blocks
from tests.extract.office_files import package

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="OEBPS/book.opf"/>'
    "</rootfiles></container>"
)
BOOK = (
    '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>The '
    'Handbook</dc:title></metadata><manifest><item id="n" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
    '<item id="b" href="text/two%20b.xhtml" media-type="application/xhtml+xml"/><item id="a" href="one.xhtml" '
    'media-type="application/xhtml+xml"/><item id="m" href="missing.xhtml" media-type="application/xhtml+xml"/></manifest>'
    '<spine><itemref idref="n"/><itemref idref="a"/><itemref idref="b"/>{more}</spine></package>'
)
CHAPTER = "<html><head><title>x</title></head><body><h1>{0}</h1><p>About {0}.</p></body></html>"


def book(path, more="", **members):
    return package(
        path,
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": CONTAINER,
            "OEBPS/book.opf": BOOK.replace("{more}", more),
            "OEBPS/nav.xhtml": CHAPTER.format("Contents"),
            "OEBPS/one.xhtml": CHAPTER.format("Leave"),
            "OEBPS/text/two b.xhtml": CHAPTER.format("Travel"),
            **members,
        },
    )


def test_chapters_are_pages_in_reading_order(tmp_path, read):
    document = read(book(tmp_path / "a.epub"))
    assert (document.title, document.media_type) == ("The Handbook", "application/epub+zip")
    assert [(page.number, page.label) for page in document.pages] == [(1, "Leave"), (2, "Travel")]
    assert blocks(document) == ["Leave", "About Leave.", "Travel", "About Travel."]
    assert [block.page for block in document.blocks] == [1, 1, 2, 2]


def test_a_missing_chapter_is_named(tmp_path, read):
    document = read(book(tmp_path / "a.epub", '<itemref idref="m"/>'))
    assert document.warnings == ("chapter 3 (OEBPS/missing.xhtml) is missing in the book",)


def test_copy_protection_is_named_scrambled_fonts_are_none(tmp_path, read, fail):
    rule = '<encryption><e:EncryptionMethod xmlns:e="x" Algorithm="{}"/></encryption>'
    fonts = {"META-INF/encryption.xml": rule.format("http://www.idpf.org/2008/embedding")}
    assert "Leave" in read(book(tmp_path / "a.epub", **fonts)).text
    locked = {"META-INF/encryption.xml": rule.format("http://www.w3.org/2001/04/xmlenc#aes128-cbc")}
    assert fail(book(tmp_path / "b.epub", **locked)).reason == "encrypted"


def test_a_package_without_a_book_is_corrupt(tmp_path, fail):
    assert fail(package(tmp_path / "a.epub", {"mimetype": "application/epub+zip"})).reason == "corrupt"
