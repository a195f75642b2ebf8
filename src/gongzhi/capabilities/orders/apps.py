from importlib import import_module

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "gongzhi.capabilities.orders"

    def ready(self) -> None:
        """Make this capability's kinds of definition known, its ways in, and what `reconcile` compares."""
        import_module("gongzhi.capabilities.orders.definitions")
        import_module("gongzhi.capabilities.orders.reconcile")
        import_module("gongzhi.capabilities.orders.portal").register()
        import_module("gongzhi.capabilities.orders.desk").register()
