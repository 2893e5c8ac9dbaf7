"""Kafka in, decisions out: the pure fold and the gates, and the Faust runtime around them."""
