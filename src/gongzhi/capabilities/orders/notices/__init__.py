"""Telling people outside the pages: what is told to whom by which channel, when, and what became of it.

What is told is data (`definitions.py`, kinds `notice` and `notice_hours`). A step of the flow defers a job that makes a
`Delivery` for each notice; another sends it by the installation's adapter, once the quiet hours and the window in
which notices are gathered are over. No job, log or event names a telephone or what was said, and sealed orders have no
delivery at all.
"""

from gongzhi.capabilities.orders.notices.adapters import Adapter, Configured, FileAdapter, adapter
from gongzhi.capabilities.orders.notices.rules import Outcome, Outgoing

__all__ = ["Adapter", "Configured", "FileAdapter", "Outcome", "Outgoing", "adapter"]
