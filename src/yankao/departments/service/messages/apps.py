from django.apps import AppConfig


class MessagesConfig(AppConfig):
    name = "yankao.departments.service.messages"
    label = "service_messages"
    default_auto_field = "django.db.models.BigAutoField"
