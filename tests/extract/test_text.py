import pytest

from metier.extract.text import decode
from tests.extract.conftest import blocks, write


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_text_in_the_encodings_of_offices(encoding, tmp_path, read):
    path = write(
        tmp_path, "a.txt", "Kündigungsfrist: drei Monate – schriftlich.\n\nGrüße aus Köln".encode(encoding)
    )
    assert blocks(read(path)) == ["Kündigungsfrist: drei Monate – schriftlich.", "Grüße aus Köln"]


LEGACY = {
    "cp1250": "Okres wypowiedzenia wynosi trzy miesiące. Pracownik może złożyć wniosek o urlop. Zażółć gęślą jaźń.",
    "cp1251": "Срок уведомления составляет три месяца. Работник может подать заявление об отпуске.",
    "cp1253": "Η προθεσμία προειδοποίησης είναι τρεις μήνες. Ο εργαζόμενος μπορεί να ζητήσει άδεια.",
    "shift_jis": "解約の通知期間は三か月です。従業員は休暇を申請することができます。",
    "gb18030": "解除合同的通知期为三个月。员工可以申请休假。请提前通知主管。",
    "big5": "解除合約的通知期為三個月。員工可以申請休假。請提前通知主管。",
    "euc_kr": "해지 통지 기간은 3개월입니다. 직원은 휴가를 신청할 수 있습니다.",
    "mac_roman": "Die Kündigungsfrist beträgt drei Monate zum Quartalsende. Überstunden werden größtenteils vergütet.",
    "iso8859-15": "Die Kündigungsfrist beträgt drei Monate. Das kostet 5 € für Müller.",
}


@pytest.mark.parametrize("encoding", LEGACY)
def test_text_in_legacy_encodings(encoding):
    assert decode(LEGACY[encoding].encode(encoding)) == LEGACY[encoding]


@pytest.mark.parametrize(
    "text",
    [
        "Kündigung für Müller",
        "Le congé est accordé à l’employé après une période d’essai.",
        "The employee’s notice period – three months – is “final”.",
        "¿Cuándo empieza el año? El señor Muñoz pagará.",
        "Ça ira",
        "",
    ],
)
def test_western_text_is_never_taken_for_anything_else(text):
    assert decode(text.encode("cp1252")) == text
    assert decode((text * 20).encode("cp1252")) == text * 20
