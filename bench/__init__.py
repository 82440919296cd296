"""Scripts that measure the portal: `python -m bench.NAME`. README.md says what each one tells."""
