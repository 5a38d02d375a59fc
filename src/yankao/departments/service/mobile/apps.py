from django.apps import AppConfig


class MobileConfig(AppConfig):
    name = "yankao.departments.service.mobile"
    label = "service_mobile"
    default_auto_field = "django.db.models.BigAutoField"
