from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "yankao.kernel.people"
    label = "kernel_people"
    default_auto_field = "django.db.models.BigAutoField"
