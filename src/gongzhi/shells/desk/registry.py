"""What stands in the desk's navigation: each capability registers its queues and lists."""

from gongzhi.ui.registry import Entry, Registry

entries: Registry[Entry] = Registry()
