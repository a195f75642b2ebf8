from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "gongzhi.shells.portal"

    def ready(self) -> None:
        """Register what the shell itself shows on a village's page."""
        from gongzhi.shells.portal.village import register  # noqa: PLC0415 - models load first

        register()
