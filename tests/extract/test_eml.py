from tests.extract.conftest import blocks, write

MAIL = b"""From: Jana Novak <jana@acme.example>
To: team@acme.example
Date: Mon, 3 Mar 2025 09:15:00 +0100
Subject: =?utf-8?q?K=C3=BCndigung?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="x"

--x
Content-Type: text/plain; charset=utf-8

The notice period is three months.

Regards
--x
Content-Type: application/pdf
Content-Disposition: attachment; filename="contract.pdf"
Content-Transfer-Encoding: base64

JVBERi0=
--x--
"""


def test_mail_headers_body_and_attachments(tmp_path, read):
    document = read(write(tmp_path, "a.eml", MAIL))
    assert document.title == "Kündigung"
    assert document.version_date == "2025-03-03"
    assert "From: Jana Novak <jana@acme.example>" in document.text
    assert "The notice period is three months." in blocks(document)
    assert "Attachments: contract.pdf" in document.text
    assert document.warnings == ()  # the attachment is a document of its own
    renamed = read(write(tmp_path, "a.mail", MAIL))
    assert renamed.warnings == ("attachment contract.pdf is not read; save it beside the message",)


def test_html_mail_and_encrypted_mail(tmp_path, read, fail):
    page = (
        b"Subject: Hi\nFrom: a@b.example\nContent-Type: text/html\n\n<p>Dear <b>all</b></p><script>x</script>"
    )
    assert blocks(read(write(tmp_path, "a.eml", page)))[-1] == "Dear all"
    locked = b"Subject: Hi\nFrom: a@b.example\nContent-Type: multipart/encrypted; boundary=x\n\n--x--"
    assert fail(write(tmp_path, "b.eml", locked)).reason == "encrypted"
