"""Letters: what they say (`letters`), how they look (`rendering`) and how they leave (`delivery`). No database here."""
