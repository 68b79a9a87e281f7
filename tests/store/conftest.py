"""The rules are no test modules by name: ask for readable assertions in them all the same."""

import pytest

pytest.register_assert_rewrite(
    "tests.store.budget_rules",
    "tests.store.house",
    "tests.store.machine",
    "tests.store.process_rules",
    "tests.store.segment_rules",
    "tests.store.tenant_rules",
)
