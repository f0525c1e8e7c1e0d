"""The whole box, end to end, over pseudo-terminals and HTTP."""

import pytest

pytest.register_assert_rewrite("tests.whole.scene")
