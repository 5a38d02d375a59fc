from django.apps import AppConfig


class BotConfig(AppConfig):
    name = "yankao.departments.service.bot"
    label = "service_bot"
    default_auto_field = "django.db.models.BigAutoField"
