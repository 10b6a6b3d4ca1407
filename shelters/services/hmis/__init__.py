"""Reading a HUD HMIS CSV export (FY2026) into shelters, people, families, stays and bed nights (docs/hmis.md).

`reading` opens the files and refuses the whole export for a fault of a file; `checking` judges every row and makes a plan of
what is to be kept; `storing` writes the plan.
"""

from shelters.services.hmis.importing import Outcome, import_export
from shelters.services.hmis.reading import Finding

__all__ = ["Finding", "Outcome", "import_export"]
