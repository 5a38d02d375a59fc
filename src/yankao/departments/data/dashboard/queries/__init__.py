"""Every read of the dashboard. What an actor may not see does not exist for it."""

from yankao.departments.data.dashboard.queries.numbers import (
    AGENCY,
    Breakdown,
    Course,
    breakdown,
    courses,
    districts,
    figure_address,
)
from yankao.departments.data.dashboard.queries.topics import (
    Group,
    ShownTopic,
    TopicUnknown,
    groups,
    not_visible,
    shown,
    topic_shown,
)

__all__ = [
    "AGENCY",
    "Breakdown",
    "Course",
    "Group",
    "ShownTopic",
    "TopicUnknown",
    "breakdown",
    "courses",
    "districts",
    "figure_address",
    "groups",
    "not_visible",
    "shown",
    "topic_shown",
]
