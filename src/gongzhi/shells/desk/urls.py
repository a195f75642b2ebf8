"""Addresses of the desk's frame; capabilities add their own under /desk/."""

from django.urls import path

from gongzhi.shells.desk import views

urlpatterns = [path("", views.home, name="desk_home")]
