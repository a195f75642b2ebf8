from importlib import import_module

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "gongzhi.capabilities.orders"

    def ready(self) -> None:
        """Make known this capability's kinds of definition, its ways in, what is compared and what forgotten."""
        import_module("gongzhi.capabilities.orders.definitions")
        import_module("gongzhi.capabilities.orders.calling")
        import_module("gongzhi.capabilities.orders.notices.definitions")
        import_module("gongzhi.capabilities.orders.ringing.definitions")
        import_module("gongzhi.capabilities.orders.retention")
        import_module("gongzhi.capabilities.orders.reconcile")
        import_module("gongzhi.capabilities.orders.commands.erasing").register()
        import_module("gongzhi.capabilities.orders.commands.notifying").register()
        import_module("gongzhi.capabilities.orders.commands.wechat").register()
        import_module("gongzhi.capabilities.orders.holdings").register()
        import_module("gongzhi.capabilities.orders.exporting").register()
        import_module("gongzhi.capabilities.orders.portal").register()
        import_module("gongzhi.capabilities.orders.desk").register()
        import_module("gongzhi.capabilities.orders.effort").register()
