"""What the field app offers beside today's tasks: each capability registers its ways in."""

from gongzhi.ui.registry import Entry, Registry

entries: Registry[Entry] = Registry()
