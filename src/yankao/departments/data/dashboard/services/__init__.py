"""Every write of the dashboard."""

from yankao.departments.data.dashboard.services.pack import load_classes, load_topics
from yankao.departments.data.dashboard.services.writing import (
    FIGURES_AT_MOST,
    LONGEST_NOTE,
    LONGEST_TITLE,
    Content,
    ContentMoved,
    ContentWrong,
    approve,
    checked_content,
    propose,
    return_text,
    save_draft,
    withdraw,
    write_topic,
)

__all__ = [
    "FIGURES_AT_MOST",
    "LONGEST_NOTE",
    "LONGEST_TITLE",
    "Content",
    "ContentMoved",
    "ContentWrong",
    "approve",
    "checked_content",
    "load_classes",
    "load_topics",
    "propose",
    "return_text",
    "save_draft",
    "withdraw",
    "write_topic",
]
