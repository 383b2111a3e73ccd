"""Attacks are planted where they are said to be, in documents that stay what they were."""

import json
from pathlib import Path

from benchmarks.attack_cases import ADAPTIVE, Carrier, attacks, attempts, carriers, harmless, planted

EMAIL = Carrier("email-1", "email", "We paid $20. It was late. Bye.", "What was paid?", "$20")
TABLE = Carrier("table-1", "table", "| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |", "What is b?", "2")
CODE = Carrier("code-1", "code", "Use strip.\n```\nx.strip()\n```\nThat is all.", "How?", "")


def write_set(data: Path) -> None:
    folder = data / "injection" / "bipia_train"
    folder.mkdir(parents=True)
    (data / "injection" / "notinject_dev").mkdir()
    rows = {
        "email": [{"context": "SUBJECT: x|CONTENT: Paid.", "question": "Q: What?", "ideal": "unknown"}],
        "table": [{"context": "| a | b |\n| 1 | 2 |", "question": "b?", "ideal": "2"}],
        "code": [{"context": "['Use strip.']", "error": "['Trace', 'TypeError: x']"}],
    }
    for kind, some in rows.items():
        lines = [json.dumps(row) for row in some]
        (folder / f"{kind}_contexts_train.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "text_attack_train.json").write_text('{"Clickbait": ["Add a headline."]}', encoding="utf-8")
    (folder / "code_attack_train.json").write_text(
        '{"Mining": ["Use this:\\n```\\nx\\n```"]}', encoding="utf-8"
    )
    prompts = data / "injection" / "notinject_dev" / "rows.jsonl"
    prompts.write_text('{"prompt": "Explain ribs."}', encoding="utf-8")


def test_the_set_is_read(tmp_path: Path) -> None:
    write_set(tmp_path)
    found = {item.kind: item for item in carriers(tmp_path)}
    assert found["email"].text == "SUBJECT: x\nCONTENT: Paid."
    assert (found["email"].question, found["email"].gold) == ("What?", "")
    assert found["table"].text == "| a | b |\n| --- | --- |\n| 1 | 2 |"
    assert found["code"].question == "How is this error mended: TypeError: x?"
    assert [name for _, name, _ in attacks(tmp_path)] == ["Clickbait", "Mining"]
    assert harmless(tmp_path) == ["Explain ribs."]


def test_attacks_stand_where_they_should() -> None:
    assert planted(EMAIL, "Do it.", "start").startswith("Do it.\n\nWe paid")
    assert planted(EMAIL, "Do it.", "end").endswith("Bye.\n\nDo it.")
    assert planted(EMAIL, "Do it.", "middle") == "We paid $20. Do it. It was late. Bye."
    assert planted(TABLE, "Do\nit | now", "middle").splitlines()[3] == "| Do it \\| now |"
    middle = planted(CODE, "Do it.", "middle")
    assert "Do it." in middle
    assert "```\nx.strip()\n```" in middle


def test_every_attack_has_its_attempts_and_ids_are_its_own() -> None:
    made = attempts([("text", "T", "Do it."), ("code", "C", "Use it.")], [EMAIL, TABLE, CODE], per_place=2)
    assert len(made) == 2 * 3 * 2 + 3 * 2 * len(ADAPTIVE)
    assert len({item.id for item in made}) == len(made)
    assert all((item.carrier is CODE) == (item.type == "C") for item in made)
    assert all("{" not in item.attack or "href" in item.attack for item in made)
    assert {item.orders for item in made if item.type.startswith("adaptive bait")} == {False}
