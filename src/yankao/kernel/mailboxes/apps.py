from django.apps import AppConfig


class MailboxesConfig(AppConfig):
    name = "yankao.kernel.mailboxes"
    label = "kernel_mailboxes"
    default_auto_field = "django.db.models.BigAutoField"
