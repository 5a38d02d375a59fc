"""The HTML face of citizens' accounts."""

from django.urls import path

from yankao.departments.service.citizens.pages import account, bulletins, cases, notices, sign_in

app_name = "service_citizens"

urlpatterns = [
    path("my/", cases.own, name="cases"),
    path("my/add/", cases.add, name="add"),
    path("my/cases/<str:number>/", cases.show, name="case"),
    path("my/cases/<str:number>/remove/", cases.remove, name="remove"),
    path("my/sign-in/", sign_in.ask, name="sign_in"),
    path("my/sign-in/code/", sign_in.code, name="code"),
    path("my/sign-in/passkey/", sign_in.passkey, name="passkey"),
    path("my/sign-out/", sign_in.leave, name="sign_out"),
    path("my/sign-out/everywhere/", sign_in.leave_everywhere, name="sign_out_everywhere"),
    path("my/notices/", notices.choose, name="notices"),
    path("my/notices/stop/", notices.stop, name="stop_notices"),
    path("my/notices/renew/", notices.renew, name="renew_notices"),
    path("my/notices/watch/", notices.watch, name="watch"),
    path("my/notices/unwatch/<str:number>/", notices.unwatch, name="unwatch"),
    path("news/", bulletins.news, name="news"),
    path("bulletins/", bulletins.listing, name="bulletins"),
    path("bulletins/new/", bulletins.write, name="write_bulletin"),
    path("bulletins/<int:bulletin_id>/", bulletins.show, name="bulletin"),
    path("bulletins/<int:bulletin_id>/<str:move>/", bulletins.make, name="move_bulletin"),
    path("my/account/", account.show, name="account"),
    path("my/account/data.json", account.copy, name="copy"),
    path("my/account/passkeys/new/", account.add_passkey, name="add_passkey"),
    path("my/account/passkeys/<int:passkey_id>/remove/", account.remove_passkey,
         name="remove_passkey"),
    path("my/account/delete/", account.delete, name="delete"),
]  # fmt: skip
