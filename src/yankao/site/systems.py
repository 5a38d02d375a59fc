"""The list of rooms and systems. A new system is a folder and one line here."""

KERNEL = (
    "yankao.kernel.trail",
    "yankao.kernel.places",
    "yankao.kernel.people",
    "yankao.kernel.doors",
    "yankao.kernel.calendar",
    "yankao.kernel.files",
    "yankao.kernel.search",
    "yankao.kernel.suggestions",
    "yankao.kernel.notices",
    "yankao.kernel.mailboxes",
    "yankao.kernel.obligations",
    "yankao.kernel.published",
    "yankao.kernel.lake",
    "yankao.kernel.figures",
    "yankao.kernel.closing",
    "yankao.kernel.documents",
    "yankao.kernel.forms",
    "yankao.kernel.answers",
    "yankao.kernel.replies",
)

SYSTEMS = (
    "yankao.departments.portal.front",
    "yankao.departments.service.dispatch",
    "yankao.departments.service.messages",
    "yankao.departments.service.satisfaction",
    "yankao.departments.service.petitions",
    "yankao.departments.service.knowledge",
    "yankao.departments.service.privacy",
    "yankao.departments.service.citizens",
    "yankao.departments.service.calls",
    "yankao.departments.service.bot",
    "yankao.departments.service.mobile",
    "yankao.departments.data.dashboard",
)
