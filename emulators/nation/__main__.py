import sys

from emulators.nation.main import main

if __name__ == "__main__":
    sys.exit(main())
