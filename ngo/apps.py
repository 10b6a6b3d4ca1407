from django.apps import AppConfig


class NgoConfig(AppConfig):
    name = "ngo"
    verbose_name = "Posada"
