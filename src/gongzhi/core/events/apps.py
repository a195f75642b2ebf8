from importlib import import_module

from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "gongzhi.core.events"

    def ready(self) -> None:
        """Make known what `reconcile` compares of events."""
        import_module("gongzhi.core.events.reconcile")
