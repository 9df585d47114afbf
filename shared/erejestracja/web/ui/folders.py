"""Where the web applications' templates lie."""

from pathlib import Path

HERE = Path(__file__).parent
# Each application has its own folder of them, named as it is, so that no two share a name.
TEMPLATES = [HERE / "templates", *sorted(HERE.parent.glob("*/templates"))]
