"""Writes the docs that must not lie: error codes and the workflows' diagrams.

``python -m tools.house_docs`` writes them; a test compares them with the code.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "yankao"
ERRORS = ROOT / "docs" / "errors.md"
BEGIN, END = "<!-- workflow: generated -->", "<!-- end -->"


def refusal_codes() -> dict[str, str]:
    """Every code given to a refusal in the source, with the class that is raised."""
    codes: dict[str, str] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        if "tests" in path.parts:
            continue
        for name, code in _calls(ast.parse(path.read_text(encoding="utf-8"))):
            codes[code] = name
    return dict(sorted(codes.items()))


def _calls(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and len(node.args) >= 2):
            continue
        first, name = node.args[0], getattr(node.func, "id", getattr(node.func, "attr", ""))
        if (
            name[:1].isupper()
            and isinstance(first, ast.Constant)
            and isinstance(first.value, str)
            and _is_code(first.value)
        ):
            yield name, first.value


def _is_code(text: str) -> bool:
    parts = text.split(".")
    return len(parts) == 2 and all(part.isidentifier() and part.islower() for part in parts)


def errors_page() -> str:
    """docs/errors.md."""
    lines = [
        "# Error codes 錯誤代碼",
        "",
        "The `code` of problem+json and of refusal pages. Stable: clients may rely on them.",
        "",
        "| code | refusal |",
        "| --- | --- |",
        *(f"| `{code}` | {name} |" for code, name in refusal_codes().items()),
        "",
    ]
    return "\n".join(lines)


def with_diagram(readme: str, lines: list[str]) -> str:
    """A README with its workflow's diagram between the markers."""
    head, _, rest = readme.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n```mermaid\n" + "\n".join(lines) + f"\n```\n{END}{tail}"


def readmes() -> dict[Path, str]:
    """README of each system with a workflow → what it should say."""
    from yankao.base import registry
    from yankao.base.workflows import mermaid

    pages = {}
    for system in registry.systems():
        if system.workflow is not None:
            path = SOURCE / "departments" / Path(*system.name.split(".")) / "README.md"
            text = path.read_text(encoding="utf-8")
            pages[path] = with_diagram(text, list(mermaid(system.workflow)))
    return pages


def main() -> None:
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yankao.site.settings")
    django.setup()
    for path, text in {ERRORS: errors_page(), **readmes()}.items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
