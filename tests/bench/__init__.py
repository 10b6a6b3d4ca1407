"""The benchmark: `make bench`. What a page costs beside the same rows by hand, and whether it grows with the years.

Not collected by pytest: tests/test_bench.py runs it small, and holds that it measures what it says.
"""
