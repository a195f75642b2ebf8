from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "gongzhi.capabilities.orders"
