"""What needs nothing of Flask or SQLAlchemy: time, secrets, addresses, roles."""
