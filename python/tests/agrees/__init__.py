"""Whether a picture that the second reader gave is the picture of an object.

Built-in types are compared exactly, arrays and tables by their bytes. Nothing
of the package under test is used here, and nothing of `strict.py`.
"""

# Each registers the rules for its tags.
from agrees import arrays, arrow, built, builtin, libraries
from agrees.walk import assert_agrees

__all__ = ["arrays", "arrow", "assert_agrees", "built", "builtin", "libraries"]
