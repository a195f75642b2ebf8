from django.apps import AppConfig


class FieldConfig(AppConfig):
    name = "gongzhi.shells.field"
