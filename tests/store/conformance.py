"""What every store must do, whatever it is made of.

Subclass `Conformance`, give it a `factory` fixture and a `trace`, and every rule is run. Both must
be picklable, because the rules about processes hand them to processes that they spawn.
"""

from tests.store.budget_rules import BudgetRules
from tests.store.case_rules import CaseRules
from tests.store.price_rules import PriceRules
from tests.store.process_rules import ProcessRules
from tests.store.segment_rules import SegmentRules
from tests.store.tenant_rules import TenantRules
from tests.store.workload_rules import WorkloadRules


class Conformance(
    TenantRules, BudgetRules, SegmentRules, PriceRules, WorkloadRules, CaseRules, ProcessRules
):
    """The suite. A store passes when every test here passes."""
