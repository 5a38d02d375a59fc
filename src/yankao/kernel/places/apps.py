from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "yankao.kernel.places"
    label = "kernel_places"
    default_auto_field = "django.db.models.BigAutoField"
