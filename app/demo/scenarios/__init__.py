"""Every scenario of the demo. Each function writes one story and states, by hand, what must become of it.

One rule keeps the outcomes independent of the order in which records arrive: within a wave, no record may hold back
an application that the others alone would send. Such a record belongs to an earlier wave.
"""
