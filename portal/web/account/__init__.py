"""Pages of one's own account: the way in, signing in, passwords, sign-ins, the policy."""
