from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "yankao.kernel.search"
    label = "kernel_search"
    default_auto_field = "django.db.models.BigAutoField"
