"""Simpler and stronger models, to give the numbers a scale: one file each, each `fit` then
`scores`.

`scores()` is an array of shape (n_users, n_items): predicted ratings, not clipped; for EASE and
popularity any number that orders the items.
"""
