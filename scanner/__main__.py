"""`python -m scanner` is `phonescan`."""

from scanner.cli.main import main

if __name__ == "__main__":
    main()
