"""The rules: no request, no HTML, never a commit."""
