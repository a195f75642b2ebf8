"""Gongzhi (共治): an open platform with which a county governs itself together with its residents."""

__version__ = "0.1.0"
