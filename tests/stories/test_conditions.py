"""Rows of a table by their values: found among many that read the same, told whole, explained, never beyond rights."""

from tests.stories.conftest import Cli

YAML = """
version: 1
users: [{id: anna, groups: [all, board]}, {id: ben, groups: [all]}]
groups: [{match: "**", allow: [all]}, {match: "board/**", allow: [board]}]
sources: [{folder: ../letters}]
"""
HEADER = "Number,Partner,Start,End,Value EUR"


def write_registers(cli: Cli) -> None:
    rows = [
        f"K-{n:03},Nordwind {n} GmbH,2021-03-01,2029-0{1 + n % 9}-28,{20_000 + 100 * n}" for n in range(120)
    ]
    rows[17] = "K-017,Südwind GmbH,2021-03-01,2026-05-31,30000"
    rows[93] = "K-093,Westwind GmbH,2021-03-01,2026-11-30,40000"
    rows[61] = "K-061,Ostwind GmbH,2021-03-01,2029-11-30,250000"
    (cli.docs / "contract-register.csv").write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    (cli.docs / "board").mkdir()
    secret = f"{HEADER}\nK-900,Walrus SE,2021-03-01,2026-01-31,900000\n"
    (cli.docs / "board" / "contract-register.csv").write_text(secret, encoding="utf-8")


def test_rows_are_found_by_their_values_and_told_whole(cli: Cli) -> None:
    write_registers(cli)
    cli.settings(YAML)
    cli.run("ingest", "--json")
    ending = cli.ask("Which contracts end in 2026?", "--as", "ben", "--explain")
    assert ending["outcome"] == "answered"
    partners = [item["text"].split("; ")[1] for item in ending["statements"]]
    assert partners == ["Partner: Südwind GmbH", "Partner: Westwind GmbH"]
    assert all("2026" in item["citations"][0]["quote"] for item in ending["statements"])
    assert any("2 rows of the tables" in note for note in ending["notes"])
    assert any("structured" in row["ranks"] for row in ending["explain"]["pool"])
    assert "Walrus" not in str(ending)
    dear = cli.ask("Which contracts are above 200,000 EUR?", "--as", "ben")
    assert [item["text"].split("; ")[1] for item in dear["statements"]] == ["Partner: Ostwind GmbH"]
    board = cli.ask("Which contracts are above 200,000 EUR?", "--as", "anna", "--in", "board")
    assert [item["text"].split("; ")[1] for item in board["statements"]] == ["Partner: Walrus SE"]
