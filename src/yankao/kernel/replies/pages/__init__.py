"""The room's pages and their addresses."""

from django.urls import path

from yankao.kernel.replies.pages import lists, phrases, reply, templates, writing

app_name = "kernel_replies"

_DRAFT = "replies/write/<str:kind>/<int:subject_id>/<str:agency>/"

urlpatterns = [
    path("replies/", lists.home, name="home"),
    path("replies/bulk/", lists.bulk, name="bulk"),
    path(_DRAFT, writing.write, name="write"),
    path(f"{_DRAFT}presence/", writing.presence, name="presence"),
    path("replies/<int:reply_id>/", reply.reply, name="reply"),
    path("replies/<int:reply_id>/letter.pdf", reply.letter_pdf, name="letter_pdf"),
    path("replies/<int:reply_id>/letter.odt", reply.letter_odt, name="letter_odt"),
    path("replies/<int:reply_id>/approve/", reply.approve, name="approve"),
    path("replies/<int:reply_id>/return/", reply.send_back, name="return"),
    path("replies/<int:reply_id>/withdraw/", reply.withdraw, name="withdraw"),
    path("replies/<int:reply_id>/discard/", reply.discard, name="discard"),
    path("replies/<int:reply_id>/stop/", reply.stop, name="stop"),
    path("replies/<int:reply_id>/send/", reply.hurry, name="send"),
    path("replies/<int:reply_id>/posted/", reply.posted, name="posted"),
    path("replies/templates/", templates.templates, name="templates"),
    path("replies/templates/new/", templates.new, name="new_template"),
    path("replies/templates/<int:reply_template_id>/", templates.template, name="template"),
    path(
        "replies/templates/<int:reply_template_id>/change/",
        templates.change,
        name="change_template",
    ),
    path(
        "replies/templates/<int:reply_template_id>/retire/",
        templates.retire,
        name="retire_template",
    ),
    path("replies/phrases/", phrases.phrases, name="phrases"),
    path("replies/phrases/<int:phrase_id>/change/", phrases.change, name="change_phrase"),
    path("replies/phrases/<int:phrase_id>/delete/", phrases.delete, name="delete_phrase"),
]
