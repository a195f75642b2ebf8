"""Addresses of the residents' frame."""

from django.urls import path, register_converter

from gongzhi.shells.portal import views
from gongzhi.shells.portal.places import PlaceConverter

register_converter(PlaceConverter, "place")

urlpatterns = [
    path("", views.home, name="portal_home"),
    path("v/<place:code>/", views.village, name="portal_village"),
    path("robots.txt", views.robots, name="portal_robots"),
    path("enter/", views.enter, name="portal_enter"),
    path("offline/", views.offline, name="portal_offline"),
]
