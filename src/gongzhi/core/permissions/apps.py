from django.apps import AppConfig


class PermissionsConfig(AppConfig):
    name = "gongzhi.core.permissions"
