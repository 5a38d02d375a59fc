"""Every write of the dashboard."""

from yankao.departments.data.dashboard.services.pack import load_classes, load_topics

__all__ = ["load_classes", "load_topics"]
