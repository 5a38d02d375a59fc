"""The room's pages and their addresses."""

from django.urls import path

from yankao.kernel.people.pages import directory, factors, me, views

app_name = "kernel_people"

urlpatterns = [
    path("people/", directory.people, name="people"),
    path("people.<sheet:format>", directory.export, name="export"),
    path("people/new/", directory.new_person, name="new_person"),
    path("people/<int:person_id>/", directory.person, name="person"),
    path("people/<int:person_id>/change/", directory.change_person, name="change_person"),
    path("people/<int:person_id>/deactivate/", directory.deactivate_person, name="deactivate"),
    path("people/<int:person_id>/reactivate/", directory.reactivate_person, name="reactivate"),
    path("people/<int:person_id>/unlock/", directory.unlock_account, name="unlock"),
    path("people/<int:person_id>/sign-out/", directory.end_sessions, name="end_sessions"),
    path("people/<int:person_id>/password/", directory.reset_password, name="reset_password"),
    path("people/<int:person_id>/factors/reset/", directory.reset_factors, name="reset_factors"),
    path("people/<int:person_id>/roles/new/", directory.new_role, name="new_role"),
    path(
        "people/<int:person_id>/roles/<int:assignment_id>/end/",
        directory.end_role,
        name="end_role",
    ),
    path("people/<int:person_id>/deputies/new/", me.new_deputy, name="new_deputy_of"),
    path("me/", me.me, name="me"),
    path("me/acting/", me.act_for, name="act_for"),
    path("me/sign-out-elsewhere/", me.end_other_sessions, name="end_other_sessions"),
    path("me/views/<str:list_name>/", views.views, name="views"),
    path("me/views/<str:list_name>/save/", views.save, name="save_view"),
    path("me/view/<int:view_id>/change/", views.change, name="change_view"),
    path("me/view/<int:view_id>/delete/", views.delete, name="delete_view"),
    path("me/view/<int:view_id>/restore/", views.restore, name="restore_view"),
    path("me/deputies/new/", me.new_deputy, name="new_deputy"),
    path("me/deputies/<int:deputation_id>/end/", me.end_deputy, name="end_deputy"),
    path("me/sessions/<int:session_id>/end/", me.end_session, name="end_session"),
    path("me/second-factor/", factors.factors, name="factors"),
    path("me/second-factor/app/", factors.set_up_app, name="set_up_app"),
    path("me/second-factor/passkeys/new/", factors.add_passkey, name="add_passkey"),
    path("me/second-factor/<int:factor_id>/name/", factors.rename_passkey, name="rename_passkey"),
    path("me/second-factor/<int:factor_id>/remove/", factors.remove_factor, name="remove_factor"),
    path("me/second-factor/codes/", factors.recovery_codes, name="recovery_codes"),
    path("me/second-factor/codes/new/", factors.make_recovery_codes, name="make_recovery_codes"),
]
