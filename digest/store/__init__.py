"""What is kept: SQLAlchemy Core tables, one module an entity; SQLite, or PostgreSQL by one URL.

Every function takes an open connection: the pipeline says where a transaction begins and ends.
"""
