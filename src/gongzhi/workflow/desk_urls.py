"""Addresses of the desk's pages of workflow, below /desk/."""

from django.urls import path

from gongzhi.workflow import desk, feed

urlpatterns = [
    path("calendar/", feed.own, name="workflow_calendar"),
    path("calendar/<str:token>.ics", feed.feed, name="workflow_feed"),
    path("definitions/moving/", desk.moving, name="workflow_moving"),
    path("definitions/moving/done/", desk.move, name="workflow_move"),
]
