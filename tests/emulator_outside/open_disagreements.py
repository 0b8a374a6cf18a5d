"""Where emulator and reference still differ: each test that says so, with the rule it stands for.

The tests are written as the reference says; those named here are expected to fail. One that begins to agree fails, so
that it leaves this list.
"""

STRICT = True
OPEN: dict[str, str] = {}  # "test_file.py::test_name[case]": "section: rule"
