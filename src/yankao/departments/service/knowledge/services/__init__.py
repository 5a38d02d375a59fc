"""Every write of the knowledge base, by topic; what others call is named here."""

from yankao.departments.service.knowledge.services.common import NoSuchAgency
from yankao.departments.service.knowledge.services.comparing import PairUnknown, compare, keep_apart
from yankao.departments.service.knowledge.services.counting import (
    count_view,
    forget_words,
    judge,
)
from yankao.departments.service.knowledge.services.demo import add_generated_day, mark_generated
from yankao.departments.service.knowledge.services.imports import (
    ImportReport,
    UnreadableFile,
    import_faq,
)
from yankao.departments.service.knowledge.services.pack import load_categories
from yankao.departments.service.knowledge.services.publishing import (
    COMPARE,
    NotMergeable,
    RelatedWrong,
    approve,
    close_remarks,
    confirm,
    hand_over,
    merge,
    relate,
    restore,
    unmerge,
    withdraw,
)
from yankao.departments.service.knowledge.services.traces import record_export
from yankao.departments.service.knowledge.services.writing import (
    Text,
    TextMoved,
    TextWrong,
    discard,
    propose,
    return_text,
    save_draft,
    take_back,
    write_entry,
)

__all__ = [
    "COMPARE",
    "ImportReport",
    "NoSuchAgency",
    "NotMergeable",
    "PairUnknown",
    "RelatedWrong",
    "Text",
    "TextMoved",
    "TextWrong",
    "UnreadableFile",
    "add_generated_day",
    "approve",
    "close_remarks",
    "compare",
    "confirm",
    "count_view",
    "discard",
    "forget_words",
    "hand_over",
    "import_faq",
    "judge",
    "keep_apart",
    "load_categories",
    "mark_generated",
    "merge",
    "propose",
    "record_export",
    "relate",
    "restore",
    "return_text",
    "save_draft",
    "take_back",
    "unmerge",
    "withdraw",
    "write_entry",
]
