"""Addresses of the orders: the field app's door; the portal's and the desk's pages stand beside."""

from django.urls import path

from gongzhi.capabilities.orders.field import api

urlpatterns = [path("field/api/", api.urls)]
