"""Write the JSON Schemas of inventory, policy and waiver files into a folder, for editors.

python -m hyperv_audit.inventory inventory
"""

import json
import sys
from pathlib import Path

from hyperv_audit.inventory.schemas import FILES, json_schema

for name in FILES:
    path = Path(sys.argv[1]) / f"{name}.schema.json"
    path.write_text(json.dumps(json_schema(name), indent=2) + "\n", encoding="utf-8")
