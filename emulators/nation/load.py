#!/usr/bin/env python3
"""Fill the Spanner emulator with the test nation. See --help."""

import os
import sys
from pathlib import Path

root = Path(__file__).resolve().parents[2]
python = root / ".venv" / "bin" / "python"
if not python.exists():
    sys.exit("no environment yet: run emulators/up first")
os.environ["PYTHONPATH"] = f"{root / 'shared'}{os.pathsep}{root}"
os.execv(python, [str(python), "-m", "emulators.nation", *sys.argv[1:]])
