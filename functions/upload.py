"""Upload bundles, each once: what has its name has its content.

python -m functions.upload --bucket BUCKET dist/*.zip
"""

import argparse
import sys
from pathlib import Path

from functions.objects import OtherContent, open_bucket


def main() -> int:
    """Upload what the command line names; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m functions.upload",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--bucket", required=True)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    asked = parser.parse_args()
    try:
        new = open_bucket(asked.bucket).put_files("", asked.files)
    except OtherContent as refusal:
        sys.stderr.write(f"refused: {refusal}\n")
        return 1
    for name in new:
        sys.stdout.write(f"uploaded {name}\n")
    sys.stdout.write(f"{len(asked.files) - len(new)} were there already\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
