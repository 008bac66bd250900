"""Compiled loops: arrays in, numbers out. Nothing of ours is imported but tables."""
