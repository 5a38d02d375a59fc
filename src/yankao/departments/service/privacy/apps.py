from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "yankao.departments.service.privacy"
    label = "service_privacy"
    default_auto_field = "django.db.models.BigAutoField"
