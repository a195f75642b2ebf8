"""Learned dispatch: what a county's own orders and the desk's corrections teach about category and post.

Pure modules without Django: `features`, `linear`, `calibration`, `training` (needs the extra `learn`), `routing`.
Nothing here knows of persons: a model has classes of matters and posts, and holds no words.
"""
