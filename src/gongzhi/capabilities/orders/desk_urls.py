"""Addresses of the desk's pages of orders, below /desk/."""

from django.urls import path

from gongzhi.capabilities.orders.desk import bulk, export, learning, likeness, looking, many, order, queue, views
from gongzhi.capabilities.orders.desk import (
    bulk,
    export,
    learning,
    looking,
    many,
    order,
    queue,
    replies,
    views,
)

urlpatterns = [
    path("", queue.queue, name="orders_desk"),
    path("changes/", queue.changes, name="orders_desk_changes"),
    path("places/", queue.places, name="orders_desk_places"),
    path("views/", views.views, name="orders_desk_views"),
    path("views/tabs/", views.tabs, name="orders_desk_view_tabs"),
    path("views/<uuid:view_id>/rename/", views.rename, name="orders_desk_view_rename"),
    path("views/<uuid:view_id>/move/", views.move, name="orders_desk_view_move"),
    path("views/<uuid:view_id>/remove/", views.remove, name="orders_desk_view_remove"),
    path("export.xlsx", export.export, name="orders_desk_export"),
    path("by-phone/", looking.by_phone, name="orders_desk_by_phone"),
    path("dispatch/", bulk.propose_many, name="orders_desk_propose_many"),
    path("dispatch/done/", bulk.dispatch_many, name="orders_desk_dispatch_many"),
    path("learning/", learning.learning, name="orders_desk_learning"),
    path("learning/records/", learning.records, name="orders_desk_learning_records"),
    path("learning/threshold/", learning.threshold, name="orders_desk_learning_threshold"),
    path("learning/use/", learning.use, name="orders_desk_learning_use"),
    path("many/undo/", many.undo_many, name="orders_desk_undo_many"),
    path("many/<slug:what>/", many.propose, name="orders_desk_many"),
    path("many/<slug:what>/done/", many.carry_out, name="orders_desk_many_done"),
    path("replies/", replies.replies, name="orders_desk_replies"),
    path("replies/<uuid:reply_id>/remove/", replies.remove, name="orders_desk_reply_remove"),
    path("orders/<slug:number>/", order.order, name="orders_desk_order"),
    path("orders/<slug:number>/steps/<slug:step>/", order.step, name="orders_desk_step"),
    path("orders/<slug:number>/category/", order.category, name="orders_desk_category"),
    path("orders/<slug:number>/release/", order.release, name="orders_desk_release"),
    path("orders/<slug:number>/contact/", order.contact, name="orders_desk_contact"),
    path("orders/<slug:number>/erase/", order.erase, name="orders_desk_erase"),
    path("orders/<slug:number>/alike/", likeness.alike, name="orders_desk_alike"),
    path("orders/<slug:number>/alike/<slug:other>/merge/", likeness.merge, name="orders_desk_merge"),
    path("orders/<slug:number>/alike/<slug:other>/apart/", likeness.apart, name="orders_desk_apart"),
    path("orders/<slug:number>/unmerge/", likeness.unmerge, name="orders_desk_unmerge"),
    path("orders/<slug:number>/photos/<uuid:photo_id>/", order.photo, name="orders_desk_photo"),
]
