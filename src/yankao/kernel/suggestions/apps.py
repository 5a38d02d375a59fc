from django.apps import AppConfig


class SuggestionsConfig(AppConfig):
    name = "yankao.kernel.suggestions"
    label = "kernel_suggestions"
    default_auto_field = "django.db.models.BigAutoField"
