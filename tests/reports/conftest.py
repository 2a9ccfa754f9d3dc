"""Makes the sample fleet importable as `reports_sample`, whichever way the tests are started."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_SPEC = importlib.util.spec_from_file_location("reports_sample", Path(__file__).with_name("sample.py"))
assert _SPEC
assert _SPEC.loader
if "reports_sample" not in sys.modules:
    _module = importlib.util.module_from_spec(_SPEC)
    sys.modules["reports_sample"] = _module
    _SPEC.loader.exec_module(_module)
