"""Addresses of the desk's frame and its own pages; capabilities add theirs under /desk/."""

from django.urls import path

from gongzhi.shells.desk import audit, definitions, divisions, invitation, people, posts, regions, views

urlpatterns = [
    path("", views.home, name="desk_home"),
    path("people/", people.listing, name="desk_people"),
    path("people/look/", people.look, name="desk_people_look"),
    path("people/new/", people.new, name="desk_person_new"),
    path("people/import/", people.importing, name="desk_people_import"),
    path("people/template.xlsx", people.template, name="desk_people_template"),
    path("people/<uuid:person_id>/", people.person, name="desk_person"),
    path("people/<uuid:person_id>/reveal/", people.reveal, name="desk_person_reveal"),
    path("people/<uuid:person_id>/erase/", people.erase, name="desk_person_erase"),
    path("people/<uuid:person_id>/account/", people.account, name="desk_person_account"),
    path("posts/", posts.listing, name="desk_posts"),
    path("posts/new/", posts.new, name="desk_post_new"),
    path("posts/<uuid:post_id>/", posts.post, name="desk_post"),
    path("posts/<uuid:post_id>/edit/", posts.edit, name="desk_post_edit"),
    path("posts/<uuid:post_id>/find/", posts.find_holder, name="desk_post_find"),
    path("posts/<uuid:post_id>/give/", posts.give, name="desk_post_give"),
    path("posts/<uuid:post_id>/approve/", posts.approve, name="desk_post_approve"),
    path("posts/<uuid:post_id>/end/", posts.end, name="desk_post_end"),
    path("posts/<uuid:post_id>/close/", posts.close, name="desk_post_close"),
    path("audit/", audit.readings, name="desk_audit"),
    path("regions/", regions.region, name="desk_regions"),
    path("regions/rename/", regions.rename, name="desk_region_rename"),
    path("regions/draw/", regions.draw, name="desk_region_draw"),
    path("regions/table/", regions.draw_from_table, name="desk_region_table"),
    path("regions/split/", regions.split, name="desk_region_split"),
    path("regions/merge/", divisions.merge, name="desk_region_merge"),
    path("regions/divide/", divisions.divide, name="desk_region_divide"),
    path("regions/follow/", divisions.follow, name="desk_region_follow"),
    path("regions/joint/", regions.join, name="desk_region_join"),
    path("regions/joint/<uuid:joint_id>/dissolve/", regions.dissolve, name="desk_region_dissolve"),
    path("regions/template.xlsx", regions.template, name="desk_region_template"),
    path("definitions/", definitions.listing, name="desk_definitions"),
    path("definitions/<uuid:definition_id>/", definitions.definition, name="desk_definition"),
    path("invitation/<str:token>/", invitation.invitation, name="desk_invitation"),
]
