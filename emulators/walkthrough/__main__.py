import sys

from emulators.walkthrough.main import main

if __name__ == "__main__":
    sys.exit(main())
