from django.apps import AppConfig


class HotlineConfig(AppConfig):
    name = "gongzhi.interop.hotline"
