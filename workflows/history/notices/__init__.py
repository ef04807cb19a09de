"""Notices: what workflows tell members inside Postsale."""
