"""What is inside archives and mails is found, cited, and kept from those who may not see its container."""

import zipfile
from email.message import EmailMessage

from tests.stories.conftest import Cli, said


def mail(attachment: str) -> bytes:
    out = EmailMessage()
    out["From"], out["To"], out["Subject"] = "a@x.org", "b@x.org", "Parking"
    out.set_content("The rules are attached.")
    out.add_attachment(attachment.encode(), maintype="text", subtype="plain", filename="rules.txt")
    return out.as_bytes()


def test_members_are_documents_of_their_own_and_follow_their_container(cli: Cli) -> None:
    with zipfile.ZipFile(cli.docs / "old.zip", "w") as archive:
        archive.writestr("inner/mail.eml", mail("Visitors park their bicycles in the yellow shed."))
        archive.writestr("../escape.txt", "climbs")
    report = cli.run("ingest", "--json").json
    uris = {failure["uri"]: failure["reason"] for failure in report["failures"]}
    assert uris == {"old.zip//../escape.txt": "unsafe_name"}
    answer = cli.ask("Where do visitors park their bicycles?")
    assert "yellow shed" in said(answer)
    cited = answer["statements"][0]["citations"][0]
    assert cited["uri"] == "old.zip//inner/mail.eml//rules.txt"
    assert cli.run("ingest", "--json").json["unchanged"] >= 4
    (cli.docs / "old.zip").unlink()
    assert cli.run("ingest", "--json").json["removed"] == 4  # with the one that was not read
