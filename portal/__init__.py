"""The guest portal: recordings shared with people outside, and only with them."""
