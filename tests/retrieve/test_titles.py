from metier.retrieve.titles import Titles
from metier.types import Access, Entry, State

ALL = Access("me", frozenset({"all"}))


def entry(uri: str, title: str = "") -> Entry:
    return Entry(uri, uri, "", "", State.LIVE, title=title)


def titles(*entries: Entry) -> Titles:
    live = {one.id: one for one in entries}
    return Titles(lambda: live, lambda uri: ("board",) if uri.startswith("board/") else ("all",))


def test_titles_and_file_names_count_whatever_the_case_and_the_order() -> None:
    known = titles(entry("sds/emulgin.pdf"), entry("m/1.pdf", "Operating manual: ONDARA 60"))
    assert known.is_called("Emulgin", ALL)
    assert known.is_called("Ondara 60", ALL)
    assert not known.is_called("Ondara 25", ALL)
    assert not known.is_called("sds", ALL)  # a folder is no title
    assert not known.is_called("...", ALL)


def test_titles_of_what_the_asker_may_not_see_tell_nothing() -> None:
    known = titles(entry("board/nordwind.docx", "Takeover of Nordwind"))
    assert not known.is_called("Nordwind", ALL)
    assert known.is_called("Nordwind", Access("chief", frozenset({"board"})))


def test_titles_of_what_is_not_searched_tell_nothing() -> None:
    known = titles(entry("sds/emulgin.pdf"))
    assert not known.is_called("Emulgin", Access("me", frozenset({"all"}), frozenset({"other"})))


def test_a_name_in_every_title_is_the_houses_own() -> None:
    known = titles(*(entry(f"{number}.txt", f"Aldersund rules {number}") for number in range(30)))
    assert not known.is_called("Aldersund", ALL)
    assert known.is_called("Aldersund rules 7", ALL)


def test_what_is_called_so_is_looked_up_anew_when_documents_change() -> None:
    live = {"a.txt": entry("a.txt", "Emulgin")}
    known = Titles(lambda: live, lambda uri: ("all",))
    assert not known.is_called("Descalit", ALL)
    live = live | {"b.txt": entry("b.txt", "Descalit")}
    assert known.is_called("Descalit", ALL)
