"""Small servers that answer with ready bytes, or verify a signature first; each is a program of its own."""
