"""Docs that cannot lie."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from tools import house_docs
from yankao.base import registry

ROOT = Path(__file__).resolve().parents[2]
GLOSSARY = ROOT / "docs" / "glossary.md"


def test_error_codes_are_documented() -> None:
    assert house_docs.ERRORS.read_text(encoding="utf-8") == house_docs.errors_page(), (
        "run: python -m tools.house_docs"
    )
    assert len(house_docs.refusal_codes()) > 20


def test_workflow_diagrams_are_current() -> None:
    pages = house_docs.readmes()
    assert pages
    for path, text in pages.items():
        assert path.read_text(encoding="utf-8") == text, "run: python -m tools.house_docs"


def glossary_rows() -> list[list[str]]:
    rows = re.findall(r"^\|(.+)\|$", GLOSSARY.read_text(encoding="utf-8"), flags=re.M)
    cells = [[cell.strip() for cell in row.split("|")] for row in rows]
    return [row for row in cells if row[0] not in {"中文", "---"} and set(row[0]) != {"-"}]


def test_glossary_terms_stand_in_the_code() -> None:
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for path in [*(ROOT / "src").rglob("*.py"), *(ROOT / "citypacks").rglob("*.*")]
        if path.suffix in {".py", ".csv", ".toml"} and "tests" not in path.parts
    )
    missing = [
        (row[0], word)
        for row in glossary_rows()
        for word in re.findall(r"`([^`]+)`", row[1])
        if word.rsplit(".", 1)[-1] not in source
    ]
    assert not missing
    assert len(glossary_rows()) > 40


def test_every_room_and_system_says_what_it_is() -> None:
    for system in registry.systems():
        if system.department:
            assert (
                ROOT / "src/yankao/departments" / system.name.replace(".", "/") / "README.md"
            ).is_file()


def test_adr_numbers_cited_exist() -> None:
    cited = {
        number
        for path in (ROOT / "src").rglob("*.py")
        for number in re.findall(r"ADR (\d{4})", path.read_text(encoding="utf-8"))
    }
    there = {path.name[:4] for path in (ROOT / "docs" / "adr").glob("*.md")}
    assert cited
    assert cited <= there


@pytest.mark.parametrize(
    "name",
    ["README.md", "README.en.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", "publiccode.yml"],
)
def test_front_papers_are_there(name: str) -> None:
    assert (ROOT / name).stat().st_size > 200


def test_local_links_in_docs_lead_somewhere() -> None:
    dead = []
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(
            r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8")
        ):
            if not (page.parent / target).exists():
                dead.append(f"{page.relative_to(ROOT)}: {target}")
    assert not dead


def test_jobs_declared_are_registered() -> None:
    from procrastinate.contrib.django import app

    declared = {job for system in registry.systems() for job in system.jobs}
    subscribed = {job for system in registry.systems() for job in system.subscriptions.values()}
    assert declared | subscribed <= set(app.tasks)
    ours = {name for name in app.tasks if name.startswith(("kernel.", "service."))}
    assert ours <= declared | subscribed


def test_subscriptions_name_events_that_exist() -> None:
    events = {event for system in registry.systems() for event in system.events}
    for system in registry.systems():
        assert set(system.subscriptions) <= events


def test_city_is_data() -> None:
    assert settings.CITY["name"]
    for path in (ROOT / "src" / "yankao" / "kernel").rglob("*.py"):
        if "tests" not in path.parts:
            assert "高雄" not in path.read_text(encoding="utf-8"), path
