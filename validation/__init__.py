"""Planted truth: panels with a known effect go through the analysis, and its intervals and tests are held to what
they promise.
"""
