from pathlib import Path

from metier.models.memory import memory_gib


def test_what_the_system_says(tmp_path: Path) -> None:
    source = tmp_path / "meminfo"
    source.write_text(
        "MemTotal:       8388608 kB\nMemFree: 1 kB\nMemAvailable:   2097152 kB\n", encoding="ascii"
    )
    assert memory_gib("MemTotal", source) == 8.0
    assert memory_gib("MemAvailable", source) == 2.0


def test_nothing_is_known_where_it_says_nothing(tmp_path: Path) -> None:
    source = tmp_path / "meminfo"
    assert memory_gib("MemTotal", source) is None
    source.write_text("MemTotal: much\n", encoding="ascii")
    assert memory_gib("MemTotal", source) is None
    assert memory_gib("MemAvailable", source) is None
