"""The plan for one GPU: its settings are sound. (Run through it was only as a toy, by hand.)"""

from recipes.single_gpu.plan import ARMS, FULL, TOY, Plan

from stillhouse.training.settings import resolve


def test_the_settings_of_both_plans_can_be_run() -> None:
    paths = {"base": "b", "data": "d", "out": "o"}
    for plan in (FULL, TOY):
        config, _ = resolve({**plan.settings, **paths, "epochs": plan.epochs}, {})

        assert config.max_tokens == plan.context
        assert all(even(plan, sizes) for sizes in (plan.teacher, *plan.students.values()))
    assert ("gold-10", "sequence", "top-20", "on-policy") == ARMS


def even(plan: Plan, sizes: dict[str, int]) -> bool:
    return sizes["width"] % sizes["heads"] == 0 and sizes["width"] // sizes["heads"] % 2 == 0
