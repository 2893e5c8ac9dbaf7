"""Decides when, remembers everything, and puts the pieces together."""
