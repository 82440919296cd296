"""What is kept: rows, media, and the tools that read media."""
