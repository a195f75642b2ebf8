"""Addresses of the field app's frame; the app's own pages (#/…) live behind the first."""

from django.urls import path

from gongzhi.shells.field import views

urlpatterns = [path("", views.app, name="field_home")]
