"""`phonescan doctor` and the checks that it runs."""
