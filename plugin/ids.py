"""The ids of the items that are collected."""

ROOT = "haboot"  # what they begin with
