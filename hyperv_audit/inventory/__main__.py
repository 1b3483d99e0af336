"""Print the JSON Schema of inventory files.

python -m hyperv_audit.inventory > inventory/inventory.schema.json
"""

import json
import sys

from hyperv_audit.inventory.schema import json_schema

sys.stdout.write(json.dumps(json_schema(), indent=2) + "\n")
