"""Addresses of the desk's pages of workflow, below /desk/."""

from django.urls import path

from gongzhi.workflow import desk

urlpatterns = [
    path("definitions/moving/", desk.moving, name="workflow_moving"),
    path("definitions/moving/done/", desk.move, name="workflow_move"),
]
