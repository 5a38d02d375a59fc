"""Foreign keys obey the floors: they point within their own app or downward."""

import re
from pathlib import Path

from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("base", "kernel", "departments")


def kernel_rooms() -> list[str]:
    """Rooms from top to bottom, as the import contract draws them; "|" shares a floor."""
    text = (ROOT / ".importlinter").read_text(encoding="utf-8")
    block = text.split("[importlinter:contract:kernel]")[1].split("containers")[0]
    rows = re.findall(r"^    (\(.*)$", block, flags=re.M)
    return [re.findall(r"\((\w+)\)", row) for row in rows][::-1]


def height(label: str) -> tuple[int, int]:
    """How high an app stands: departments over kernel over everything else."""
    if not label.startswith("kernel_"):
        ours = apps.get_app_config(label).name.startswith("yankao.departments.")
        return (2, 0) if ours else (0, 0)
    room = label.removeprefix("kernel_")
    return 1, next(level for level, rooms in enumerate(kernel_rooms()) if room in rooms)


def test_foreign_keys_point_down() -> None:
    upward = []
    ours = [m for m in apps.get_models() if m.__module__.startswith("yankao.")]
    assert len(ours) > 20
    for model in ours:
        source = model._meta.app_label
        for field in model._meta.get_fields():
            if not (field.concrete and field.is_relation and field.related_model):
                continue
            target = field.related_model._meta.app_label
            if source != target and height(target) >= height(source):
                upward.append(f"{model.__name__}.{field.name} → {target}")
    assert not upward


def test_labels_say_floor_and_room() -> None:
    for config in apps.get_app_configs():
        if config.name.startswith("yankao.kernel."):
            assert config.label == "kernel_" + config.name.rsplit(".", 1)[1]
        elif config.name.startswith("yankao.departments."):
            assert config.label == "_".join(config.name.split(".")[2:])


def test_labels_have_a_height() -> None:
    """The walk above compares something: our rooms stand on different floors."""
    assert height("service_dispatch") > height("kernel_obligations") > height("kernel_places")
