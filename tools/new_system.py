"""``make new-system NAME=department/system``: the folder of a system, ready to be filled."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DEPARTMENTS = ROOT / "src" / "yankao" / "departments"

FILES = {
    "__init__.py": "",
    "apps.py": """from django.apps import AppConfig


class {Class}Config(AppConfig):
    name = "yankao.departments.{department}.{system}"
    label = "{department}_{system}"
    default_auto_field = "django.db.models.BigAutoField"
""",
    "system.py": '''"""What the system declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.registry import System

SYSTEM = System(
    name="{department}.{system}",
    title=_("{system}"),
    department="{department}",
)
''',
    "models.py": '''"""Tables and constraints; nothing that saves."""
''',
    "services.py": '''"""Every write: lock, permit, decide, write, trail, announce."""
''',
    "queries.py": '''"""Every read. What an actor may not see does not exist for it."""
''',
    "permissions.py": '''"""One predicate an action."""
''',
    "rules.py": '''"""Pure decisions: arguments in, value out."""
''',
    "README.md": "# {department}.{system}\n\nWhat it is, whose law, where things are.\n",
    "migrations/__init__.py": "",
    "tests/__init__.py": "",
}


def main() -> int:
    match = re.fullmatch(r"([a-z]+)/([a-z_]+)", sys.argv[1] if len(sys.argv) == 2 else "")
    if match is None:
        print("usage: make new-system NAME=department/system (plural noun)")
        return 1
    department, system = match.groups()
    folder = DEPARTMENTS / department / system
    if folder.exists():
        print(f"{folder.relative_to(ROOT)} is there already")
        return 1
    names = {
        "department": department,
        "system": system,
        "Class": system.title().replace("_", ""),
    }
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(**names), encoding="utf-8")
    (DEPARTMENTS / department / "__init__.py").touch()
    print(f'made {folder.relative_to(ROOT)}; add "yankao.departments.{department}.{system}" '
          "to SYSTEMS in src/yankao/site/systems.py")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
