"""A self-hosted daily news digest: collect -> merge -> compose -> render -> deliver."""
